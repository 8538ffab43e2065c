import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FleetInstance } from '../../../src/orchestrator/fleet/fleet.ts';
import { serves } from '../../../src/orchestrator/plan/eligible.ts';
import type { Plan } from '../../../src/orchestrator/plan/types.ts';
import { fleet, HELD, instance, NOW, patch, planFor, policy, several, waveIds } from './fleets.ts';

describe('the waves', () => {
  const ids = (instances: FleetInstance[], rollout: Parameters<typeof policy>[0] = {}) =>
    waveIds(planFor({ fleet: fleet(instances), policy: policy(rollout) }));

  it('are a canary, and all others in one wave with a window that slides', () => {
    const plan = planFor({ fleet: fleet(several(12)), policy: policy({ rollout: { maxUnavailable: { count: 3 } } }) });
    expect(
      plan.waves.map(({ number, kind, concurrency, instances }) => [number, kind, concurrency, instances.length]),
    ).toEqual([
      [1, 'canary', 1, 1],
      [2, 'wave', 3, 11],
    ]);
  });

  it('are never of more than a thousand at once', () => {
    const most = policy({ rollout: { maxUnavailable: { count: 1200 } } });
    const [canary, wave] = planFor({ fleet: fleet(several(1300), { min: 10 }), policy: most }).waves;
    expect([canary?.concurrency, wave?.concurrency]).toEqual([1, 1000]);
  });

  it('change the zone from each instance to the next', () => {
    const zones = planFor({ fleet: fleet(several(9)) }).waves.flatMap(({ instances }) => instances.map(({ az }) => az));
    expect(zones.map((az) => az.slice(-1)).join('')).toBe('abcabcabc');
  });

  it('are of one canary alone where there is no more', () => {
    expect(ids(several(2), { rollout: { canary: { count: 2 } } })).toEqual([['i-01', 'i-02']]);
  });

  it('take a canary of a percentage of those that serve', () => {
    expect(ids(several(9), { rollout: { canary: { percent: 40 } } }).map(({ length }) => length)).toEqual([3, 6]);
  });

  it('leave the last one of a zone to a further wave where all of it could be out at once', () => {
    const two = [...several(6, { az: 'a' }), instance('j-1', { az: 'b' }), instance('j-2', { az: 'b' })];
    const [, second, third, ...more] = ids(two, { rollout: { maxUnavailable: { count: 2 } } });
    expect(second?.filter((id) => id.startsWith('j'))).toEqual(['j-1']);
    expect(third).toEqual(['j-2']);
    expect(more).toEqual([]);
  });

  it('need no further wave where fewer may be out than a zone has, or another of it goes on serving', () => {
    const three = ['j-1', 'j-2', 'j-3'].map((id) => instance(id, { az: 'b' }));
    const two = { rollout: { maxUnavailable: { count: 2 } } };
    expect(ids([...several(6, { az: 'a' }), ...three], two)).toHaveLength(2);
    const patched = instance('j-9', { az: 'b', missing: [] });
    expect(ids([...several(6, { az: 'a' }), ...three.slice(1), patched], two)).toHaveLength(2);
  });
});

