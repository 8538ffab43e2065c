import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { nodeHttpPost } from '../../../src/orchestrator/http/node-http.ts';
import { type HookResult, hookHandler } from '../../../src/orchestrator/lambda/hook.ts';

const EVENT = {
  hook: 'afterPatch',
  runId: 'r-1',
  groupName: 'web',
  timeoutSeconds: 5,
  instance: { instanceId: 'i-1', privateIp: '127.0.0.1', publicIp: '', privateDnsName: '' },
};

interface Got {
  method: string | undefined;
  type: string | undefined;
  body: string;
}

/** Calls a hook at a real server on this machine that answers so. */
async function call(status: number, headers: Record<string, string> = {}): Promise<{ got: Got[]; result: HookResult }> {
  const got: Got[] = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const { method, headers: sent } = request;
    got.push({ method, type: sent['content-type'], body: Buffer.concat(chunks).toString() });
    response.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const result = await hookHandler(nodeHttpPost())({ ...EVENT, url: `http://{privateIp}:${port}/warm` });
    return { got, result };
  } finally {
    server.close();
  }
}

describe('a hook over HTTP', () => {
  test('is a POST of JSON that says which run it is, and which instance', async () => {
    const { got, result } = await call(204);
    expect(result).toEqual({ ok: true, reason: expect.stringMatching(/^POST http:.*\/warm → 204 in \d+ ms$/) });
    const body = '{"hook":"afterPatch","runId":"r-1","group":"web","instanceId":"i-1"}';
    expect(got).toEqual([{ method: 'POST', type: 'application/json', body }]);
  });

  test.each([302, 404, 500])('has failed when it answers %i, and no redirect is followed', async (status) => {
    const { got, result } = await call(status, { location: 'http://169.254.169.254/latest/meta-data/' });
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining(`→ ${status}`) });
    expect(got).toHaveLength(1);
  });

  test.each([
    ['http://169.254.169.254/x', 'link-local'],
    ['http://[fd00:ec2::254]/x', 'link-local'],
    ['http://{publicIp}/x', 'cannot be filled in'],
  ])('is not made to %s', async (url, why) => {
    const post = () => Promise.reject(new Error('it was asked'));
    const result = await hookHandler(post)({ ...EVENT, url });
    expect(result).toEqual({ ok: false, reason: expect.stringContaining(why) });
  });

  test('shows no password of its URL', async () => {
    const post = () => Promise.reject(new Error('connection refused'));
    const { reason } = await hookHandler(post)({ ...EVENT, url: 'https://ann:secret@example.com/x' });
    expect(reason).toContain('connection refused');
    expect(reason).not.toContain('secret');
  });
});
