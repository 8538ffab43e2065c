/** Who hears of a run, of what, and what becomes of a run that nobody can be told of. */

import { describe, expect, test } from 'vitest';
import { readFleet } from '../../src/orchestrator/fleet/read.ts';
import { recoverAll } from '../../src/orchestrator/runs/recovery.ts';
import { type TaggedRun, taggedOrder } from '../../src/orchestrator/runs/tagged.ts';
import { toContractJson } from '../../src/orchestrator/runs/view.ts';
import { expectWhole } from './whole.ts';
import { GROUP, makeWorld, openWorld } from './world.ts';

const WEBHOOK = 'https://hooks.example.com/services/secret-path';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:patching';

/** What the only webhook got, in its order. */
const got = ({ posted }: { posted: { json: unknown }[] }) => posted.map(({ json }) => json);

describe('somebody whom the policy names hears', () => {
  test('that a run has succeeded, and how many it patched', async () => {
    const world = makeWorld({ notify: [WEBHOOK] });
    const { runId } = await world.run();
    expect(got(world)).toEqual([
      {
        event: 'ended',
        runId,
        policy: 'test',
        group: 'web',
        environment: 'production',
        status: 'succeeded',
        reason: '',
        notWhole: '',
        tally: expect.objectContaining({ patched: 4 }),
        rollbackOf: '',
        title: 'drydock: web in production succeeded',
        next: `Nothing. What it did: drydock runs show ${runId}`,
      },
    ]);
  });

  test('that a run has halted, and why', async () => {
    const world = makeWorld({ notify: [WEBHOOK] });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    await world.run();
    expect(got(world)).toMatchObject([
      { status: 'halted', reason: expect.stringContaining('unhealthy after the patch') },
    ]);
  });

  test('that a run was aborted', async () => {
    const world = makeWorld({ notify: [WEBHOOK] });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ outcome }) => outcome === 'patching'));
    await world.clock.run(world.runs.steer(id, 'abort'));
    await world.follow(id);
    expect(got(world)).toMatchObject([{ event: 'ended', status: 'aborted', reason: 'the run was aborted' }]);
  });

  test('that a run waits for approval, and how it ended', async () => {
    const world = makeWorld({ notify: [WEBHOOK], rollout: { approval: 'after-canary' } });
    const id = await world.start();
    await world.until(id, ({ awaitsApproval }) => awaitsApproval === true);
    expect(got(world)).toMatchObject([
      { event: 'approval', tally: { patched: 1 }, next: expect.stringContaining('approve') },
    ]);
    await world.clock.run(world.runs.steer(id, 'approve'));
    await world.follow(id);
    expect(got(world)).toMatchObject([{ event: 'approval' }, { event: 'ended', status: 'succeeded' }]);
  });

  test('once that a run is paused, however long it is', async () => {
    const world = makeWorld({ notify: [WEBHOOK] });
    const id = await world.start();
    await world.clock.run(world.clock.sleep(1000));
    await world.clock.run(world.runs.steer(id, 'pause'));
    await world.until(id, ({ status }) => status === 'paused');
    await world.sleep(3600);
    await world.clock.run(world.runs.steer(id, 'resume'));
    await world.follow(id);
    expect(got(world)).toMatchObject([{ event: 'paused' }, { event: 'ended', status: 'succeeded' }]);
  });

  test('once that a run is paused in the middle of a wave, also where several instances come to it', async () => {
    const world = makeWorld({ notify: [WEBHOOK], group: { size: 8, min: 4, max: 10 }, rollout: { maxUnavailable: 2 } });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'patched').length === 3);
    await world.clock.run(world.runs.steer(id, 'pause'));
    await world.sleep(3600);
    expect(got(world)).toMatchObject([{ event: 'paused', policy: 'test', environment: 'production' }]);
    await world.clock.run(world.runs.steer(id, 'resume'));
    await world.follow(id);
    expect(got(world)).toMatchObject([{ event: 'paused' }, { event: 'ended', status: 'succeeded' }]);
  });

  test('that a run could not begin, because another has the group', async () => {
    const world = makeWorld({ notify: [WEBHOOK] });
    await world.start();
    const second = await world.start();
    await world.follow(second);
    expect(got(world)).toMatchObject([
      { runId: second, event: 'ended', status: 'failed', reason: expect.stringContaining('holds the group web') },
    ]);
  });

  test('what recovery has mended of a run that was stopped', async () => {
    const world = makeWorld({ notify: [WEBHOOK] });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    await world.stop(id);
    await world.clock.run(world.runs.recover(id));
    expect(got(world)).toMatchObject([
      {
        event: 'recovered',
        runId: id,
        reason: expect.stringMatching(/^i-\w+ rolled-back, its suspended processes put back$/),
      },
    ]);
    await expectWhole(world);
  });

  test('what recovery has put back of the group, though it had no instance in hand', async () => {
    const world = makeWorld({ notify: [WEBHOOK], rollout: { bake: '1h' } });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ outcome }) => outcome === 'patched'));
    await world.sleep(120);
    await world.stop(id);
    const recovery = await world.clock.run(world.runs.recover(id));
    expect(recovery).toMatchObject({ mended: [], restored: ['its suspended processes'] });
    expect(got(world)).toMatchObject([{ event: 'recovered', reason: 'its suspended processes put back' }]);
  });

  test('by a recovery on another machine, whom the policy at hand names', async () => {
    const world = makeWorld({ notify: [WEBHOOK] });
    const died = world.dieAt((_, { details }) => details?.value.name === 'AwaitPatch');
    await world.start();
    await died;
    world.startElsewhere();
    const { cloud, policy, runs, clock } = world;
    const orderOf = async (tagged: TaggedRun) => {
      const fleet = await readFleet(cloud, GROUP, { region: 'eu-west-1', now: world.now() });
      return taggedOrder(tagged, policy, fleet.group);
    };
    const where = { cloud, now: clock.now(), force: true, orderOf, places: () => policy.notify };
    await clock.run(recoverAll(runs, where, world.follow));
    expect(got(world)).toMatchObject([{ event: 'recovered' }]);
  });

  test('of a rollback that it is one', async () => {
    const world = makeWorld({ notify: [WEBHOOK] });
    const { runId } = await world.run();
    const rollback = await world.clock.run(world.runs.rollbackOf(runId));
    const id = await world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' }));
    await world.follow(id);
    expect(got(world).at(-1)).toMatchObject({
      runId: id,
      rollbackOf: runId,
      title: `drydock: the rollback of run ${runId} on web in production succeeded`,
    });
  });

  test('by an SNS topic as well, in words', async () => {
    const world = makeWorld({ notify: [TOPIC] });
    const messages = world.cloud.addTopic(TOPIC);
    const { runId } = await world.run();
    expect(messages).toEqual([
      {
        subject: 'drydock: web in production succeeded',
        message: `drydock: web in production succeeded\n4 patched\n\nNothing. What it did: drydock runs show ${runId}`,
      },
    ]);
  });
});

