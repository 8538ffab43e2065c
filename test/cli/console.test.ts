import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as listener } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { runPage } from '../../src/console/api/shapes.ts';
import { BIN, drydock, emptyFolder } from './drydock.ts';

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Said {
  child: ChildProcess;
  /** All that it has printed, on both streams. */
  text: () => string;
  ended: Promise<number | null>;
}

function begin(args: string[], env: Record<string, string> = {}): Said {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: emptyFolder(), env: { ...process.env, ...env } });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      text += data;
    });
  return { child, text: () => text, ended: new Promise((resolve) => child.on('close', resolve)) };
}

/** What the pattern finds in what it says, as soon as it has said it. */
function says({ child, text, ended }: Said, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = pattern.exec(text());
      if (found !== null) resolve(found[1] ?? found[0]);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    void ended.then((code) => reject(new Error(`it ended (${code}) and said only: ${text()}`)));
  });
}

describe('drydock console', () => {
  it('says where it is in one line of JSON, serves, and ends with 0 on Ctrl-C', async () => {
    const said = begin(['console', '--port', '0', '--json', '--quiet']);
    const line = await says(said, /^(\{.*\})\n/);
    const { url } = JSON.parse(line);
    expect(JSON.parse(line)).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    const answer = await fetch(`${url}/api/runs`);
    expect(runPage.parse(await answer.json()).runs).toEqual([]);
    expect((await fetch(url)).status).toBe(200);
    // A page that listens does not hold it up.
    const stream = await fetch(`${url}/api/stream`);
    said.child.kill('SIGINT');
    expect(await said.ended).toBe(0);
    await stream.body?.cancel().catch(() => {});
    expect(said.text()).toBe(`${line}\n`);
  });

  it('takes its token from the environment', async () => {
    const token = '0123456789abcdef0123';
    const said = begin(['console', '--port', '0'], { DRYDOCK_CONSOLE_TOKEN: token });
    const url = await says(said, /The console is at (\S+)/);
    expect((await fetch(`${url}/api/runs`)).status).toBe(401);
    expect((await fetch(`${url}/api/runs`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect(said.text()).not.toContain(token);
  });

  it('says what to do when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const said = begin(['console', '--port', String(port)]);
    expect(await said.ended).toBe(2);
    expect(said.text()).toMatch(
      new RegExp(
        `^drydock: the console cannot listen on port ${port} of 127\\.0\\.0\\.1: something else listens there\n→ .*--port`,
      ),
    );
    taken.close();
  });

  it.each([
    [['--host', '0.0.0.0'], /does not listen on 0\.0\.0\.0 without a token.*\n→ .*DRYDOCK_CONSOLE_TOKEN/],
    [['--token', 'short'], /5 characters.*\n→ .*openssl/],
    [['--port', '70000'], /0 to 65535/],
  ])('does not start with %j', (args, words) => {
    const { code, stdout, stderr } = drydock(['console', ...args], { env: { DRYDOCK_CONSOLE_TOKEN: '' } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
  });
});

describe('drydock demo --console', () => {
  it('shows the demo while it goes on, and says where at its start', async () => {
    const said = begin(['demo', '--console', '--speed', '600', '--instances', '2']);
    const url = await says(said, /Watch it in a browser: (\S+)/);
    await says(said, /shop-staging run \S+ running/);
    const { runs } = runPage.parse(await (await fetch(`${url}/api/runs`)).json());
    expect(runs).toMatchObject([{ group: 'shop-staging', status: 'running' }]);
  });

  it('opens nothing unless it is asked for, where nobody looks on', async () => {
    const said = begin(['demo', '--speed', '600', '--instances', '2']);
    await says(said, /shop-staging run \S+ running/);
    expect(said.text()).not.toContain('127.0.0.1');
  });

  it('takes another port where that of the console is taken', async () => {
    const taken = listener().listen(4780, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve).once('error', resolve));
    const said = begin(['demo', '--console', '--speed', '600', '--instances', '2']);
    expect(await says(said, /Watch it in a browser: (\S+)/)).not.toBe('http://127.0.0.1:4780');
    taken.close();
  });
});
