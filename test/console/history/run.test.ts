/** A run as the console shows it, and its timeline. */
import { describe, expect, test } from 'vitest';
import { runDocument, type Timeline, timeline } from '../../../src/console/api/shapes.ts';
import { EXIT } from '../../../src/orchestrator/errors.ts';
import { toContractJson } from '../../../src/orchestrator/runs/view.ts';
import { KERNEL, makeWorld, type RolloutWorld, type WorldOptions } from '../../rollout/world.ts';
import { deploymentOf, historyOf } from './history-of.ts';

const lanes = ({ lanes }: Timeline) =>
  lanes.map(({ segments }) => segments.map(({ step }) => step).filter((step, at, all) => step !== all[at - 1]));

const seconds = (from: string, to: string | null) => (Date.parse(to ?? '') - Date.parse(from)) / 1000;

/** A run that was carried out to its end, read by the console. */
async function ended(options: WorldOptions = {}, happens: (world: RolloutWorld) => unknown = () => {}) {
  const world = makeWorld(options);
  await happens(world);
  const view = await world.run();
  const { source } = historyOf(world);
  return {
    world,
    view,
    document: runDocument.parse(await source.run(view.runId)),
    timeline: timeline.parse(await source.timeline(view.runId)),
  };
}

const breaksFirst = async (world: RolloutWorld) =>
  world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });

describe('a run', () => {
  test('is what runs show --json prints, and more', async () => {
    const { world, view, document } = await ended();
    const { plan } = await world.runs.read(view.runId);
    expect(document).toMatchObject(JSON.parse(JSON.stringify(toContractJson(view, plan))));
    expect(document).toMatchObject({
      advice: null,
      capacity: { desired: 4, floor: 3, inService: 4 },
      awaitsApproval: false,
      actions: [],
      held: [
        {
          id: 'bash.x86_64',
          severity: 'Low',
          rule: 'everything-else',
          until: expect.stringMatching(/^2026-03-0/),
          instances: 4,
        },
      ],
    });
    expect(document.instances[0]?.patches).toEqual([{ id: KERNEL.id, cves: KERNEL.cves, rule: 'critical' }]);
  });

  test('says why it halted, and what to do', async () => {
    const { document } = await ended({}, breaksFirst);
    expect(document.status).toBe('halted');
    expect(document.advice).toMatchObject({ level: 'error', what: expect.stringContaining('It halted in the canary') });
  });

  test('can be paused, resumed and aborted while it goes on, in words that count', async () => {
    const world = makeWorld({ rollout: { maxUnavailable: 2 }, group: { size: 6, min: 3, max: 8 } });
    const id = await world.start();
    const { source } = historyOf(world);
    await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'patching').length === 2);
    const { actions } = await source.run(id);
    expect(actions).toEqual([
      {
        verb: 'pause',
        what: '2 instances in the dock are finished, nothing new begins. 3 instances wait for the run to be resumed. After a day the run halts.',
      },
      {
        verb: 'abort',
        what: '2 instances in the dock are finished or rolled back; 3 are left untouched, 1 stays patched. Then the group is put back as it was.',
      },
    ]);
    await source.steer(id, 'pause');
    const paused = await source.run(id);
    expect(paused.status).toBe('paused');
    expect(paused.actions).toContainEqual({
      verb: 'resume',
      what: 'The run goes on: 3 instances still to be patched, 2 at a time.',
    });
    await source.steer(id, 'abort');
    expect((await source.run(id)).actions).toEqual([]);
    await world.follow(id);
    expect((await source.run(id)).status).toBe('aborted');
  });

  test('can be approved while it asks for it', async () => {
    const world = makeWorld({ rollout: { approval: 'after-canary' } });
    const id = await world.start();
    const { source } = historyOf(world);
    await world.until(id, ({ awaitsApproval }) => awaitsApproval === true);
    const document = await source.run(id);
    expect(document.awaitsApproval).toBe(true);
    expect(document.actions[0]).toEqual({ verb: 'approve', what: 'The other 3 instances are patched, 1 at a time.' });
    await source.steer(id, 'approve');
    expect((await world.follow(id)).status).toBe('succeeded');
    expect(await source.run(id)).toMatchObject({ status: 'succeeded', actions: [] });
  });

  test('can be rolled back once it is over, where somebody is there to do it', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    const asked: string[] = [];
    const rollBack = async (id: string) => {
      asked.push(id);
      const found = await world.clock.run(world.runs.rollbackOf(id));
      return world.clock.run(world.runs.rollBack(found, [], { kind: 'person' }));
    };
    const { source } = historyOf(world, { rollBack: { embedded: rollBack } });
    const { actions } = await source.run(runId);
    expect(actions).toEqual([
      {
        verb: 'rollback',
        what: expect.stringMatching(
          /^Puts back 4 instances from their snapshots, newest first, one at a time: (i-\w+(, )?){4}\. What was written to their root volumes since is lost\.$/,
        ),
      },
    ]);
    const { begun = '' } = await source.steer(runId, 'rollback');
    expect(asked).toEqual([runId]);
    await world.follow(begun);
    expect(await source.run(runId)).toMatchObject({
      actions: [],
      advice: { level: 'info', what: `What it patched was rolled back by run ${begun}.` },
    });
    expect(await source.run(begun)).toMatchObject({ rollbackOf: runId, status: 'succeeded', actions: [] });
  });

  test('is not rolled back where nobody carries it out: the command is named that does', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    await expect(historyOf(world).source.steer(runId, 'rollback')).rejects.toMatchObject({
      exitCode: EXIT.badInput,
      next: `In a terminal: drydock runs rollback ${runId}`,
    });
  });

  test('that nobody knows is refused', async () => {
    const { source } = historyOf(makeWorld());
    for (const asked of [
      source.run('x'),
      source.timeline('x'),
      source.events('x', { limit: 10 }),
      source.steer('x', 'pause'),
    ]) {
      await expect(asked).rejects.toMatchObject({ exitCode: EXIT.badInput, message: 'there is no run x' });
    }
  });

  test('stands still when its process is gone, and is read on when another goes on with it', async () => {
    const world = makeWorld({ durable: true });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'draining'));
    await world.die();
    world.restart();
    const { source } = historyOf(world);
    expect((await source.run(id)).advice).toMatchObject({
      level: 'error',
      what: expect.stringContaining('stands still'),
    });
    await world.clock.run(world.runs.resume());
    await world.follow(id);
    expect(await source.run(id)).toMatchObject({ status: 'succeeded', advice: null });
  });
});

