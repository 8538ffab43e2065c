import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../../src/orchestrator/fleet/fleet.ts';
import { fits } from '../../../src/orchestrator/plan/fits.ts';
import type { FinishedRun } from '../../../src/orchestrator/plan/types.ts';
import { standardPolicy } from '../../../src/policies/standard.ts';
import { fleet, HELD, instance, NOW, patch, planFor, policy, several, waveIds } from './fleets.ts';

describe('a plan', () => {
  it('gives each instance the patches that are approved, with the rule and since when', () => {
    const [bug] = [patch('bash.x86_64', { severity: 'Low', classification: 'Bugfix' })];
    const plan = planFor({ fleet: fleet([instance('i-1', { missing: [patch(), HELD, bug] }), instance('i-2')]) });
    const planned = plan.waves.flatMap(({ instances }) => instances);
    expect(
      planned.map(({ instanceId, patches }) => [instanceId, patches.map(({ id, rule }) => `${id} ${rule}`)]),
    ).toEqual([
      ['i-1', ['bash.x86_64 others', 'openssl.x86_64 critical']],
      ['i-2', ['openssl.x86_64 critical']],
    ]);
    expect(planned[0]?.patches.map(({ approvedSince }) => approvedSince)).toEqual([
      '2026-02-08T00:00:00.000Z',
      '2026-02-01T00:00:00.000Z',
    ]);
  });

  it('names each held patch once, with what it waits for and who misses it', () => {
    const unmatched = patch('emacs.x86_64', { classification: 'Enhancement', severity: 'Low' });
    const plan = planFor({
      fleet: fleet([
        instance('i-2', { missing: [HELD, unmatched] }),
        instance('i-1', { missing: [HELD] }),
        instance('i-3'),
      ]),
    });
    expect(plan.held).toMatchObject([
      { id: 'emacs.x86_64', waitsFor: 'no rule of policy web matches it', instanceIds: ['i-2'] },
      { id: 'zlib.x86_64', rule: 'others', until: '2026-03-12T00:00:00.000Z', instanceIds: ['i-1', 'i-2'] },
    ]);
    expect(plan.held[0]).not.toHaveProperty('rule');
  });

  it('holds two patches without a title apart', () => {
    const missing = ['KB1', 'KB2'].map((id) => ({ ...HELD, id, title: id }));
    expect(planFor({ fleet: fleet([instance('i-1', { missing })]) }).held.map(({ id }) => id)).toEqual(['KB1', 'KB2']);
  });

  it('opens what is held on its day, and not a moment before', () => {
    const held = fleet(several(4, { missing: [HELD] }));
    expect(planFor({ fleet: held, now: '2026-03-11T23:59:59.999Z' }).waves).toEqual([]);
    expect(waveIds(planFor({ fleet: held, now: '2026-03-12T00:00:00.000Z' })).flat()).toHaveLength(4);
  });

  it('passes the soak gate only with a run of the environment before', () => {
    const run: FinishedRun = {
      runId: 'r1',
      policy: 'standard',
      group: 'web-staging',
      environment: 'staging',
      status: 'succeeded',
      endedAt: '2026-03-06T00:00:00.000Z',
      patches: [HELD.id, patch('zlib.x86_64').title],
    };
    const old = { ...HELD, releasedAt: '2026-02-01T00:00:00.000Z' };
    const given = { policy: standardPolicy(), fleet: fleet(several(4, { missing: [old] })) };
    expect(planFor(given)).toMatchObject({ waves: [], held: [{ waitsFor: expect.stringContaining('staging') }] });
    expect(waveIds(planFor({ ...given, history: [run] })).flat()).toHaveLength(4);
  });

  it('leaves who misses nothing that is approved as it is, and says so', () => {
    const plan = planFor({
      fleet: fleet([
        instance('i-3', { missing: [] }),
        instance('i-2', { missing: [HELD] }),
        instance('i-4', { missing: [], pendingReboot: 2 }),
        instance('i-1'),
      ]),
    });
    expect(plan.untouched.map(({ instanceId, reason }) => `${instanceId} ${reason}`)).toEqual([
      'i-2 everything missing is held',
      'i-3 nothing is missing',
      'i-4 nothing is missing; a reboot is pending for 2 installed',
    ]);
    expect(waveIds(plan)).toEqual([['i-1']]);
  });

  it('costs nothing, and lowers nothing, where nothing is missing', () => {
    const plan = planFor({ fleet: fleet(several(3, { missing: [] }), { min: 3 }) });
    expect(plan).toMatchObject({ waves: [], problems: [], estimate: { seconds: 0, stateTransitions: 0, dollars: 0 } });
    expect(plan.capacity).not.toHaveProperty('lowerMinTo');
  });

  it('refuses an environment that the policy does not have', () => {
    expect(() => planFor({ environment: 'moon' })).toThrow(new RangeError('policy web has no environment moon'));
  });

  it('takes from the policy and the group what the state machines need', () => {
    const group = {
      suspendedProcesses: ['AZRebalance'],
      targetGroups: [
        { arn: 'b', deregistrationDelaySeconds: 30, healthyAfterSeconds: 20 },
        { arn: 'a', deregistrationDelaySeconds: 400, healthyAfterSeconds: 600 },
      ],
    };
    const rollout = { suspend: ['AZRebalance', 'ScheduledActions'] };
    const plan = planFor({ fleet: fleet(several(4), group), policy: policy({ rollout }) });
    expect(plan.settings).toMatchObject({
      suspend: ['ScheduledActions'],
      drainSeconds: 520,
      inServiceSeconds: 1200,
      reboot: 'RebootIfNeeded',
      overrideList: 's3://lists/drydock',
    });
    expect(plan.group.targetGroupArns).toEqual(['a', 'b']);
    expect(planFor().settings.inServiceSeconds).toBe(900);
  });
});

