/** What is drawn for one simulated rollout: everything that makes it go one way and not another, as plain JSON. */
import fc from 'fast-check';
import { FAULTS } from '../../src/simulator/faults.ts';

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
  patchSeconds: number;
  protectedFromScaleIn: boolean;
  /** Whether somebody tells of the ends of commands. */
  told: boolean;
  /** On the instance at that place of the group, from so many seconds on. */
  faults: { name: string; at: number; afterSeconds: number }[];
  /** In [0, 1]: how often calls are throttled, answer 5xx, are refused by contention; how many events are lost. */
  rates: { throttling: number; 'server-errors': number; contention: number; 'events-lost': number };
  /** What is done to the run from outside, each at the n-th thing that its executions record. */
  interruptions: { at: number; what: Interruption }[];
}

/**
 * `kill`: the process ends, and another goes on with its journal. `stop`: StopExecution, and recovery. `second`: somebody begins another
 * run of the group. The rest is asked of the run.
 */
export type Interruption = 'kill' | 'stop' | 'second' | 'pause' | 'abort';

const OF_MACHINES = Object.keys(FAULTS).filter(
  (name) => !['throttling', 'server-errors', 'contention', 'events-lost'].includes(name),
);

const rate = (most: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }).map((part) => (most * part) / 100) },
  );

/** Small fleets: what goes wrong between two instances goes wrong between thousands. */
export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
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
    maxFailures: fc.integer({ min: 0, max: 2 }),
    patchSeconds: fc.constantFrom(5, 60, 400),
    protectedFromScaleIn: fc.boolean(),
    told: fc.boolean(),
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
    }),
    interruptions: fc.array(
      fc.record({
        at: fc.integer({ min: 1, max: 900 }),
        what: fc.constantFrom(
          ...(['kill', 'kill', 'kill', 'stop', 'second', 'pause', 'abort'] as const satisfies Interruption[]),
        ),
      }),
      { maxLength: 2 },
    ),
  })
  // What a plan would refuse is no rollout.
  .map((drawn) => {
    const maxUnavailable = Math.min(drawn.maxUnavailable, Math.max(1, drawn.size - 1));
    return { ...drawn, maxUnavailable, canary: Math.min(drawn.canary, drawn.size) };
  });
