import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/orchestrator/engine/store.ts';
import type { HealthResult } from '../../../src/orchestrator/health/result.ts';
import { instanceHandler } from '../../../src/orchestrator/lambda/instance.ts';
import { readingRecords } from '../../../src/orchestrator/lambda/run-state.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';
import type { MachineFaults } from '../../../src/simulator/model.ts';
import { detach, install, KERNEL, OPENSSL, webFleet } from '../../simulator/fleet.ts';

const WELL: HealthResult = { healthy: true, reason: 'all passed', checks: [] };
const SICK: HealthResult = { healthy: false, reason: 'it answered 503', checks: [] };

/** The fleet; what looks at its first instance, whose health check says that; and what was checked. */
function looking(health: HealthResult | Error = WELL, options: Parameters<typeof webFleet>[0] = {}) {
  const fleet = webFleet(options);
  const checked: unknown[] = [];
  const store = openStore({ nowMs: fleet.clock.now() });
  const table = itemTable(store.database);
  const handler = instanceHandler({
    cloud: fleet.cloud,
    checkHealth: async (input) => {
      checked.push(input);
      if (health instanceof Error) throw health;
      return health;
    },
    now: () => fleet.clock.now(),
    readRecord: readingRecords(table, 'drydock', () => fleet.clock.now()),
  });
  const targetGroupArns = [...fleet.cloud.world.targetGroups.keys()];
  const { id } = fleet;
  const record = { runId: 'r1', leaseSeconds: 600, maxFailures: 0, latest: 0 };
  const well = { targetGroupArns, alarms: ['5xx'], checks: ['a check'] };
  return {
    ...fleet,
    checked,
    table,
    put: (Item: object) => table.putItem({ TableName: 'drydock', Item: { pk: { S: 'run#r1' }, ...Item } }),
    lookBefore: (more = {}) => handler({ look: 'before', instanceId: id, recover: true, record, well, ...more }),
    ofRun: (more = {}) =>
      handler({ look: 'before', instanceId: id, recover: false, record: { ...record, ...more }, well }),
    member: (more = {}) => handler({ look: 'member', instanceId: id, targetGroupArns, ...more }),
    dock: (patch: object | null = null) =>
      handler({ look: 'dock', instanceId: id, patch, check: { instance: { instanceId: id }, checks: ['a check'] } }),
    raw: handler,
  };
}

describe('a look before an instance is taken out', () => {
  it('tells all that is so of it, and checks its health once', async () => {
    const { lookBefore, checked, cloud, id } = looking();
    expect(await lookBefore()).toMatchObject({
      membership: { group: 'web', state: 'InService', health: 'HEALTHY', protected: false },
      machine: { state: 'running', account: '123456789012', privateIp: cloud.machine(id).privateIp, runId: '' },
      targets: ['healthy'],
      inAlarm: [],
      check: WELL,
    });
    expect(checked).toMatchObject([{ once: true, checks: ['a check'], instance: { instanceId: id } }]);
  });

  it('tells what a dead run has written on it', async () => {
    const { lookBefore, cloud, id } = looking();
    const tags = { 'drydock:run-id': 'r0', 'drydock:phase': 'patching', 'drydock:protected': 'true' };
    for (const [key, value] of Object.entries(tags)) cloud.machine(id).tags.set(key, value);
    expect(await lookBefore()).toMatchObject({ machine: { runId: 'r0', phase: 'patching', protected: true } });
  });

  it('checks nothing of one that is not well without it', async () => {
    const { lookBefore, checked, cloud } = looking();
    cloud.setAlarm('5xx', 'ALARM');
    expect(await lookBefore()).toMatchObject({ inAlarm: ['5xx'], check: null });
    expect(checked).toEqual([]);
  });

  it('asks neither targets nor alarms nor a check where it does not matter how well it is', async () => {
    const { lookBefore, checked, cloud } = looking();
    expect(await lookBefore({ well: null })).toMatchObject({ targets: [], inAlarm: [], check: null });
    expect([...cloud.callCounts.keys()].sort()).toEqual([
      'autoscaling:describeAutoScalingInstances',
      'ec2:describeInstances',
    ]);
    expect(checked).toEqual([]);
  });

  it('takes one for terminated that EC2 has forgotten', async () => {
    const { lookBefore } = looking();
    expect(await lookBefore({ instanceId: 'i-00000000000000000', well: null })).toMatchObject({
      membership: null,
      machine: { state: 'terminated', rootVolumeId: '' },
    });
  });

  it('renews the lease of its run, and tells of its record', async () => {
    const { ofRun, put, table, clock } = looking();
    put({ failed: { SS: ['i-1'] }, policy: { S: 'web' } });
    const record = { aborted: false, paused: false, failed: 1, leftBehind: 0, alarm: '', policy: 'web' };
    expect(await ofRun({ maxFailures: 1 })).toMatchObject({ record, membership: { state: 'InService' } });
    const { Item } = table.getItem({ TableName: 'drydock', Key: { pk: { S: 'run#r1' } } });
    expect(Item?.leaseUntil).toEqual({ N: String(Math.floor(clock.now() / 1000) + 600) });
  });

  it.each([
    ['is over', undefined],
    ['is aborted', { aborted: { BOOL: true } }],
    ['is paused', { paused: { BOOL: true } }],
    ['was paused too long', { pausedTooLong: { BOOL: true } }],
    ['has failed too often', { failed: { SS: ['i-1'] } }],
    ['was stopped by an alarm', { alarm: { S: '5xx in ALARM' } }],
    ['has left an instance behind', { leftBehind: { SS: ['i-1'] } }],
  ])('looks at nothing when its run %s', async (_, item) => {
    const { ofRun, put, cloud } = looking();
    if (item !== undefined) put(item);
    expect(await ofRun()).toMatchObject({ membership: null, machine: null, check: null });
    expect([...cloud.callCounts.keys()]).toEqual([]);
  });
});

