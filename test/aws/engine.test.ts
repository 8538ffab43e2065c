/**
 * The state machines against Moto, in this process and in virtual time: every way that an instance can go, in seconds.
 * What the command line makes of it, in real time, is in rollout.test.ts.
 */
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { sdkCloud } from '../../src/orchestrator/aws/sdk-cloud.ts';
import { openEmbedded } from '../../src/orchestrator/embedded.ts';
import { virtualClock } from '../../src/orchestrator/engine/clock.ts';
import { nodeHttpGet, nodeHttpPost } from '../../src/orchestrator/http/node-http.ts';
import type { Plan, Settings } from '../../src/orchestrator/plan/types.ts';
import type { RunView } from '../../src/orchestrator/runs/view.ts';
import { clientSettings, REGION } from './clients.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { milestones } from './milestones.ts';
import { findMoto, type Moto, startMoto } from './moto.ts';
import { planOfFleet } from './plan-of-fleet.ts';

const source = await findMoto();
if ('missing' in source) console.warn(source.missing);

describe.skipIf('missing' in source)('the state machines against Moto', () => {
  let moto: Moto;
  let fleet: Fleet;

  beforeAll(async () => {
    if ('missing' in source) throw new Error(source.missing);
    moto = await startMoto(source);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  /** The SDK reads the environment; what the machine has there is none of our business. */
  beforeEach(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    fleet = await createFleet(moto.url);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await fleet[Symbol.asyncDispose]();
  });

  const planned = (settings: Partial<Settings>): Plan => planOfFleet(fleet, settings);

  /** Carries the plan out; gives the run as it ended and what happened, without what the plan was made from. */
  async function carryOut(plan: Plan): Promise<{ run: RunView; happened: string[] }> {
    const clock = virtualClock(Date.now());
    fleet.clock.now = () => clock.now();
    const before = fleet.gateway.calls.length;
    const embedded = openEmbedded({
      cloud: sdkCloud({ region: REGION, endpointUrl: fleet.gateway.url }),
      remote: true,
      clock,
      region: REGION,
      // Real I/O: virtual time stands still meanwhile.
      httpGet: (request) => clock.busy(nodeHttpGet()(request)),
      httpPost: (request) => clock.busy(nodeHttpPost()(request)),
      durability: 'relaxed',
    });
    try {
      const id = await embedded.runs.start(plan, { kind: 'person', by: 'test' });
      const run = await clock.run(embedded.runs.follow(id));
      return { run, happened: milestones(fleet.gateway.calls.slice(before)) };
    } finally {
      await embedded.close();
    }
  }

  /** The group as it was before: sizes, processes, tags, and every member serving. */
  async function expectRestored(): Promise<void> {
    const autoscaling = new AutoScaling(clientSettings(fleet.gateway.url));
    const { AutoScalingGroups } = await autoscaling.describeAutoScalingGroups({
      AutoScalingGroupNames: [fleet.groupName],
    });
    expect(AutoScalingGroups?.[0]).toMatchObject({
      MinSize: 4,
      DesiredCapacity: 4,
      MaxSize: 4,
      SuspendedProcesses: [],
    });
    expect(AutoScalingGroups?.[0]?.Instances).toHaveLength(4);
    expect(AutoScalingGroups?.[0]?.Tags?.map((tag) => tag.Key).sort()).toEqual(['Environment', 'Name']);
  }

  async function tagsOf(instanceId: string): Promise<string[]> {
    const ec2 = new EC2(clientSettings(fleet.gateway.url));
    const { Reservations } = await ec2.describeInstances({ InstanceIds: [instanceId] });
    return (Reservations?.[0]?.Instances?.[0]?.Tags ?? []).flatMap((tag) => tag.Key ?? []);
  }

  const patched = (id: string) =>
    ['healthy', 'detach', 'snapshot', 'patch', 'healthy', 'attach', 'healthy'].map((what) => `${what} ${id}`);

  test('each instance is detached, patched, checked and attached, one after the other', async () => {
    const { run, happened } = await carryOut(planned({}));
    expect(run).toMatchObject({ status: 'succeeded' });
    expect(run.instances.map((instance) => instance.outcome)).toEqual(['patched', 'patched', 'patched', 'patched']);
    expect(happened).toEqual([
      'suspend AZRebalance',
      'minimum 3',
      ...fleet.instanceIds.flatMap(patched),
      'minimum 4',
      'resume AZRebalance',
    ]);
    for (const id of fleet.instanceIds) {
      expect(fleet.machines.isPatched(id)).toBe(true);
      expect((await tagsOf(id)).filter((tag) => tag.startsWith('drydock:'))).toEqual([]);
    }
    await expectRestored();
  });

  test('in standby an instance stays a member', async () => {
    const { run, happened } = await carryOut(planned({ isolation: 'standby' }));
    expect(run).toMatchObject({ status: 'succeeded' });
    const [first = ''] = fleet.instanceIds;
    expect(happened.slice(2, 9)).toEqual(
      ['healthy', 'stand by', 'snapshot', 'patch', 'healthy', 'back from standby', 'healthy'].map(
        (w) => `${w} ${first}`,
      ),
    );
    await expectRestored();
  });

  test('an application that does not survive gets its root volume back, and the run halts', async () => {
    const [first = '', second = '', third = '', fourth = ''] = fleet.instanceIds;
    fleet.applications.breakWhenPatched(second);
    const { run, happened } = await carryOut(planned({}));
    expect(run).toMatchObject({ status: 'halted' });
    expect(run.instances.map((instance) => [instance.instanceId, instance.outcome])).toEqual([
      [first, 'patched'],
      [second, 'rolled-back'],
      [third, 'skipped'],
      [fourth, 'skipped'],
    ]);
    const way = ['healthy', 'detach', 'snapshot', 'patch', 'sick', 'restore', 'healthy', 'attach', 'healthy'];
    expect(happened).toEqual([
      'suspend AZRebalance',
      'minimum 3',
      ...patched(first),
      ...way.map((what) => `${what} ${second}`),
      'minimum 4',
      'resume AZRebalance',
    ]);
    expect(fleet.instanceIds.map((id) => fleet.machines.isPatched(id))).toEqual([true, false, false, false]);
    await expectRestored();
  });

  test.each(['replace', 'quarantine'] as const)('rollback by %s launches another instance', async (rollback) => {
    const [first = ''] = fleet.instanceIds;
    fleet.applications.breakWhenPatched(first);
    const { run, happened } = await carryOut(planned({ rollback }));
    expect(run).toMatchObject({ status: 'halted' });
    expect(run.instances[0]).toMatchObject({
      instanceId: first,
      outcome: rollback === 'replace' ? 'replaced' : 'quarantined',
    });
    expect(happened).toContain('one more');
    expect(happened.includes(`terminate ${first}`)).toBe(rollback === 'replace');
    expect((await tagsOf(first)).includes('drydock:quarantined')).toBe(rollback === 'quarantine');
    expect(happened).not.toContain(`attach ${first}`);
    await expectRestored();
  });

  test('with an override list exactly what the plan approves is installed', async () => {
    const { run } = await carryOut(planned({ overrideList: `s3://${fleet.bucket}/lists` }));
    expect(run).toMatchObject({ status: 'succeeded' });
    for (const id of fleet.instanceIds) {
      expect([...fleet.machines.get(id).installed.keys()]).toEqual(['openssl.x86_64', 'curl.x86_64']);
    }
  });

  test('a run that may not send commands puts back what it took out, and halts', async () => {
    const [first = ''] = fleet.instanceIds;
    fleet.gateway.deny('ssm:SendCommand');
    const { run, happened } = await carryOut(planned({}));
    expect(run.halted?.reason).toContain('not authorized to perform: ssm:SendCommand');
    expect(run.instances[0]).toMatchObject({ instanceId: first, outcome: 'rolled-back' });
    expect(happened.filter((what) => what.startsWith('detach'))).toEqual([`detach ${first}`]);
    await expectRestored();
  });

  test('a run that may not detach leaves its instances where they are', async () => {
    fleet.gateway.deny('autoscaling:DetachInstances');
    const { run, happened } = await carryOut(planned({}));
    expect(run.instances.map((instance) => instance.outcome)).toEqual(['skipped', 'skipped', 'skipped', 'skipped']);
    expect(happened.filter((what) => what.startsWith('patch'))).toEqual([]);
    for (const id of fleet.instanceIds) expect(await tagsOf(id)).not.toContain('drydock:run-id');
    await expectRestored();
  });
});