describe('a notification that fails', () => {
  test('harms no run, and is shown with it, without what is secret', async () => {
    const answering = async () => ({ status: 404, headers: {}, body: '', latencyMs: 4 });
    const world = makeWorld({ notify: [WEBHOOK, TOPIC], answering });
    const view = await world.run();
    expect(view.status).toBe('succeeded');
    const undelivered = ['webhook 1 (hooks.example.com): it answered 404', `${TOPIC}: NotFound: Topic does not exist`];
    expect(view.undelivered).toEqual(undelivered);
    const { view: again, plan } = await world.clock.run(world.runs.read(view.runId));
    expect(toContractJson(again, plan)).toMatchObject({ undelivered });
    await expectWhole(world);
  });

  test('that a run is paused in the middle of a wave is shown as well', async () => {
    let answered = 0;
    const answering = async () => ({ status: answered++ === 0 ? 404 : 200, headers: {}, body: '', latencyMs: 4 });
    const world = makeWorld({ notify: [WEBHOOK], answering, group: { size: 8, min: 4, max: 10 } });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'patched').length === 3);
    await world.clock.run(world.runs.steer(id, 'pause'));
    await world.sleep(3600);
    await world.clock.run(world.runs.steer(id, 'resume'));
    const view = await world.follow(id);
    const undelivered = ['webhook 1 (hooks.example.com): it answered 404'];
    expect(view).toMatchObject({ status: 'succeeded', undelivered });
    expect((await world.clock.run(world.runs.read(id))).view).toMatchObject({ undelivered });
  });

  test('of a recovery is shown with it', async () => {
    const world = makeWorld({
      notify: [WEBHOOK],
      answering: async () => ({ status: 500, headers: {}, body: '', latencyMs: 9 }),
    });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    await world.stop(id);
    const { undelivered } = await world.clock.run(world.runs.recover(id));
    expect(undelivered).toEqual([expect.stringContaining('500')]);
    expect(JSON.stringify(undelivered)).not.toContain(WEBHOOK);
  });

  test('is shown too where nobody could be asked to tell at all', async () => {
    const world = makeWorld({ notify: [WEBHOOK], answering: () => new Promise(() => {}) });
    const view = await world.run();
    expect(view).toMatchObject({
      status: 'succeeded',
      undelivered: [expect.stringContaining('nobody could be notified: States.Timeout')],
    });
    await expectWhole(world);
  });
});

test('the address of a webhook is in no history, no plan and no result', async () => {
  const world = openWorld({ notify: [WEBHOOK], answering: () => Promise.reject(new Error('connection refused')) });
  const seen: unknown[] = [];
  world.engine.onEvent((_, event) => seen.push(event));
  const view = await world.run();
  const { plan } = await world.clock.run(world.runs.read(view.runId));
  expect(view.undelivered).toEqual(['webhook 1 (hooks.example.com): connection refused']);
  expect(seen.length).toBeGreaterThan(100);
  expect(JSON.stringify([seen, view, plan])).not.toContain('secret-path');
  await world.close();
});
