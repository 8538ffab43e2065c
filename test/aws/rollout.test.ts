/** Whole rollouts by the command line, on a real clock, through the real AWS SDK. */
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { clientSettings } from './clients.ts';
import { type Ended, type Workplace, workplace } from './command-line.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { milestones } from './milestones.ts';
import { findMoto, type Moto, startMoto } from './moto.ts';

const source = await findMoto();
if ('missing' in source) console.warn(source.missing);

/** An instance takes 22 s here: the least that the state machines wait for draining, patching and coming back. */
const ROLLOUT_MS = 180_000;

const planJson = z.object({
  waves: z.array(z.object({ instances: z.array(z.object({ instanceId: z.string() })) })),
  held: z.array(z.object({ id: z.string() })),
});
const runJson = z.object({
  status: z.string(),
  engine: z.string(),
  group: z.string(),
  environment: z.string(),
  instances: z.array(
    z.object({
      instanceId: z.string(),
      outcome: z.string(),
      patches: z.array(z.object({ id: z.string(), cves: z.array(z.string()), rule: z.string() })),
      reason: z.string().optional(),
    }),
  ),
  halted: z.object({ reason: z.string(), wave: z.number() }).optional(),
});
const errorJson = z.object({ error: z.object({ message: z.string(), next: z.string(), exitCode: z.number() }) });

