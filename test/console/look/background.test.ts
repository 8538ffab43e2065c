import { expect, it } from 'vitest';
import { inBackground } from '../../../src/console/look/background.ts';

/** A maker that is told when to be done, and what of; and a clock that is set by hand. */
function maker(isFresh: (value: string) => boolean = () => true) {
  const asked: { give: (value: string) => void; fail: (error: Error) => void; show: (value: string) => void }[] = [];
  const time = { now: 0 };
  const background = inBackground<string>({
    make: (_, show) => new Promise((give, fail) => asked.push({ give, fail, show })),
    isFresh,
    patienceMs: 5,
    restMs: 1000,
    elapsed: () => time.now,
  });
  return { background, asked, time };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('gives what is made in time', async () => {
  const { background, asked } = maker();
  const latest = background.latest();
  asked[0]?.give('made');
  expect(await latest).toEqual({ value: 'made', working: false, failure: undefined });
});

it('does not keep anybody waiting for what takes long, and shows what is there on the way', async () => {
  const { background, asked } = maker();
  expect(await background.latest()).toEqual({ value: undefined, working: true, failure: undefined });
  asked[0]?.show('half');
  expect(await background.latest()).toEqual({ value: 'half', working: true, failure: undefined });
});

it('makes one at a time, and none while what was made is fresh', async () => {
  const { background, asked } = maker();
  await Promise.all([background.latest(), background.latest()]);
  asked[0]?.give('made');
  await settled();
  await background.latest();
  expect(asked).toHaveLength(1);
});

it('shows an older one while a newer is made', async () => {
  const { background, asked, time } = maker(() => false);
  const first = background.latest();
  asked[0]?.give('old');
  await first;
  time.now = 1000;
  expect(await background.latest()).toMatchObject({ value: 'old', working: true });
  asked[1]?.give('new');
  await settled();
  expect((await background.latest()).value).toBe('new');
});

it('rests between two, also after a failure, and tells of that', async () => {
  const { background, asked, time } = maker();
  const first = background.latest();
  asked[0]?.fail(new Error('no way'));
  expect(await first).toMatchObject({ value: undefined, failure: new Error('no way') });
  time.now = 999;
  await background.latest();
  expect(asked).toHaveLength(1);
  time.now = 1000;
  const second = background.latest();
  asked[1]?.give('made');
  expect(await second).toEqual({ value: 'made', working: false, failure: undefined });
});