describe('the timeline', () => {
  test('shows each instance on its way, without a gap from its beginning to its end', async () => {
    const { timeline, document } = await ended();
    expect(timeline).toMatchObject({ from: document.startedAt, to: document.endedAt, desired: 4, floor: 3 });
    expect(lanes(timeline)).toEqual(Array(4).fill(['look', 'detach', 'patch', 'check', 'attach', 'check']));
    for (const { segments } of timeline.lanes) {
      for (const [at, { from }] of segments.entries()) if (at > 0) expect(from).toBe(segments[at - 1]?.to);
    }
  });

  test('shows the rollback of an instance, and its checks behind it', async () => {
    const { timeline } = await ended({}, breaksFirst);
    const [first, ...others] = lanes(timeline);
    expect(first?.slice(0, 5)).toEqual(['look', 'detach', 'patch', 'check', 'rollback']);
    expect(first?.slice(-2)).toEqual(['attach', 'check']);
    expect(others).toEqual([[], [], []]);
  });

  test('shows reboots that are waited for', async () => {
    const { timeline } = await ended({}, async (world) =>
      world.fault('agent-silent', { instanceIds: [await world.firstPlanned()] }),
    );
    const segments = timeline.lanes[0]?.segments ?? [];
    expect(segments.map(({ step }) => step)).toContain('reboot');
  });

  test('marks what the run itself did, in its order, without gaps between guards and waves', async () => {
    const { timeline, document } = await ended();
    expect(timeline.marks.map(({ kind, label }) => [kind, label])).toEqual([
      ['guard', 'locks the group and makes it ready'],
      ['guard', 'guards before the canary'],
      ['bake', 'bake after the canary'],
      ['guard', 'guards before wave 2'],
      ['bake', 'bake after wave 2'],
      ['guard', 'guards before its end'],
      ['restore', 'puts the group back as it was'],
    ]);
    const bake = timeline.marks.find(({ kind }) => kind === 'bake');
    expect(seconds(bake?.from ?? '', bake?.to ?? null)).toBe(60);
    expect(timeline.marks.at(-1)?.to).toBe(document.endedAt);
  });

  test('marks an approval once, however often it was looked for', async () => {
    const world = makeWorld({ rollout: { approval: 'after-canary' } });
    const id = await world.start();
    await world.until(id, ({ awaitsApproval }) => awaitsApproval === true);
    await world.sleep(1800);
    await world.runs.steer(id, 'approve');
    await world.follow(id);
    const { marks } = await historyOf(world).source.timeline(id);
    const [approval, ...others] = marks.filter(({ kind }) => kind === 'approval');
    expect(others).toEqual([]);
    expect(seconds(approval?.from ?? '', approval?.to ?? null)).toBeGreaterThanOrEqual(1800);
    const [next] = marks.slice(marks.findIndex(({ kind }) => kind === 'approval') + 1);
    expect(next).toMatchObject({ kind: 'guard', from: approval?.to });
  });

  test('marks a pause between waves once, and shows one within a wave at the instances that wait', async () => {
    const world = makeWorld();
    const id = await world.start();
    const pause = async () => {
      await world.runs.steer(id, 'pause');
      await world.sleep(3600);
      await world.runs.steer(id, 'resume');
    };
    await world.until(id, ({ bakeUntil }) => bakeUntil !== undefined);
    await pause();
    await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'patched').length === 2);
    await pause();
    await world.follow(id);
    const { marks, lanes } = await historyOf(world).source.timeline(id);
    const paused = marks.filter(({ kind }) => kind === 'pause');
    expect(paused).toHaveLength(1);
    expect(seconds(paused[0]?.from ?? '', paused[0]?.to ?? null)).toBeGreaterThan(3400);
    const waits = lanes.flatMap(({ segments }) => segments.filter(({ step }) => step === 'wait'));
    expect(waits.map(({ from, to }) => seconds(from, to) > 3400)).toEqual([true]);
  });

  test('marks the rollback of a run by itself, and the way of its instances through it', async () => {
    const { timeline } = await ended({ rollout: { onFailure: 'rollback-run' } }, async (world) => {
      const plan = await world.clock.run(world.plan());
      const last = plan.waves.flatMap(({ instances }) => instances).at(-1);
      world.fault('patch-breaks-app', { instanceIds: [last?.instanceId ?? ''] });
    });
    const rollback = timeline.marks.find(({ kind }) => kind === 'rollback');
    const restore = timeline.marks.find(({ kind }) => kind === 'restore');
    expect(rollback?.to).toBe(restore?.from);
    expect(lanes(timeline)[0]).toContain('rollback');
  });

  test('counts who serves as the run goes on, never below the floor', async () => {
    const { timeline } = await ended({ rollout: { maxUnavailable: 2 }, group: { size: 6, min: 3, max: 8 } });
    const counts = timeline.capacity.map(({ inService }) => inService);
    expect(counts[0]).toBe(6);
    expect(counts.at(-1)).toBe(6);
    expect(Math.min(...counts)).toBe(timeline.floor);
    const times = timeline.capacity.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
  });

  test('goes on to now while the run does', async () => {
    const world = makeWorld();
    const id = await world.start();
    const { source } = historyOf(world);
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'draining'));
    const first = await source.timeline(id);
    expect(first).toMatchObject({ to: null, now: world.now() });
    expect(first.lanes[0]?.segments.at(-1)).toMatchObject({ step: 'detach', label: 'draining', to: null });
    expect(first.capacity.at(-1)?.inService).toBe(3);
    await world.follow(id);
    const last = await source.timeline(id);
    expect(last).toEqual(await historyOf(world).source.timeline(id));
    expect(last.lanes.every(({ segments }) => segments.every(({ to }) => to !== null))).toBe(true);
  });
});

describe('a run on AWS', () => {
  test('is shown as one that is carried out here', async () => {
    const there = deploymentOf();
    there.world.fault('patch-breaks-app', { instanceIds: [await there.world.firstPlanned()] });
    const { runId } = await there.world.run();
    const { source, clock } = historyOf(makeWorld(), {
      deployments: [there.deployment],
      now: () => there.world.clock.now(),
    });
    const here = historyOf(there.world).source;
    const { engine, ...document } = await clock.run(source.run(runId));
    expect(engine).toBe('step-functions');
    expect(document).toEqual(expect.objectContaining({ status: 'halted', advice: (await here.run(runId)).advice }));
    expect(await source.timeline(runId)).toEqual(await here.timeline(runId));
  });

  test('is steered there', async () => {
    const there = deploymentOf();
    const id = await there.world.start();
    await there.world.sleep(60);
    const { source } = historyOf(makeWorld(), { deployments: [there.deployment] });
    await source.steer(id, 'abort');
    expect((await there.world.follow(id)).status).toBe('aborted');
  });
});