/** Mostly the first. */
const mostly = <Of>(usual: Of, ...others: Of[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

/** Fleets of all kinds: zones of any size, some sick, offline or done, some patches held. */
const anyInstance = fc.record({
  az: fc.constantFrom('a', 'b', 'c'),
  healthStatus: mostly('Healthy', 'Unhealthy'),
  lifecycleState: mostly('InService', 'Standby', 'Pending:Wait'),
  agent: mostly({ pingStatus: 'Online' }, { pingStatus: 'ConnectionLost' }),
  missing: fc.subarray([
    patch(),
    patch('kernel.x86_64'),
    HELD,
    patch('emacs.x86_64', { severity: 'Low', classification: 'Other' }),
  ]),
});
const anyAmount = fc.oneof(
  fc.integer({ min: 1, max: 8 }).map((count) => ({ count })),
  fc.integer({ min: 1, max: 99 }).map((percent) => ({ percent })),
);
const anyCase = fc
  .record({
    instances: fc.array(anyInstance, { minLength: 2, maxLength: 24, size: 'max' }),
    maxUnavailable: anyAmount,
    canary: anyAmount,
    min: fc.integer({ min: 0, max: 24 }),
  })
  .map(({ instances, maxUnavailable, canary, min }) => {
    const members = instances.map((more, at) => instance(`i-${at}`, more));
    // Who is in Standby does not count towards desired capacity.
    const desired = members.filter(({ lifecycleState }) => lifecycleState !== 'Standby').length;
    const of = fleet(members, { desired, min: Math.min(min, desired) });
    return { members, fleet: of, policy: policy({ rollout: { maxUnavailable, canary } }) };
  });
type Case = typeof anyCase extends fc.Arbitrary<infer Of> ? Of : never;

function check(holds: (plan: Plan, of: Case) => void): void {
  fc.assert(
    fc.property(anyCase, (of) => holds(planFor({ fleet: of.fleet, policy: of.policy }), of)),
    { seed: 20260310, numRuns: 300 },
  );
}

const runnable = ({ problems }: Plan) => problems.every(({ level }) => level === 'warning');

describe('whatever the fleet and the policy', () => {
  it('each member is in one wave or untouched, and in a wave exactly if it can be patched and something is approved', () => {
    let patched = 0;
    check((plan, { members }) => {
      const inWaves = waveIds(plan).flat();
      const all = [...inWaves, ...plan.untouched.map(({ instanceId }) => instanceId)];
      expect(all.toSorted()).toEqual(members.map(({ instanceId }) => instanceId).sort());
      const due = members.filter(
        (one) =>
          serves(one) &&
          one.agent.pingStatus === 'Online' &&
          one.missing.some(({ id }) => id.startsWith('openssl') || id.startsWith('kernel')),
      );
      expect(inWaves.toSorted()).toEqual(due.map(({ instanceId }) => instanceId).sort());
      patched += inWaves.length;
    });
    expect(patched).toBeGreaterThan(300);
  });

  it('no more are out at once than may be, and what then serves is never below the floor', () => {
    let runs = 0;
    check((plan, { fleet: { group } }) => {
      const { inService, maxUnavailable, floor } = plan.capacity;
      expect(floor).toBe(Math.max(0, group.desired - maxUnavailable));
      if (!runnable(plan)) return;
      for (const { concurrency, instances } of plan.waves) {
        runs += 1;
        expect(concurrency).toBeGreaterThan(0);
        expect(concurrency).toBeLessThanOrEqual(Math.min(maxUnavailable, instances.length));
        expect(inService - concurrency).toBeGreaterThanOrEqual(Math.max(1, floor));
        expect(plan.capacity.lowerMinTo ?? group.min).toBeLessThanOrEqual(group.desired - concurrency);
      }
    });
    expect(runs).toBeGreaterThan(50);
  });

  it('no zone that has more than one serving can be emptied, however slow a machine is', () => {
    let tight = 0;
    check((plan, { members }) => {
      const serving = Map.groupBy(members.filter(serves), ({ az }) => az);
      if (serving.size < 2) return;
      for (const { concurrency, instances } of plan.waves) {
        for (const [az, there] of serving) {
          const out = Math.min(concurrency, instances.filter((one) => one.az === az).length);
          if (there.length > 1) expect(out).toBeLessThan(there.length);
          if (there.length > 1 && concurrency >= there.length) tight += 1;
        }
      }
    });
    expect(tight).toBeGreaterThan(20);
  });

  it('a plan has no patch that is not approved at the moment, and nothing that is held', () => {
    check((plan, { members }) => {
      for (const { instanceId, patches } of plan.waves.flatMap(({ instances }) => instances)) {
        const missing = members.find((one) => one.instanceId === instanceId)?.missing.map(({ title }) => title);
        for (const { title, approvedSince } of patches) {
          expect(missing).toContain(title);
          expect(approvedSince <= NOW).toBe(true);
          expect(plan.held.map((held) => held.title)).not.toContain(title);
        }
      }
      for (const { until } of plan.held) expect(until === undefined || until > NOW).toBe(true);
    });
  });

  it('the plan is the same to the byte in whatever order AWS lists things', () => {
    const shuffled = <Of>(list: readonly Of[]) =>
      fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
    const twice = anyCase.chain((of) =>
      fc.record({
        of: fc.constant(of),
        instances: shuffled(of.members.map((one) => ({ ...one, missing: one.missing.toReversed() }))),
        suspendedProcesses: shuffled(['Launch', 'Terminate', 'ScheduledActions', 'AZRebalance']),
        targetGroups: shuffled(
          ['a', 'b', 'c'].map((arn) => ({ arn, deregistrationDelaySeconds: 30, healthyAfterSeconds: 20 })),
        ),
        launchLifecycleHooks: shuffled(['x', 'y', 'z']),
        azs: shuffled(['a', 'b', 'c']),
      }),
    );
    const written = (of: Case, more: object, group: object) =>
      JSON.stringify(
        planFor({ policy: of.policy, fleet: { ...of.fleet, ...more, group: { ...of.fleet.group, ...group } } }),
      );
    fc.assert(
      fc.property(fc.tuple(twice, fc.boolean()), ([{ of, instances, ...group }]) => {
        const sorted = {
          suspendedProcesses: group.suspendedProcesses.toSorted(),
          targetGroups: group.targetGroups.toSorted((a, b) => (a.arn < b.arn ? -1 : 1)),
          launchLifecycleHooks: group.launchLifecycleHooks.toSorted(),
          azs: group.azs.toSorted(),
        };
        expect(written(of, { instances }, group)).toBe(written(of, {}, sorted));
      }),
      { seed: 7, numRuns: 100 },
    );
  });
});
