/**
 * Kills a run at each of its transitions, and at each of its calls before the answer is recorded, and looks whether it is made whole. Both
 * are those that the run itself makes: a state that is added to a definition is a point more.
 */
import type { HistoryEvent } from '../../src/interpreter/ports.ts';
import { readFleet } from '../../src/orchestrator/fleet/read.ts';
import { recoverAll } from '../../src/orchestrator/runs/recovery.ts';
import { taggedOrder } from '../../src/orchestrator/runs/tagged.ts';
import { GROUP, openWorld, type RolloutWorld, type WorldOptions } from '../rollout/open-world.ts';
import { leftBehind } from './left-behind.ts';
import { type Watcher, watch } from './properties.ts';

/** A run of a small fleet that goes in its own way. */
export interface Variant {
  options?: WorldOptions;
  /** What is so before the run begins. */
  given?: (world: RolloutWorld) => void;
  /** Whether the run is one that rolls back another. */
  rollsBack?: true;
}

const first = ({ ids }: RolloutWorld) => ({ instanceIds: ids.slice(0, 1) });

export const VARIANTS: Record<string, Variant> = {
  'everything goes well': {},
  'everything goes well in standby': { options: { rollout: { isolation: 'standby' } } },
  'a patch breaks an instance': { given: (world) => world.fault('patch-breaks-app', first(world)) },
  'a patch breaks an instance in standby': {
    options: { rollout: { isolation: 'standby' } },
    given: (world) => world.fault('patch-breaks-app', first(world)),
  },
  'an instance cannot be restored': { given: (world) => world.fault('restore-fails', first(world)) },
  'a broken instance is quarantined': {
    options: { rollback: 'quarantine' },
    given: (world) => world.fault('patch-breaks-app', first(world)),
  },
  'the agent stays silent': { given: (world) => world.fault('agent-silent', first(world)) },
  'the load balancer finds an instance unhealthy': {
    given: (world) => world.fault('target-never-healthy', first(world)),
  },
  'what the run patched is rolled back': {
    options: { rollout: { onFailure: 'rollback-run', maxFailures: 0 } },
    given: (world) => world.fault('patch-breaks-app', { instanceIds: world.ids.slice(-1) }),
  },
  'a finished run is rolled back': { rollsBack: true },
  'hooks run and a webhook does not answer': {
    options: {
      hooks: { beforeDetach: [{ document: 'Hook' }], afterAttach: [{ url: 'https://hooks.example.com/' }] },
      notify: ['https://hooks.example.com/'],
    },
    given: ({ cloud }) => cloud.addDocument('Hook', {}),
  },
};

/**
 * At a transition. `kill`: another process goes on with the journal. `lose`: there is no journal any more. `stop`: StopExecution, and recovery.
 * At a call. `unanswered`: it had its effect, and another process goes on with a journal that does not say so.
 */
export type Death = 'kill' | 'lose' | 'stop' | 'unanswered';
const AT_TRANSITIONS = ['kill', 'lose', 'stop'] as const;

export interface CrashPoint {
  variant: string;
  /** The how-manieth transition or call of the run it is. */
  at: number;
  death: Death;
}

export interface Crash extends CrashPoint {
  /** What it is. */
  point: string;
  /** What is other than before; empty: all is whole. */
  left: string[];
}

const OPTIONS: WorldOptions = {
  group: { size: 3, min: 3, max: 4 },
  rollout: { bake: '0s', maxFailures: 3 },
};

/** The small fleet of a variant. */
export function worldOptions({ options = {} }: Variant, more: WorldOptions = {}): WorldOptions {
  return { ...OPTIONS, ...options, ...more, rollout: { ...OPTIONS.rollout, ...options.rollout } };
}

async function open(
  variant: Variant,
  more?: WorldOptions,
): Promise<{ world: RolloutWorld; watcher: Watcher; begin: () => Promise<string> }> {
  const world = openWorld(worldOptions(variant, more));
  const { capacity } = await world.clock.run(world.plan());
  const watcher = watch(world, capacity.maxUnavailable, NOBODY_ELSE(world));
  world.onEvent(watcher.onEvent);
  variant.given?.(world);
  if (variant.rollsBack === undefined) return { world, watcher, begin: world.start };
  const { runId } = await world.run();
  const begin = () =>
    world.clock.run(world.runs.rollbackOf(runId).then((what) => world.runs.rollBack(what, [], { kind: 'api' })));
  return { world, watcher, begin };
}

