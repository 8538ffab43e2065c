import { describe, expect, it } from 'vitest';
import { instanceDocument as shape } from '../../../../src/console/api/shapes.ts';
import { instanceDocument } from '../../../../src/console/look/instance/document.ts';
import { GROUP, KERNEL, makeWorld, type RolloutWorld, type WorldOptions } from '../../../rollout/world.ts';
import { executed } from '../looked.ts';

/** A whole run, and its first instance as the page shows it. */
async function ran(options: WorldOptions, prepare: (world: RolloutWorld, first: string) => void = () => {}) {
  const world = makeWorld(options);
  const first = await world.firstPlanned();
  prepare(world, first);
  const view = await world.run();
  const run = await executed(world, view.runId);
  return { world, view, run, first, document: await instanceDocument(run, first) };
}

describe('an instance in a run', () => {
  it('has what the list of instances says of it, and what the plan knew', async () => {
    const { view, first, document } = await ran({});
    const { instanceId, az, wave, outcome, startedAt, endedAt, patches } = view.instances[0] ?? {};
    expect(shape.parse(document)).toEqual(document);
    expect(instanceId).toBe(first);
    expect(document.instance).toEqual({
      ...{ instanceId, az, wave, outcome, startedAt, endedAt, patches },
      operatingSystem: 'AMAZON_LINUX_2',
      privateIp: expect.stringMatching(/^10\./),
      rootVolumeId: expect.stringMatching(/^vol-/),
    });
    expect(document.patches).toEqual([
      expect.objectContaining({ id: KERNEL.id, title: KERNEL.title, cves: KERNEL.cves, rule: 'critical' }),
    ]);
  });

  it('went through its steps one after the other, without a gap, from the start of its execution to its end', async () => {
    const { document } = await ran({});
    expect(document.steps.map(({ step }) => step)).toEqual([
      'waiting',
      'looking before',
      'isolating',
      'draining',
      'snapshotting',
      'patching',
      'verifying',
      'attaching',
      'checking in service',
    ]);
    expect(document.steps.slice(1).map(({ from }) => from)).toEqual(document.steps.slice(0, -1).map(({ to }) => to));
    expect(document.steps.at(-1)?.to).toBe(document.instance.endedAt);
    const { seconds = 0 } = document.steps.find(({ step }) => step === 'patching') ?? {};
    expect(seconds).toBeGreaterThanOrEqual(60);
  });

  it('was checked before, in the dock and in service, with each URL and how often it was asked', async () => {
    const { document } = await ran({});
    expect(document.checks.map(({ where, healthy, urls }) => [where, healthy, urls[0]?.attempts])).toEqual([
      ['before', true, 1],
      ['in the dock', true, 2],
      ['in service', true, 2],
    ]);
  });

  it('shows the command that patched it, and the snapshot from before', async () => {
    const { document } = await ran({});
    expect(document.command).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), status: 'Success' });
    expect(document.snapshotId).toMatch(/^snap-/);
  });

  it('says why it failed, what the patch had changed, and how the checks went that brought it back', async () => {
    const { document } = await ran({}, (world, first) => world.fault('patch-breaks-app', { instanceIds: [first] }));
    expect(document.instance).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringContaining('unhealthy after the patch'),
      changed: expect.stringContaining(KERNEL.title),
    });
    expect(document.steps.map(({ step }) => step)).toContain('rolling back');
    const failed = document.checks.find(({ healthy }) => !healthy);
    expect(failed).toMatchObject({ where: 'in the dock', urls: [{ healthy: false, successes: 0 }] });
    expect(document.checks.at(-1)).toMatchObject({ where: 'in service', healthy: true });
  });

  it('shows the end of what a failed command wrote', async () => {
    const { document } = await ran({}, (world, first) => world.fault('command-fails', { instanceIds: [first] }));
    expect(document.command).toMatchObject({ status: 'Failed', errors: expect.stringMatching(/./) });
  });

  it('has a step without an end while it is in hand, and the time by the clock of the run', async () => {
    const world = makeWorld({});
    const first = await world.firstPlanned();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    const document = await instanceDocument(await executed(world, id), first);
    expect(document.instance).toMatchObject({ outcome: 'patching', step: 'patching', endedAt: null });
    expect(document.steps.at(-1)).toMatchObject({ step: 'patching', to: null, seconds: null });
    expect(document.now).toBe(world.now());
    await world.follow(id);
  });

  it('is skipped when the run ended before it was begun, and was not checked by being noted down', async () => {
    const { view, run } = await ran({}, (world, first) => world.fault('patch-breaks-app', { instanceIds: [first] }));
    const last = view.instances.at(-1)?.instanceId ?? '';
    expect(await instanceDocument(run, last)).toMatchObject({
      instance: { outcome: 'skipped', reason: 'the run ended before it was begun' },
      steps: [],
      checks: [],
      command: null,
      snapshotId: null,
    });
  });

  it('is told of from what the table keeps, when its history is forgotten', async () => {
    const { run, first, document } = await ran({});
    const forgotten = { ...run, rollout: undefined, ofInstance: async () => [] };
    const { instance, snapshotId, command, steps } = await instanceDocument(forgotten, first);
    expect(instance).toMatchObject({ outcome: 'patched', startedAt: expect.any(String), endedAt: expect.any(String) });
    expect(snapshotId).toBe(document.snapshotId);
    expect(command).toMatchObject({ id: document.command?.id, status: 'Unknown' });
    expect(steps).toEqual([]);
  });

  it('goes on with what a recovery did, and stays what it was in the run', async () => {
    const world = makeWorld({});
    const first = await world.firstPlanned();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    await world.clock.run(world.stop(id));
    await world.clock.run(world.runs.recover(id));
    const document = await instanceDocument(await executed(world, id), first);
    expect(document.instance.outcome).toBe('failed');
    expect(document.steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['patching', 'attaching', 'checking in service']),
    );
    expect(document.checks.at(-1)).toMatchObject({ where: 'in service', healthy: true });
  });

  it('has no links to AWS: it is simulated', async () => {
    expect((await ran({})).document.links).toEqual([]);
  });

  it('is refused when it is not part of the run', async () => {
    const { run } = await ran({});
    const refused = instanceDocument(run, 'i-0');
    await expect(refused).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('i-0 is not part of'),
    });
  });

  it('belongs to its group', async () => {
    expect((await ran({})).document).toMatchObject({ group: GROUP, environment: 'production', region: 'eu-west-1' });
  });
});
