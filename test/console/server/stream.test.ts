import { describe, expect, it } from 'vitest';
import { memorySource } from '../memory-source.ts';
import { asked, served } from './served.ts';

/** Listens, and gives what came once `until` is in it, or all of it once the stream has ended. */
async function heard(url: string, until: string | undefined, after?: string): Promise<string> {
  const leaves = new AbortController();
  const headers = after === undefined ? {} : { 'last-event-id': after };
  const { body } = await fetch(`${url}/api/stream`, { headers, signal: leaves.signal });
  let text = '';
  for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (until !== undefined && text.includes(until)) break;
  }
  leaves.abort();
  return text;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the stream', () => {
  it('tells each change as it comes', async () => {
    const source = memorySource();
    const { url } = await served({ source });
    const hearing = heard(url, 'run-2');
    await until(() => source.listeners === 1);
    source.tell({ id: '1', runId: 'run-1' });
    source.tell({ id: '2', runId: 'run-2' });
    expect(await hearing).toBe(
      'retry: 2000\n: here\n\nevent: change\nid: 1\ndata: {"runId":"run-1"}\n\nevent: change\nid: 2\ndata: {"runId":"run-2"}\n\n',
    );
  });

  it('goes on behind the last one that was heard', async () => {
    const source = memorySource();
    for (const id of ['1', '2', '3']) source.tell({ id, runId: `run-${id}` });
    const { url } = await served({ source });
    const text = await heard(url, 'run-3', '1');
    expect(text.match(/run-\d/g)).toEqual(['run-2', 'run-3']);
  });

  it('shows signs of life while nothing changes', async () => {
    const { url } = await served({ source: memorySource(), limits: { heartbeatMs: 5 } });
    expect(await heard(url, ': here\n\n: here\n\n: here')).toMatch(/^retry: 2000\n(: here\n\n)+$/);
  });

  it('keeps a run id that means harm within its line', async () => {
    const source = memorySource();
    source.tell({ id: '0', runId: '' });
    source.tell({ id: '1\ndata: forged', runId: 'a\n\ndata: forged' });
    const { url } = await served({ source });
    expect(await heard(url, '\\n\\n', '0')).not.toMatch(/^data: forged/m);
  });

  it('lets go of the source when its reader goes away', async () => {
    const source = memorySource();
    const { url } = await served({ source });
    const leaves = new AbortController();
    await fetch(`${url}/api/stream`, { signal: leaves.signal });
    await until(() => source.listeners === 1);
    leaves.abort();
    await until(() => source.listeners === 0);
  });

  it('ends when the console ends, and holds nothing up', async () => {
    const source = memorySource();
    const server = await served({ source });
    const hearing = heard(server.url, undefined);
    await until(() => source.listeners === 1);
    await server.close();
    expect(await hearing).toBe('retry: 2000\n: here\n\n');
    expect(source.listeners).toBe(0);
  });

  it('ends, for its reader to come back, when the source breaks off', async () => {
    const errors: unknown[] = [];
    const broken = new Error('the disk is gone');
    const changes = async function* (): AsyncGenerator<never> {
      yield* [];
      throw broken;
    };
    const { url } = await served({ source: memorySource({ changes }), onError: (error) => errors.push(error) });
    expect(await heard(url, undefined)).toBe('retry: 2000\n: here\n\n');
    expect(errors).toEqual([broken]);
  });

  it('is refused to one too many, and open again once one has left', async () => {
    const source = memorySource();
    const server = await served({ source, limits: { streams: 1 } });
    const leaves = new AbortController();
    await fetch(`${server.url}/api/stream`, { signal: leaves.signal });
    const { status, headers } = await asked(server, '/api/stream');
    expect({ status, retry: headers['retry-after'] }).toEqual({ status: 503, retry: '10' });
    leaves.abort();
    await until(() => source.listeners === 0);
    expect(await heard(server.url, ': here')).toContain(': here');
  });

  it('is not opened by a question that reads no body', async () => {
    const source = memorySource();
    const { status } = await asked(await served({ source }), '/api/stream', { method: 'HEAD' });
    expect({ status, listeners: source.listeners }).toEqual({ status: 405, listeners: 0 });
  });

  it('leaves a reader behind that does not read', async () => {
    const source = memorySource();
    const { url } = await served({ source });
    const leaves = new AbortController();
    const { body } = await fetch(`${url}/api/stream`, { signal: leaves.signal });
    await until(() => source.listeners === 1);
    const runId = 'x'.repeat(10_000);
    for (let id = 0; source.listeners > 0; id += 1) {
      source.tell({ id: String(id), runId });
      await new Promise((resolve) => setImmediate(resolve));
      expect(id).toBeLessThan(20_000);
    }
    expect(body?.locked).toBe(false);
    leaves.abort();
  });
});
