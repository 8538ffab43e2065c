/** Carries out one scenario in virtual time, to the end of its recovery, and says what was seen that must never be. */
import { isDeepStrictEqual } from 'node:util';
import type { HistoryEvent } from '../../src/interpreter/ports.ts';
import type { RunView } from '../../src/orchestrator/runs/view.ts';
import { groupOf, openWorld, type RolloutWorld, snapshotOf, tagged } from '../rollout/open-world.ts';
import { watch } from './properties.ts';
import type { Interruption, Scenario } from './scenario.ts';

export interface Simulated {
  /** How the run ended; undefined: its plan had nothing to do, or would have been refused. */
  status?: RunView['status'];
  violations: string[];
  /** What happened, line by line, when it was asked for. */
  timeline: string[];
}

/** A run that takes longer than this never ends. */
const FOREVER_MS = 4 * 86_400_000;
/** What an Auto Scaling group may take to replace what is gone. */
const SETTLED_SECONDS = 3600;

/** Runs it; the same scenario gives the same result. */
export async function simulate(scenario: Scenario, withTimeline = false): Promise<Simulated> {
  const world = worldOf(scenario);
  try {
    return await run(world, scenario, withTimeline);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { violations: [...world.watched.violations, `7: ${message}`], timeline: [] };
  } finally {
    await world.close();
  }
}

function worldOf(scenario: Scenario): RolloutWorld {
  const { size, below, above, targetGroups, isolation, rollback, maxUnavailable, canary } = scenario;
  const { bakeSeconds, maxFailures, patchSeconds, protectedFromScaleIn } = scenario;
  return openWorld({
    seed: scenario.seed,
    durable: scenario.interruptions.some(({ what }) => what === 'kill'),
    withoutEvents: !scenario.told,
    rollback,
    group: {
      size,
      min: Math.max(0, size - below),
      max: size + above,
      azs: ['eu-west-1a', 'eu-west-1b'],
      patch: patchSeconds,
      newInstancesProtected: protectedFromScaleIn,
      targetGroups: Array.from({ length: targetGroups }, (_, at) => ({
        name: `tg-${at + 1}`,
        deregistrationDelaySeconds: 30,
        healthyThreshold: 2,
        intervalSeconds: 5,
      })),
    },
    rollout: { isolation, maxUnavailable, canary, bake: `${bakeSeconds}s`, maxFailures },
  });
}

async function run(world: RolloutWorld, scenario: Scenario, withTimeline: boolean): Promise<Simulated> {
  const { clock, cloud, ids } = world;
  const plan = await clock.run(world.plan());
  if (plan.problems.some(({ level }) => level === 'error')) return { violations: [], timeline: [] };
  const watcher = watch(world, plan.capacity.maxUnavailable);
  const timeline: string[] = [];
  const tell = (what: string) => withTimeline && timeline.push(`${new Date(clock.now()).toISOString()} ${what}`);
  cloud.watch(({ service, action, input, error }) =>
    tell(`  ${service}:${action} ${JSON.stringify(input)} ${error ?? ''}`),
  );
  for (const { name, at, afterSeconds } of scenario.faults) {
    world.fault(name, { instanceIds: [ids[at % ids.length] ?? ''], afterSeconds });
  }
  for (const [name, rate] of Object.entries(scenario.rates)) if (rate > 0) world.fault(name, { rate });

  const id = await world.runs.start(plan, { kind: 'api' });
  const { carry, troubles, others } = troubled(world, id, scenario, { ...watcher, tell });
  const view = await clock.run(carry(() => world.runs.follow(id)));
  tell(`the run ended: ${view.status} ${view.halted?.reason ?? ''} ${view.notWhole ?? ''}`);
  for (const name of Object.keys(scenario.rates)) world.fault(name, { rate: 0 });
  if (view.status !== 'succeeded') {
    // What EventBridge starts on AWS when a rollout ends otherwise than well.
    const { mended, notWhole } = await clock.run(carry(() => world.runs.recover(id)));
    tell(`recovered: ${JSON.stringify(mended)} ${notWhole ?? ''}`);
    if (notWhole !== undefined) watcher.violations.push(`2: recovery could not make whole: ${notWhole}`);
  }
  for (const other of await clock.run(others())) await clock.run(carry(() => world.runs.follow(other)));
  await world.sleep(SETTLED_SECONDS);
  watcher.atTheEnd(troubles());
  watcher.violations.push(...(await leftBehind(world)));
  return { status: view.status, violations: watcher.violations, timeline };
}

interface Watching {
  onEvent(arn: string, event: HistoryEvent): void;
  tell(what: string): void;
}

