/**
 * Kills a run at each of its transitions, and looks whether it is made whole. The transitions are those that the run itself
 * records: a state that is added to a definition is a point more.
 */
import type { HistoryEvent } from '../../src/interpreter/ports.ts';
import { readFleet } from '../../src/orchestrator/fleet/read.ts';
import { recoverAll } from '../../src/orchestrator/runs/recovery.ts';
import { taggedOrder } from '../../src/orchestrator/runs/tagged.ts';
import { GROUP, openWorld, type RolloutWorld, type WorldOptions } from '../rollout/open-world.ts';
import { leftBehind } from './left-behind.ts';

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

/** `kill`: another process goes on with the journal. `lose`: there is no journal any more. `stop`: StopExecution, and recovery. */
export const DEATHS = ['kill', 'lose', 'stop'] as const;
export type Death = (typeof DEATHS)[number];

export interface Crash {
  variant: string;
  /** The how-manieth event of the run it is, and what it is. */
  at: number;
  point: string;
  death: Death;
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
): Promise<{ world: RolloutWorld; begin: () => Promise<string> }> {
  const world = openWorld(worldOptions(variant, more));
  variant.given?.(world);
  if (variant.rollsBack === undefined) return { world, begin: world.start };
  const { runId } = await world.run();
  const begin = () =>
    world.clock.run(world.runs.rollbackOf(runId).then((what) => world.runs.rollBack(what, [], { kind: 'api' })));
  return { world, begin };
}

function pointOf({ type, details }: HistoryEvent): string {
  return `${type} ${String(details?.value.name ?? details?.value.resource ?? '')}`.trim();
}

/** Every transition of the variant, by what it is; a state that is come to again is a transition again. */
export async function pointsOf(variant: Variant): Promise<string[]> {
  const { world, begin } = await open(variant);
  const points: string[] = [];
  world.engine.onEvent((_, event) => points.push(pointOf(event)));
  await world.follow(await begin());
  await world.close();
  return points;
}

/** Lets the run die at its `at`th event (0 is the first), makes whole what can be, and says what is not. */
export async function crashAt(name: string, at: number, death: Death): Promise<Crash> {
  const variant = VARIANTS[name];
  if (variant === undefined) throw new Error(`there is no variant ${name}`);
  const { world, begin } = await open(variant, { durable: death === 'kill' });
  try {
    let seen = -1;
    let point = '';
    const reached = new Promise<void>((resolve, reject) => {
      world.engine.onEvent((_, event) => {
        seen += 1;
        if (seen !== at) return;
        point = pointOf(event);
        if (death === 'stop') resolve();
        else world.die().then(resolve, reject);
      });
    });
    const id = await begin();
    await world.clock.run(reached);
    const died = world.now();
    await (death === 'stop' ? recoverStopped(world, id) : death === 'kill' ? resume(world, id) : recoverLost(world));
    return { variant: name, at, point, death, left: await leftOf(world, died) };
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

async function leftOf(world: RolloutWorld, died: string): Promise<string[]> {
  await world.sleep(SETTLED_SECONDS);
  const left = await leftBehind(world);
  return [...left, ...world.watched.violations].map((what) => `${what} (it died at ${died})`);
}
