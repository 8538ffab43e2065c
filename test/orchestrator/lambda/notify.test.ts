import { describe, expect, test } from 'vitest';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { notifyHandler } from '../../../src/orchestrator/lambda/notify.ts';

const NOTICE = { event: 'ended', runId: 'r-1', policy: 'standard', groupName: 'web', status: 'succeeded' };
const WEBHOOK = 'https://hooks.example.com/secret';

/** Tells of a run where webhooks answer these statuses, one after the other; `throws` in the place of a status: nobody answers. */
async function tell(statuses: (number | string)[], places = [WEBHOOK]) {
  const clock = virtualClock(0);
  const left = [...statuses];
  let asked = 0;
  const handler = notifyHandler({
    places: async () => places,
    publish: async () => ({ MessageId: 'm-1' }),
    post: async () => {
      asked += 1;
      const status = left.shift() ?? 200;
      if (typeof status === 'string') throw new Error(status);
      return { status, headers: {}, body: '', latencyMs: 1 };
    },
    clock,
    random: () => 0.5,
  });
  const result = await clock.run(handler(NOTICE));
  return { ...result, asked, seconds: clock.now() / 1000 };
}

describe('a webhook', () => {
  test.each([200, 202, 204])('that answers %i was reached', async (status) => {
    expect(await tell([status])).toMatchObject({ undelivered: [], asked: 1 });
  });

  test.each([[429], [500], [503], ['connection refused']])(
    'that says %s is asked again after a while',
    async (first) => {
      expect(await tell([first, first, 200])).toMatchObject({ undelivered: [], asked: 3, seconds: 3 });
    },
  );

  test('is given up in the end, and what it said is told without its address', async () => {
    expect(await tell([503, 503, 503])).toMatchObject({
      undelivered: ['webhook 1 (hooks.example.com): it answered 503'],
      asked: 3,
    });
  });

  test.each([301, 400, 403, 404, 410])('that answers %i is not asked again', async (status) => {
    expect(await tell([status])).toMatchObject({
      undelivered: [`webhook 1 (hooks.example.com): it answered ${status}`],
      asked: 1,
    });
  });

  test('that does not answer keeps nobody else from hearing', async () => {
    const places = [WEBHOOK, 'arn:aws:sns:eu-west-1:1:a', 'https://b.example/x'];
    expect((await tell([404, 200], places)).undelivered).toEqual(['webhook 1 (hooks.example.com): it answered 404']);
  });
});

test('a notice that is none is refused', async () => {
  const handler = notifyHandler({
    places: async () => [],
    publish: async () => ({ MessageId: 'm-1' }),
    post: () => Promise.reject(new Error('not asked')),
    clock: virtualClock(0),
    random: () => 0,
  });
  await expect(handler({ event: 'party' })).rejects.toThrow();
});