const NOBODY_ELSE = ({ before }: RolloutWorld) => ({
  expected: () => before,
  outside: new Set<string>(),
  mayRebalance: () => false,
});

function pointOf({ type, details }: HistoryEvent): string {
  return `${type} ${String(details?.value.name ?? details?.value.resource ?? '')}`.trim();
}

/** What a run of the variant goes through: a state that is come to again is a transition again. */
export interface Course {
  transitions: string[];
  /** Those that change something. */
  calls: string[];
}

export async function courseOf(variant: Variant): Promise<Course> {
  const { world, begin } = await open(variant);
  const course: Course = { transitions: [], calls: [] };
  world.engine.onEvent((_, event) => course.transitions.push(pointOf(event)));
  onChange(world, (call) => course.calls.push(call));
  await world.follow(await begin());
  await world.close();
  return course;
}

/** Every way to die in that course, or one in `stride` of them. */
export function crashPoints(variant: string, { transitions, calls }: Course, stride: number): CrashPoint[] {
  const every = (points: string[], deaths: readonly Death[]) =>
    points.flatMap((_, at) => (at % stride === 0 ? deaths.map((death) => ({ variant, at, death })) : []));
  return [...every(transitions, AT_TRANSITIONS), ...every(calls, ['unanswered'])];
}

function onChange(world: RolloutWorld, listener: (call: string) => void): void {
  world.cloud.watch(({ service, action, error }) => {
    if (error === undefined && !/^(describe|get|list)/.test(action)) listener(`${service}:${action}`);
  });
}

/** Lets the run die there, makes whole what can be, and says what is not. */
export async function crashAt({ variant: name, at, death }: CrashPoint): Promise<Crash> {
  const variant = VARIANTS[name];
  if (variant === undefined) throw new Error(`there is no variant ${name}`);
  const goesOn = death === 'kill' || death === 'unanswered';
  const { world, watcher, begin } = await open(variant, { durable: goesOn });
  try {
    let seen = -1;
    let point = '';
    const reached = new Promise<void>((resolve, reject) => {
      const pass = (what: string) => {
        seen += 1;
        if (seen !== at) return;
        point = what;
        if (death === 'stop') resolve();
        else world.die().then(resolve, reject);
      };
      if (death === 'unanswered') onChange(world, pass);
      else world.engine.onEvent((_, event) => pass(pointOf(event)));
    });
    const id = await begin();
    await world.clock.run(reached);
    const died = world.now();
    if (death === 'lose') watcher.machineLost();
    await (death === 'stop' ? recoverStopped(world, id) : goesOn ? resume(world, id) : recoverLost(world));
    await world.sleep(SETTLED_SECONDS);
    watcher.atTheEnd(1);
    const left = [...(await leftBehind(world)), ...watcher.violations].map((what) => `${what} (it died at ${died})`);
    return { variant: name, at, point, death, left };
  } finally {
    await world.close();
  }
}

async function resume(world: RolloutWorld, id: string): Promise<void> {
  world.restart();
  await world.runs.resume();
  const view = await world.follow(id);
  if (view.notWhole !== undefined) await world.clock.run(world.runs.recover(id));
}

async function recoverStopped(world: RolloutWorld, id: string): Promise<void> {
  await world.clock.run(world.stop(id).catch(() => {}));
  await world.clock.run(world.runs.recover(id));
}

async function recoverLost(world: RolloutWorld): Promise<void> {
  world.startElsewhere();
  const { cloud, clock, policy, runs } = world;
  const orderOf = async (tagged: Parameters<typeof taggedOrder>[0]) => {
    const fleet = await readFleet(cloud, GROUP, { region: 'eu-west-1', now: world.now() });
    return taggedOrder(tagged, policy, fleet.group);
  };
  await clock.run(recoverAll(runs, { cloud, now: clock.now(), force: true, orderOf }, (id) => runs.follow(id)));
}

/** What an Auto Scaling group may take to replace what it misses. */
const SETTLED_SECONDS = 1800;