describe.skipIf('missing' in source)('drydock against Moto', () => {
  let moto: Moto;
  beforeAll(async () => {
    if ('missing' in source) throw new Error(source.missing);
    moto = await startMoto(source);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  function policyOf(fleet: Fleet): string {
    return `
version: 1
name: against-moto
patches:
  rules:
    - { name: critical-security, match: { classification: [Security], severity: [Critical] }, approveAfter: 0d }
    - { name: everything-else, approveAfter: 7d }
  overrideList: s3://${fleet.bucket}/lists
environments:
  staging: {}
groups:
  - { match: { tag: { Environment: staging } }, environment: staging }
rollout: { canary: 1, maxUnavailable: 1, bake: 0s }
health:
  - { url: "${fleet.applications.url}/{instanceId}/healthz", consecutive: 2, interval: 1s, timeout: 2s, within: 10s }
rollback: restore
`;
  }

  const plan = (place: Workplace, fleet: Fleet) =>
    place.drydock('plan', '--group', fleet.groupName, '--json', '--endpoint-url', fleet.gateway.url);
  const run = (place: Workplace, fleet: Fleet, ...more: string[]) =>
    place.drydock(
      ...['run', '--group', fleet.groupName, '--yes', '--json', '--engine', 'embedded'],
      ...['--endpoint-url', fleet.gateway.url, '--state-dir', 'state', ...more],
    );

  /** What the command printed, in the given shape; what it said on stderr when that is not what it printed. */
  function printed<T>(shape: z.ZodType<T>, { stdout, stderr }: Ended): T {
    try {
      return shape.parse(JSON.parse(stdout));
    } catch (error) {
      throw new Error(`stdout is not what was expected: ${stdout}\nstderr: ${stderr}`, { cause: error });
    }
  }

  async function expectRestored(fleet: Fleet): Promise<void> {
    const autoscaling = new AutoScaling(clientSettings(fleet.gateway.url));
    const { AutoScalingGroups } = await autoscaling.describeAutoScalingGroups({
      AutoScalingGroupNames: [fleet.groupName],
    });
    const size = fleet.instanceIds.length;
    expect(AutoScalingGroups?.[0]).toMatchObject({
      MinSize: size,
      DesiredCapacity: size,
      MaxSize: size,
      SuspendedProcesses: [],
    });
    expect(AutoScalingGroups?.[0]?.Instances?.map((instance) => instance.InstanceId).sort()).toEqual(
      fleet.instanceIds.toSorted(),
    );
    expect(AutoScalingGroups?.[0]?.Tags?.map((tag) => tag.Key).sort()).toEqual(['Environment', 'Name']);
  }

  /** Looks and changes since `from`, as sentences; a sick instance's many looks are one. */
  const happened = (fleet: Fleet, from: number) => milestones(fleet.gateway.calls.slice(from));
  const changes = (fleet: Fleet, from: number) =>
    fleet.gateway.calls
      .slice(from)
      .filter(({ service, action }) => service !== 'application' && !/^(Describe|List|Get)/.test(action));
  const patched = (id: string) =>
    ['healthy', 'detach', 'snapshot', 'patch', 'healthy', 'attach', 'healthy'].map((what) => `${what} ${id}`);

  test.concurrent(
    'all instances are detached, patched, checked and attached again, one at a time',
    async ({ expect }) => {
      await using fleet = await createFleet(moto.url, 3);
      await using place = await workplace(policyOf(fleet));

      const planned = await plan(place, fleet);
      expect(planned).toMatchObject({ code: 0 });
      const { waves, held } = printed(planJson, planned);
      const order = waves.flatMap((wave) => wave.instances.map(({ instanceId }) => instanceId));
      expect(order.toSorted()).toEqual(fleet.instanceIds.toSorted());
      expect(held.map(({ id }) => id)).toEqual(['tzdata.noarch']);
      const from = fleet.gateway.calls.length;
      expect(changes(fleet, 0).filter(({ instanceIds }) => instanceIds.length > 0)).toEqual([]);

      const ended = await run(place, fleet);
      const ran = printed(runJson, ended);
      expect(ended.code).toBe(0);
      expect(ran).toMatchObject({
        status: 'succeeded',
        engine: 'embedded',
        group: fleet.groupName,
        environment: 'staging',
      });
      expect(ran.instances.map(({ instanceId, outcome }) => [instanceId, outcome])).toEqual(
        order.map((id) => [id, 'patched']),
      );
      expect(happened(fleet, from)).toEqual([
        'suspend AZRebalance',
        'minimum 2',
        ...order.flatMap(patched),
        'minimum 3',
        'resume AZRebalance',
      ]);
      for (const instance of ran.instances) {
        const ids = instance.patches.map(({ id, rule }) => `${id} by ${rule}`).toSorted();
        expect(ids).toEqual(['curl.x86_64 by everything-else', 'openssl.x86_64 by critical-security']);
        const installed = [...fleet.machines.get(instance.instanceId).installed.keys()].toSorted();
        expect(installed).toEqual(['curl.x86_64', 'openssl.x86_64']);
      }
      await expectRestored(fleet);

      const before = fleet.gateway.calls.length;
      expect((await run(place, fleet)).code).toBe(0);
      expect(changes(fleet, before)).toEqual([]);
    },
    ROLLOUT_MS,
  );

  test.concurrent(
    'an instance whose check fails is rolled back, and the rollout halts',
    async ({ expect }) => {
      await using fleet = await createFleet(moto.url);
      await using place = await workplace(policyOf(fleet));
      const { waves } = printed(planJson, await plan(place, fleet));
      const order = waves.flatMap((wave) => wave.instances.map(({ instanceId }) => instanceId));
      const [first = '', second = '', ...others] = order;
      fleet.applications.breakWhenPatched(second);
      const from = fleet.gateway.calls.length;

      const ended = await run(place, fleet);
      const ran = printed(runJson, ended);
      expect(ended.code).toBe(3);
      expect(ran.status).toBe('halted');
      expect(ran.halted?.reason).toContain(second);
      expect(ran.instances.map(({ instanceId, outcome }) => [instanceId, outcome])).toEqual([
        [first, 'patched'],
        [second, 'rolled-back'],
        ...others.map((id) => [id, 'skipped']),
      ]);
      const way = ['healthy', 'detach', 'snapshot', 'patch', 'sick', 'restore', 'healthy', 'attach', 'healthy'];
      expect(happened(fleet, from)).toEqual([
        'suspend AZRebalance',
        'minimum 3',
        ...patched(first),
        ...way.map((what) => `${what} ${second}`),
        'minimum 4',
        'resume AZRebalance',
      ]);
      expect(order.map((id) => fleet.machines.isPatched(id))).toEqual([true, false, false, false]);
      await expectRestored(fleet);
    },
    ROLLOUT_MS,
  );

  describe('nothing is touched', () => {
    let fleet: Fleet;
    beforeAll(async () => {
      fleet = await createFleet(moto.url);
    });
    afterAll(() => fleet[Symbol.asyncDispose]());

    /** The command ends with exit code 2, says what to do next, and has changed nothing. */
    async function expectRefused(place: Workplace, args: string[], ...words: string[]): Promise<void> {
      const from = fleet.gateway.calls.length;
      const ended = await place.drydock(...args, '--json', '--state-dir', 'state');
      const { error } = printed(errorJson, ended);
      expect(ended.code).toBe(2);
      for (const word of words) expect(error.message).toContain(word);
      expect(error.next).not.toBe('');
      expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/^\s+at .*\.ts:\d+/m);
      expect(changes(fleet, from)).toEqual([]);
    }

    test('when nothing answers at the endpoint', async () => {
      await using place = await workplace(policyOf(fleet));
      const args = ['run', '--yes', '--group', fleet.groupName, '--endpoint-url', 'http://127.0.0.1:1'];
      await expectRefused(place, args, 'AWS cannot be reached', '127.0.0.1:1');
    }, 60_000);

    test('when there are no credentials', async () => {
      await using place = await workplace(policyOf(fleet), {});
      const args = ['run', '--yes', '--group', fleet.groupName, '--endpoint-url', fleet.gateway.url];
      await expectRefused(place, args, 'no AWS credentials');
    }, 60_000);

    test('when there is no such group', async () => {
      await using place = await workplace(policyOf(fleet));
      const args = ['run', '--yes', '--group', 'no-such-group', '--endpoint-url', fleet.gateway.url];
      await expectRefused(place, args, 'no-such-group');
    }, 60_000);

    test('when a call that the plan needs is denied', async () => {
      await using denied = await createFleet(moto.url);
      denied.gateway.deny('autoscaling:DescribeAutoScalingGroups');
      await using place = await workplace(policyOf(denied));
      const from = denied.gateway.calls.length;
      const args = ['run', '--yes', '--group', denied.groupName, '--endpoint-url', denied.gateway.url];
      await expectRefused(place, args, 'not authorized to perform: autoscaling:DescribeAutoScalingGroups');
      expect(changes(denied, from)).toEqual([]);
    }, 60_000);
  });
});
