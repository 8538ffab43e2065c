/** What is drawn for one simulated rollout: everything that makes it go one way and not another, as plain JSON. */
import fc from 'fast-check';
import { FAULTS, OF_CALLS } from '../../src/simulator/faults.ts';

const PLACES = ['beforeDetach', 'afterPatch', 'afterAttach'] as const;

export interface Scenario {
  /** Of the simulated cloud: durations, latencies, which calls fail. */
  seed: number;
  size: number;
  /** How much of the group's size its minimum leaves free, and its maximum adds. */
  below: number;
  above: number;
  targetGroups: number;
  isolation: 'detach' | 'standby';
  rollback: 'restore' | 'replace' | 'quarantine';
  maxUnavailable: number;
  canary: number;
  bakeSeconds: number;
  maxFailures: number;
  onFailure: 'halt' | 'continue' | 'rollback-run';
  /** Whether a person is asked after the canary, who approves a while later. */
  approval: boolean;
  patchSeconds: number;
  protectedFromScaleIn: boolean;
  /** Whether somebody tells of the ends of commands. */
  told: boolean;
  /** A hook there, which succeeds or fails. */
  hook?: { place: (typeof PLACES)[number]; fails: boolean };
  /** A webhook that is to hear of the run, and answers nothing but 500. */
  notify: boolean;
  /** A maintenance window closes so many seconds after the run has begun. */
  windowSeconds?: number;
  /** Whether a run that succeeded is rolled back. */
  rolledBack: boolean;
  /** How many recoveries are begun at once where one is needed. */
  recoveries: 1 | 2;
  /** On the instance at that place of the group, from so many seconds on. */
  faults: { name: string; at: number; afterSeconds: number }[];
  /** In [0, 1]: how often calls and events fail in each way, by the fault's name. */
  rates: Record<string, number>;
  /** What is done to the run and to its group from outside, each at the n-th thing that its executions record. */
  interruptions: { at: number; what: Interruption; seconds: number }[];
}

export const INTERRUPTIONS = [
  // The process ends, and another goes on with its journal after so many seconds.
  'kill',
  // The process ends, and its journal is gone: all that is left is what it did.
  'lose',
  // StopExecution, and recovery.
  'stop',
  // The clock of whoever carries the run out jumps, by so many seconds and at least ten minutes forwards, or by ten minutes backwards.
  'clock-jump',
  'clock-back',
  // Somebody begins another run of the group.
  'second',
  // The run is asked to pause, for so many seconds; or to end.
  'pause',
  'abort',
  // An instance that a run has taken out is terminated.
  'terminate-in-hand',
  // A service answers nothing but 5xx, for so many seconds, from five minutes to ten.
  'outage-autoscaling',
  'outage-ec2',
  'outage-elasticloadbalancingv2',
  'outage-ssm',
  // What other people do to the group meanwhile.
  'scale-out',
  'scale-in',
  'detach',
  'standby',
  'lower-minimum',
  'raise-maximum',
  'suspend-process',
  'resume-process',
  'instance-refresh',
] as const;
export type Interruption = (typeof INTERRUPTIONS)[number];

const OF_MACHINES = Object.keys(FAULTS).filter((name) => !OF_CALLS.has(name));
/** What changes how many instances there are. Twice in one run, what comes of it depends on when. */
const RESIZES: Interruption[] = ['scale-out', 'scale-in', 'detach', 'standby'];
/** What is worth more than its share of the draws. */
const OFTEN: Interruption[] = ['kill', 'kill', 'kill', 'lose', 'stop', 'stop', 'second', 'terminate-in-hand'];

const rate = (most: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }).map((part) => (most * part) / 100) },
  );

/** Mostly not; the rest of the time as `arbitrary` draws it. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const drawn = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  size: fc.integer({ min: 2, max: 5 }),
  below: fc.integer({ min: 0, max: 2 }),
  above: fc.integer({ min: 0, max: 2 }),
  targetGroups: fc.integer({ min: 0, max: 2 }),
  isolation: fc.constantFrom('detach' as const, 'standby' as const),
  rollback: fc.constantFrom('restore' as const, 'replace' as const, 'quarantine' as const),
  maxUnavailable: fc.integer({ min: 1, max: 3 }),
  canary: fc.integer({ min: 1, max: 2 }),
  bakeSeconds: fc.constantFrom(0, 0, 60),
  maxFailures: fc.constantFrom(0, 0, 1, 2),
  rollsBackRun: fc.boolean(),
  approval: seldom(fc.constant(true)),
  patchSeconds: fc.constantFrom(5, 60, 400),
  protectedFromScaleIn: fc.boolean(),
  told: fc.boolean(),
  hook: seldom(fc.record({ place: fc.constantFrom(...PLACES), fails: fc.boolean() })),
  notify: seldom(fc.constant(true)),
  windowSeconds: seldom(fc.integer({ min: 60, max: 3600 })),
  rolledBack: seldom(fc.constant(true)),
  recoveries: fc.constantFrom(1 as const, 1 as const, 2 as const),
  faults: fc.array(
    fc.record({
      name: fc.constantFrom(...OF_MACHINES),
      at: fc.nat({ max: 4 }),
      afterSeconds: fc.integer({ min: 0, max: 900 }),
    }),
    { maxLength: 2 },
  ),
  rates: fc.record({
    throttling: rate(0.1),
    'server-errors': rate(0.05),
    contention: rate(0.1),
    'events-lost': rate(1),
    'connections-lost': rate(0.05),
    'stale-reads': rate(0.2),
    'slow-calls': rate(0.01),
  }),
  interruptions: fc.array(
    fc.record({
      at: fc.integer({ min: 1, max: 900 }),
      what: fc.constantFrom(...OFTEN, ...INTERRUPTIONS),
      seconds: fc.constantFrom(0, 0, 600, 50_000),
    }),
    { maxLength: 2 },
  ),
});

/**
 * Of an instance that was terminated in the dock EC2 forgets the tags after an hour: when by then nobody has recovered a run whose
 * journal is gone, nothing says any more that the group was larger. Nobody is at work for longer only where no journal gets lost.
 */
function bounded(interruptions: Scenario['interruptions']): Scenario['interruptions'] {
  if (!interruptions.some(({ what }) => what === 'lose')) return interruptions;
  return interruptions.map((each) => ({ ...each, seconds: Math.min(each.seconds, 600) }));
}

/** Small fleets: what goes wrong between two instances goes wrong between thousands. What a plan would refuse is no rollout. */
export const scenario: fc.Arbitrary<Scenario> = drawn.map(
  ({ rollsBackRun, approval, notify, rolledBack, hook, windowSeconds, ...rest }) => {
    const maxUnavailable = Math.min(rest.maxUnavailable, Math.max(1, rest.size - 1));
    return {
      ...rest,
      maxUnavailable,
      interruptions: bounded(rest.interruptions).filter(
        ({ what }, at, all) => !RESIZES.includes(what) || all.findIndex((each) => RESIZES.includes(each.what)) === at,
      ),
      canary: Math.min(rest.canary, rest.size),
      onFailure: rollsBackRun ? 'rollback-run' : rest.maxFailures === 0 ? 'halt' : 'continue',
      approval: approval === true,
      notify: notify === true,
      rolledBack: rolledBack === true,
      ...(hook === undefined ? {} : { hook }),
      ...(windowSeconds === undefined ? {} : { windowSeconds }),
    };
  },
);