describe('the capacity', () => {
  it.each([
    // maxUnavailable, size, desired, min → at most out, floor, minimum for the run
    [{ count: 1 }, 4, 4, 1, 1, 3, undefined],
    [{ count: 1 }, 4, 4, 4, 1, 3, 3],
    [{ count: 3 }, 4, 4, 2, 3, 1, 1],
    [{ percent: 10 }, 4, 4, 4, 1, 3, 3],
    [{ percent: 50 }, 7, 7, 4, 3, 4, undefined],
    [{ percent: 99 }, 100, 100, 100, 99, 1, 1],
    [{ count: 2 }, 5, 4, 4, 2, 2, 2],
  ])(
    'of %j of %i (desired %i, min %i) is %i out, %i left',
    (maxUnavailable, size, desired, min, out, floor, lowerMinTo) => {
      const { capacity } = planFor({
        fleet: fleet(several(size), { desired, min }),
        policy: policy({ rollout: { maxUnavailable } }),
      });
      expect(capacity).toEqual({
        inService: size,
        maxUnavailable: out,
        floor,
        ...(lowerMinTo === undefined ? {} : { lowerMinTo }),
      });
    },
  );

  it('gives up a place for each that does not serve', () => {
    const instances = several(6, { az: 'eu-west-1a' });
    Object.assign(instances[5] ?? {}, { healthStatus: 'Unhealthy' });
    const plan = planFor({ fleet: fleet(instances), policy: policy({ rollout: { maxUnavailable: { count: 3 } } }) });
    expect(plan.capacity).toMatchObject({ inService: 5, maxUnavailable: 3, floor: 3 });
    expect(plan.waves.map(({ concurrency }) => concurrency)).toEqual([1, 2]);
  });
});

describe('a plan that was made before', () => {
  const made = planFor({ fleet: fleet([...several(4), instance('i-09', { missing: [] })]) });
  const changed = (change: (fleet: Fleet) => void, now = NOW) => {
    const copy = structuredClone(fleet([...several(4), instance('i-09', { missing: [] })]));
    change(copy);
    return fits(made, planFor({ fleet: copy, now }));
  };
  const first = ({ instances: [one] }: Fleet) => {
    if (one === undefined) throw new Error('no instance');
    return one;
  };

  it('holds while nothing that it relies on has changed', () => {
    expect(changed(() => {})).toEqual([]);
    expect(changed((fleet) => fleet.instances.reverse(), '2026-03-10T03:00:00.000Z')).toEqual([]);
    expect(changed((fleet) => Object.assign(first(fleet), { scannedAt: NOW, privateIp: '10.0.0.9' }))).toEqual([]);
  });

  it.each<[string, (fleet: Fleet) => void]>([
    ['max is 9, not 7', ({ group }) => Object.assign(group, { max: 9 })],
    ['desired is 4, not 5', ({ group }) => Object.assign(group, { desired: 4 })],
    ['i-01: no longer in the group', (fleet) => fleet.instances.shift()],
    [
      'i-10, i-11: new in the group',
      (fleet) => fleet.instances.push(instance('i-10'), instance('i-11', { missing: [] })),
    ],
    ['i-01: no longer to be patched: nothing is missing', (fleet) => Object.assign(first(fleet), { missing: [] })],
    [
      'i-01: to get kernel.x86_64:0:1.2-3, which was not planned',
      (fleet) => first(fleet).missing.push(patch('kernel.x86_64')),
    ],
    [
      'i-01: to get openssl.x86_64:0:1.2-4, which was not planned; no longer to get openssl.x86_64:0:1.2-3',
      (fleet) =>
        Object.assign(first(fleet), { missing: [patch('openssl.x86_64', { title: 'openssl.x86_64:0:1.2-4' })] }),
    ],
    [
      'i-01: no longer to be patched: its lifecycle state is Standby',
      (fleet) => Object.assign(first(fleet), { lifecycleState: 'Standby' }),
    ],
    [
      'i-09: to get openssl.x86_64:0:1.2-3, which was not planned',
      (fleet) => Object.assign(fleet.instances[4] ?? {}, { missing: [patch()] }),
    ],
  ])('no longer holds when %s', (change, make) => {
    expect(changed(make)).toEqual([change]);
  });

  it('no longer holds when a day has approved more', () => {
    const before = planFor({ fleet: fleet(several(4, { missing: [patch(), HELD] })) });
    const after = planFor({ fleet: fleet(several(4, { missing: [patch(), HELD] })), now: '2026-03-12T00:00:00.000Z' });
    expect(fits(before, after)).toEqual([
      'i-01, i-02, i-03 and 1 more: to get zlib.x86_64:0:1.2-3, which was not planned',
    ]);
  });

  it('no longer holds when the policy is another', () => {
    const other = planFor({ policy: policy({ fingerprint: 'another' }) });
    expect(fits(planFor(), other)).toEqual(['the policy has changed']);
  });

  it('no longer holds when who was left alone is in another state', () => {
    const standby = (lifecycleState: string) =>
      planFor({ fleet: fleet([...several(4), instance('i-9', { lifecycleState })]) });
    expect(fits(standby('Standby'), standby('Pending'))).toEqual([
      'the states of instances that are left as they are have changed',
    ]);
  });
});