describe('a look before an instance is recovered', () => {
  it('minds nothing that the record of its run says, and none that cannot be read', async () => {
    const { lookBefore, put, cloud } = looking();
    expect(await lookBefore({ well: null })).toMatchObject({ membership: { state: 'InService' } });
    put({ aborted: { BOOL: true } });
    expect(await lookBefore({ well: null })).toMatchObject({ machine: { state: 'running' } });
    expect(cloud.callCounts.get('ec2:describeInstances')).toBe(2);
  });

  it('looks at nothing of one for which the maintenance window has no time any more', async () => {
    const { ofRun, put, clock } = looking();
    put({});
    expect(await ofRun({ latest: clock.now() / 1000 - 61 })).toMatchObject({ membership: null });
    // The clock of the function may be ahead of that which decides: what it does not look at would be taken for gone.
    expect(await ofRun({ latest: clock.now() / 1000 - 59 })).toMatchObject({ membership: { state: 'InService' } });
  });
});

describe('a look at a member', () => {
  it('checks one that serves until it is well', async () => {
    const { member, checked, id, clock } = looking();
    const check = { instance: { instanceId: id }, checks: ['a check'] };
    expect(await member({ check })).toMatchObject({
      membership: { state: 'InService' },
      targets: ['healthy'],
      at: Math.floor(clock.now() / 1000),
      check: WELL,
    });
    expect(checked).toEqual([{ ...check, once: false }]);
  });

  it('checks none that does not serve, and none where no check is asked for', async () => {
    const { member, checked, id, ...fleet } = looking();
    expect(await member()).toMatchObject({ check: null });
    await detach({ id, ...fleet }, id);
    const check = { instance: { instanceId: id }, checks: [] };
    expect(await member({ check })).toMatchObject({
      membership: { state: 'Detaching' },
      targets: ['draining Target.DeregistrationInProgress'],
      check: null,
    });
    fleet.clock.pass(60);
    expect(await member({ check })).toMatchObject({ membership: null, check: null });
    expect(checked).toEqual([]);
  });

  it('takes a target for unused that Elastic Load Balancing does not know', async () => {
    const { raw, cloud } = looking();
    const look = { look: 'member', instanceId: 'i-00000000000000000' };
    const targetGroupArns = [...cloud.world.targetGroups.keys()];
    expect(await raw({ ...look, targetGroupArns })).toMatchObject({ targets: ['unused Target.NotRegistered'] });
  });
});

