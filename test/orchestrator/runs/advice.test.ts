/** What a person is told of a run at once, and what to do next: on runs as they come about. */
import { describe, expect, test } from 'vitest';
import { adviceOn } from '../../../src/orchestrator/runs/advice.ts';
import { newRunView } from '../../../src/orchestrator/runs/progress.ts';
import type { RunView } from '../../../src/orchestrator/runs/view.ts';
import { shellWord, someOf } from '../../../src/orchestrator/runs/words.ts';
import { makeWorld, type RolloutWorld, type WorldOptions } from '../../rollout/world.ts';
import { planOf } from './plan-of.ts';

const ended = async (world: RolloutWorld) => adviceOn(await world.run());

async function standing(options: WorldOptions, reached: (view: RunView) => boolean, wish?: 'pause' | 'abort') {
  const world = makeWorld(options);
  const id = await world.start();
  await world.until(id, reached);
  if (wish !== undefined) await world.runs.steer(id, wish);
  return adviceOn((await world.runs.read(id)).view);
}

const isDraining = ({ instances }: RunView) => instances.some(({ step }) => step === 'draining');

describe('of a run that goes on', () => {
  test('nothing is said while all goes well', async () => {
    expect(await standing({}, isDraining)).toBeUndefined();
  });

  test('it is said who has to approve what', async () => {
    const advice = await standing(
      { rollout: { approval: 'after-canary' } },
      ({ awaitsApproval }) => awaitsApproval === true,
    );
    expect(advice).toEqual({
      level: 'warning',
      what: "The canary is through, and 3 instances wait for a person's approval. Without it the run halts after a day.",
      next: 'Look at the canary, then approve the rest or abort the run.',
    });
  });

  test('it is said what a pause leaves to be finished', async () => {
    expect(await standing({}, isDraining, 'pause')).toMatchObject({
      level: 'info',
      what: 'It is paused: nothing new begins, and 1 instance in the dock is finished. After a day it halts.',
    });
  });

  test('it is said that it was asked to end', async () => {
    expect(await standing({}, isDraining, 'abort')).toMatchObject({
      level: 'info',
      what: 'It was asked to end. 1 instance in the dock is finished or rolled back first.',
    });
  });

  test('it is said that nobody carries it on', () => {
    const view = newRunView(planOf([['i-1']]), { runId: 'r-1', startedAt: '', trigger: { kind: 'api' } }, 'embedded');
    expect(adviceOn(view, { isOrphan: true })).toMatchObject({
      level: 'error',
      what: 'Run r-1 stands still: the process that carried it out is gone.',
      next: expect.stringContaining('drydock recover'),
    });
  });
});

describe('of a run that is over', () => {
  test('nothing is said when all is patched', async () => {
    expect(await ended(makeWorld())).toBeUndefined();
  });

  test('it is said which instance did not stand the patch, and that all is whole', async () => {
    const world = makeWorld();
    const id = await world.firstPlanned();
    world.fault('patch-breaks-app', { instanceIds: [id] });
    const advice = await ended(world);
    expect(advice?.level).toBe('error');
    expect(advice?.what).toMatch(
      new RegExp(`^It halted in the canary: ${id}: .*503.* Everything is whole: 1 rolled back, 3 untouched\\.$`),
    );
    expect(advice?.next).toBe(
      `See at ${id} what failed. Mend it, or hold the patch back in the policy, then begin another run: drydock run --group web.`,
    );
  });

  test('it is said that what stays patched can be rolled back', async () => {
    const world = makeWorld();
    const plan = await world.clock.run(world.plan());
    const last = plan.waves.flatMap(({ instances }) => instances).at(-1);
    world.fault('patch-breaks-app', { instanceIds: [last?.instanceId ?? ''] });
    const view = await world.run();
    expect(adviceOn(view)?.next).toMatch(
      `The 3 that stay patched can be rolled back: drydock runs rollback ${view.runId}.`,
    );
  });

  test('failures that the policy tolerates are named', async () => {
    const world = makeWorld({ rollout: { maxFailures: 1 } });
    const id = await world.firstPlanned();
    world.fault('patch-breaks-app', { instanceIds: [id] });
    expect(await ended(world)).toMatchObject({
      level: 'warning',
      what: `1 instance did not stand the patch (${id}), and the policy tolerates that.`,
    });
  });

  test('a person is called when something is not whole', async () => {
    const world = makeWorld({ rollback: 'restore' });
    world.fault('restore-fails', { instanceIds: [await world.firstPlanned()] });
    world.deny('autoscaling:executePolicy');
    const view = await world.run();
    expect(adviceOn(view)).toMatchObject({
      level: 'error',
      next: expect.stringContaining(`drydock recover ${view.runId}`),
    });
  });

  test('a run that another kept out has touched nothing', async () => {
    const world = makeWorld();
    const first = await world.start();
    await world.until(first, isDraining);
    const advice = adviceOn(await world.follow(await world.start()));
    expect(advice).toMatchObject({ level: 'warning', next: 'Begin it again once the other run is over.' });
    expect(advice?.what).toMatch(/^It did not begin, and nothing was touched: run .* holds the group web\.$/);
  });

  test('an abort leaves the rest for another run', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, isDraining);
    await world.runs.steer(id, 'abort');
    expect(adviceOn(await world.follow(id))).toEqual({
      level: 'info',
      what: 'Somebody ended it. Everything is whole: 1 stays patched, 3 untouched.',
      next: 'Begin another run: drydock run --group web.',
    });
  });

  test('it is said who has rolled it back', async () => {
    expect(adviceOn(await makeWorld().run(), { rolledBackBy: 'r-2' })).toMatchObject({
      level: 'info',
      what: 'What it patched was rolled back by run r-2.',
    });
  });
});

test('a long row of names is cut where it is clear, and a name is quoted where a shell would part it', () => {
  expect(someOf(['a', 'b', 'c', 'd'])).toBe('a, b, c, d');
  expect(someOf(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
  expect(shellWord('web-1')).toBe('web-1');
  expect(shellWord("it's; rm")).toBe(`'it'\\''s; rm'`);
});