interface Troubled {
  /** Does the work; when the process dies meanwhile, another goes on with what it left, and does the work again. */
  carry<T>(work: () => Promise<T>): Promise<T>;
  /** How often something was cut off so far. */
  troubles(): number;
  /** The runs that somebody else began. */
  others(): Promise<string[]>;
}

/** Does to the run what the scenario says, when it says so. */
function troubled(world: RolloutWorld, id: string, { interruptions }: Scenario, { onEvent, tell }: Watching): Troubled {
  const due = interruptions.toSorted((a, b) => a.at - b.at);
  let seen = 0;
  let troubles = 0;
  const others: Promise<string | undefined>[] = [];
  let death: Promise<'dead'> | undefined;
  let died = Promise.withResolvers<'dead'>();

  const acts: Record<Interruption, () => void> = {
    kill: () => {
      troubles += 1;
      death = world.die().then(() => 'dead');
      void death.then(died.resolve);
    },
    stop: () => {
      troubles += 1;
      void world.stop(id).catch(() => {});
    },
    second: () => others.push(begun(world)),
    pause: () => {
      const resume = () => world.runs.steer(id, 'resume').catch(() => {});
      void world.runs.steer(id, 'pause').catch(() => {});
      void world.clock.sleep(600_000).then(resume);
    },
    abort: () => void world.runs.steer(id, 'abort').catch(() => {}),
  };
  const listen = () =>
    world.engine.onEvent((arn, event) => {
      seen += 1;
      onEvent(arn, event);
      if (event.type.endsWith('StateEntered')) tell(`${arn.slice(-8)} ${String(event.details?.value.name)}`);
      for (let next = due[0]; next !== undefined && next.at <= seen && death === undefined; next = due[0]) {
        due.shift();
        tell(`${next.what.toUpperCase()} at ${seen}`);
        acts[next.what]();
      }
    });

  let unlisten = listen();
  const carry = async <T>(work: () => Promise<T>): Promise<T> => {
    const tooLong = world.clock.sleep(FOREVER_MS).then(() => Promise.reject(new Error('it never ends')));
    tooLong.catch(() => {});
    for (;;) {
      const done = await Promise.race([unlessClosed(work()).then((result) => ({ result })), died.promise, tooLong]);
      if (done !== 'dead' && death === undefined) return done.result;
      await death;
      death = undefined;
      died = Promise.withResolvers();
      unlisten();
      world.restart();
      unlisten = listen();
      await world.runs.resume();
    }
  };
  return {
    carry,
    troubles: () => troubles,
    others: async () => (await Promise.all(others)).filter((other) => other !== undefined),
  };
}

/** An engine that is closed tells whoever follows; what they wait for then is another process. */
function unlessClosed<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof Error && error.name === 'EngineClosed') return new Promise<never>(() => {});
    throw error;
  });
}

/** Somebody else plans and begins a run; gives its id when it came to one. */
async function begun(world: RolloutWorld): Promise<string | undefined> {
  try {
    const plan = await world.plan();
    if (plan.problems.some(({ level }) => level === 'error')) return undefined;
    return await world.runs.start(plan, { kind: 'api' });
  } catch {
    // The process died meanwhile, or a plan could not be made while calls were throttled.
    return undefined;
  }
}

/** 2, 3: what is other than before, once all is over. */
async function leftBehind(world: RolloutWorld): Promise<string[]> {
  const { cloud, before, ids } = world;
  const after = snapshotOf(cloud);
  const differs = (['min', 'max', 'desired', 'suspended', 'tags', 'members', 'serving'] as const).filter(
    (key) => !isDeepStrictEqual(after[key], before[key]),
  );
  const { members, newInstancesProtected } = groupOf(cloud);
  const marks = Object.entries(tagged(cloud));
  const isQuarantined = (id: string) => cloud.world.machines.get(id)?.tags.has('drydock:quarantined') === true;
  const outside = ids.filter((id) => {
    const state = cloud.world.machines.get(id)?.state;
    const lives = state !== undefined && state !== 'terminated' && state !== 'shutting-down';
    return lives && !members.has(id) && !isQuarantined(id);
  });
  const unprotected = newInstancesProtected
    ? [...members.values()].filter(({ protectedFromScaleIn }) => !protectedFromScaleIn).map(({ machine }) => machine.id)
    : [];
  return [
    ...differs.map((key) => `3: ${key} was ${JSON.stringify(before[key])} and is ${JSON.stringify(after[key])}`),
    ...outside.map((id) => `2: ${id} lives on outside of its group`),
    ...marks.filter(([id]) => !isQuarantined(id)).map(([id, keys]) => `3: ${id} still carries ${keys.join(', ')}`),
    ...unprotected.map((id) => `3: ${id} is not protected from scale-in any more`),
    ...((await world.lock()) === undefined ? [] : ['3: the group is still locked']),
  ];
}