describe('a look into the dock', () => {
  /** After an install on the instance, with such faults, so many seconds ago. */
  async function patched(seconds: number, faults: Partial<MachineFaults> = {}, health: HealthResult | Error = WELL) {
    const world = looking(health);
    const { clock, cloud, id, dock } = world;
    Object.assign(cloud.machine(id).faults, faults);
    await detach(world, id);
    const sentAt = Math.floor(clock.now() / 1000);
    const commandId = await install(world, id);
    // One thing after the other: what a reboot leads to begins when somebody looks.
    for (let passed = 0; passed < seconds; passed += 30) {
      clock.pass(30);
      await cloud.ssm.describeInstanceInformation({});
    }
    const patch = { commandId, sentAt, pinned: [KERNEL.id, OPENSSL.id], reboot: 'RebootIfNeeded' };
    return { ...world, patch, look: (more = {}) => dock({ ...patch, ...more }) };
  }

  it('finds one ready whose patch is installed, whose agent is back, and that is healthy', async () => {
    const { look, checked } = await patched(900);
    expect(await look()).toMatchObject({ state: 'ready', command: { Status: 'Success' }, check: WELL });
    expect(checked).toMatchObject([{ once: false }]);
  });

  it.each<[string, number, Partial<MachineFaults>, object, string]>([
    ['running', 30, {}, {}, 'the patch command is InProgress'],
    ['failed', 900, { commandFails: true }, {}, 'the patch command ended Failed'],
    ['failed', 900, { patchFails: true }, {}, '2 patches failed to install'],
    ['failed', 900, { patchIgnored: true }, {}, 'still missing after the patch: kernel.x86_64, openssl.x86_64'],
    ['failed', 900, { staysPendingReboot: true }, {}, 'patches still wait for a reboot'],
    ['unreported', 900, {}, { sentAt: 4_000_000_000 }, 'its patch states were not reported after the patch command'],
  ])('finds one %s %i s after its command was sent with %o', async (state, seconds, faults, more, reason) => {
    const { look, checked } = await patched(seconds, faults);
    expect(await look(more)).toMatchObject({ state, reason: expect.stringContaining(reason), check: null });
    expect(checked).toEqual([]);
  });

  it('tells of one that cannot be seen whole that its command has succeeded', async () => {
    const { look, cloud } = await patched(900, {}, new Error('no route'));
    expect(await look()).toMatchObject({
      state: 'unseen',
      reason: expect.stringContaining('no route'),
      command: { Status: 'Success' },
    });
    cloud.world.outages.add('ssm');
    await expect(look()).rejects.toThrow('its patch command could not be read');
  });

  it('does not mind a reboot that nobody wants', async () => {
    const { look } = await patched(900, { staysPendingReboot: true });
    expect(await look({ reboot: 'NoReboot' })).toMatchObject({ state: 'ready' });
  });

  it('minds patches alone that were to be there', async () => {
    const { look } = await patched(900, { patchIgnored: true });
    expect(await look({ pinned: ['curl.x86_64'] })).toMatchObject({ state: 'ready' });
  });

  it('finds one silent whose agent is not back', async () => {
    const { dock, cloud, id, clock } = looking();
    cloud.machine(id).faults.agentStaysSilent = 'for-good';
    await cloud.ec2.rebootInstances({ InstanceIds: [id] });
    clock.pass(900);
    expect(await dock()).toEqual({
      state: 'silent',
      reason: 'the agent did not come back: ConnectionLost',
      command: null,
      check: null,
    });
  });

  it('finds one unhealthy by its check, and asks for nothing else where nothing was done to it', async () => {
    const { dock, cloud } = looking(SICK);
    expect(await dock()).toEqual({ state: 'unhealthy', reason: 'it answered 503', command: null, check: SICK });
    expect([...cloud.callCounts.keys()]).toEqual(['ssm:describeInstanceInformation']);
  });
});

describe('a look that fails', () => {
  it('says what could not be read, and why', async () => {
    const { lookBefore, cloud } = looking();
    cloud.world.outages.add('autoscaling');
    await expect(lookBefore()).rejects.toMatchObject({
      name: 'LookFailed',
      message: expect.stringMatching(/^its membership could not be read: ServiceUnavailable: /),
    });
  });

  it('has a name of its own where AWS throttles, even if its membership is known', async () => {
    const { lookBefore, member, cloud } = looking();
    cloud.world.throttle = { takes: (api) => api !== 'elasticloadbalancingv2:describeTargetHealth' };
    const throttled = {
      name: 'LookThrottled',
      message: 'the health of its targets could not be read: Throttling: Rate exceeded',
    };
    await expect(lookBefore()).rejects.toMatchObject(throttled);
    await expect(member()).rejects.toMatchObject(throttled);
  });

  it('is none where its command is known to have succeeded, even if AWS throttles the rest', async () => {
    const { dock, cloud } = looking();
    cloud.world.throttle = { takes: (api) => api !== 'ssm:describeInstanceInformation' };
    expect(await dock()).toMatchObject({
      state: 'unseen',
      reason: 'the agent could not be looked for: ThrottlingException: Rate exceeded',
    });
  });

  it('is none where its membership is known: it says what else could not be read', async () => {
    const { member, cloud } = looking();
    cloud.world.outages.add('elasticloadbalancingv2');
    expect(await member()).toMatchObject({
      membership: { state: 'InService' },
      targets: ['unknown'],
      check: null,
      trouble: expect.stringMatching(/^the health of its targets could not be read: ServiceUnavailable: /),
    });
  });

  it('is none where only the health check could not be made', async () => {
    const { dock, member, id } = looking(new Error('the function is not there'));
    const reason = 'the health check could not be made: Error: the function is not there';
    expect(await dock()).toEqual({ state: 'unseen', reason, command: null, check: null });
    const check = { instance: { instanceId: id }, checks: [] };
    expect(await member({ check })).toMatchObject({ targets: ['healthy'], check: null, trouble: reason });
  });

  it('says no more than a state can hand on', async () => {
    const { member } = looking(new Error('x'.repeat(100_000)));
    const check = { instance: {}, checks: [] };
    expect(JSON.stringify(await member({ check })).length).toBeLessThan(3000);
  });

  it('is one that is asked what it does not know', async () => {
    await expect(looking().raw({ look: 'around', instanceId: 'i-1' })).rejects.toThrow('look');
  });

  it('ends with the reason of its signal', async () => {
    const { raw, cloud, id } = looking();
    cloud.world.outages.add('ssm');
    const why = new Error('the execution was stopped');
    const look = raw(
      { look: 'dock', instanceId: id, patch: null, check: { instance: {}, checks: [] } },
      AbortSignal.abort(why),
    );
    await expect(look).rejects.toBe(why);
  });
});
