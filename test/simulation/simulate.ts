/** Carries out one scenario in virtual time, to the end of its recovery, and says what was seen that must never be. */
import type { HistoryEvent } from '../../src/interpreter/ports.ts';
import { readFleet } from '../../src/orchestrator/fleet/read.ts';
import type { Plan } from '../../src/orchestrator/plan/types.ts';
import { order } from '../../src/orchestrator/runs/order.ts';
import { runRecords } from '../../src/orchestrator/runs/records.ts';
import { recoverAll } from '../../src/orchestrator/runs/recovery.ts';
import type { Recovery } from '../../src/orchestrator/runs/runs.ts';
import { type TaggedRun, taggedOrder } from '../../src/orchestrator/runs/tagged.ts';
import type { RunView } from '../../src/orchestrator/runs/view.ts';
import { itemTable } from '../../src/orchestrator/table/table.ts';
import { terminate } from '../../src/simulator/machines.ts';
import {
  GROUP,
  groupOf,
  KERNEL,
  openWorld,
  type RolloutWorld,
  tagged,
  type WorldOptions,
} from '../rollout/open-world.ts';
import { leftBehind } from './left-behind.ts';
import { type Others, otherPeople } from './others.ts';
import { type Watcher, watch } from './properties.ts';
import type { Interruption, Scenario } from './scenario.ts';
import { type Timeline, timeline } from './timeline.ts';

export interface Simulated {
  /** How the run ended; undefined: its plan had nothing to do, or would have been refused. */
  status?: RunView['status'] | 'lost';
  /** What became of each instance, and why. */
  instances: string[];
  violations: string[];
  /** What happened, line by line. */
  timeline: string[];
  /** The states that any execution came to. */
  visited: ReadonlySet<string>;
}

/** A run that takes longer than this never ends. */
const FOREVER_MS = 6 * 86_400_000;
/** What an Auto Scaling group may take to replace what is gone. */
const SETTLED_SECONDS = 3600;
const APPROVED_AFTER_MS = 300_000;
const JUMP_SECONDS = 600;
const OUTAGE_SECONDS = 300;
const WEBHOOK = 'https://hooks.example.com/patching';

/** Runs it; the same scenario gives the same result. `more`: other state machines than ours, or tasks that fail. */
export async function simulate(
  scenario: Scenario,
  more: Pick<WorldOptions, 'definitions' | 'interfere'> = {},
): Promise<Simulated> {
  const world = openWorld({ ...optionsOf(scenario), ...more });
  const told = timeline(() => world.clock.now(), world.ids);
  try {
    const went = await Promise.race([run(world, scenario, told), world.neverEnds()]);
    return { ...went, timeline: told.lines, visited: told.visited };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      instances: [],
      violations: [...world.watched.violations, `7: ${message}`],
      timeline: told.lines,
      visited: told.visited,
    };
  } finally {
    await world.close();
  }
}

function optionsOf(scenario: Scenario): WorldOptions {
  const { size, below, above, hook, notify, approval } = scenario;
  return {
    seed: scenario.seed,
    durable: scenario.interruptions.some(({ what }) => what === 'kill'),
    withoutEvents: !scenario.told,
    rollback: scenario.rollback,
    ...(hook === undefined ? {} : { hooks: { [hook.place]: [{ document: 'Hook' }] } }),
    ...(notify
      ? { notify: [WEBHOOK], answering: async () => ({ status: 500, headers: {}, body: '', latencyMs: 9 }) }
      : {}),
    group: {
      size,
      min: Math.max(0, size - below),
      max: size + above,
      azs: ['eu-west-1a', 'eu-west-1b'],
      patch: scenario.patchSeconds,
      newInstancesProtected: scenario.protectedFromScaleIn,
      targetGroups: Array.from({ length: scenario.targetGroups }, (_, at) => ({
        name: `tg-${at + 1}`,
        deregistrationDelaySeconds: 30,
        healthyThreshold: 2,
        intervalSeconds: 5,
      })),
    },
    rollout: {
      isolation: scenario.isolation,
      maxUnavailable: scenario.maxUnavailable,
      canary: scenario.canary,
      bake: `${scenario.bakeSeconds}s`,
      maxFailures: scenario.maxFailures,
      onFailure: scenario.onFailure,
      approval: approval ? 'after-canary' : 'none',
    },
  };
}

async function run(
  world: RolloutWorld,
  scenario: Scenario,
  told: Timeline,
): Promise<Omit<Simulated, 'timeline' | 'visited'>> {
  const { clock, cloud, ids } = world;
  if (scenario.hook !== undefined) cloud.addDocument('Hook', { fails: scenario.hook.fails });
  const plan = await clock.run(world.plan());
  if (plan.problems.some(({ level }) => level === 'error')) return { instances: [], violations: [] };
  const others = otherPeople(world, plan);
  const watcher = watch(world, plan.capacity.maxUnavailable, others);
  cloud.watch(told.call);
  for (const { name, at, afterSeconds } of scenario.faults) {
    told.say(`fault ${name} on instance-${(at % ids.length) + 1}`);
    world.fault(name, { instanceIds: [ids[at % ids.length] ?? ''], afterSeconds });
  }
  for (const [name, rate] of Object.entries(scenario.rates)) if (rate > 0) world.fault(name, { rate });

  const id = await begin(world, plan, scenario);
  const troubled = new Troubled(world, id, scenario, { plan, watcher, told, others });
  const view = await clock.run(troubled.carry(() => world.runs.follow(id)));
  told.say(view === 'lost' ? 'nothing is left but tags' : `the run ended: ${view.status} ${view.halted?.reason ?? ''}`);
  if (view !== 'lost') watcher.violations.push(...untrue(world, view));
  // What is recovered is recovered in peace: calls that fail for ever would leave everything as it is.
  for (const name of Object.keys(scenario.rates)) if (name !== 'stale-reads') world.fault(name, { rate: 0 });
  troubled.endOutages();
  if (view === 'lost') await recoverLost(troubled, world);
  else if (view.status !== 'succeeded') await recover(troubled, world, id, scenario.recoveries);
  else if (scenario.rolledBack) await rollBack(troubled, world, id);
  const followed = await clock.run(troubled.carry(() => followOthers(troubled, world)));
  troubled.endOutages();
  if (followed === 'lost') await recoverLost(troubled, world);
  else for (const other of followed) await recover(troubled, world, other, 1);
  troubled.noMore();
  await world.sleep(SETTLED_SECONDS);
  watcher.atTheEnd(troubled.troubles);
  watcher.violations.push(...(await leftBehind(world, others.expected(), others.outside, troubled.forgotten)));
  const { status, instances } = view === 'lost' ? { status: 'lost' as const, instances: [] } : view;
  return {
    status,
    instances: instances.map(({ instanceId, outcome, reason = '' }) => `${instanceId} ${outcome} ${reason}`),
    violations: watcher.violations,
  };
}

/** 8: instances that the run calls patched, and that are not. */
function untrue({ cloud }: RolloutWorld, { instances }: RunView): string[] {
  return instances.flatMap(({ instanceId, outcome }) => {
    const { state, content } = cloud.world.machines.get(instanceId) ?? {};
    const isPatched = content?.installed.has(KERNEL.id) === true && !content.pendingReboot.has(KERNEL.id);
    return outcome === 'patched' && state === 'running' && !isPatched
      ? [`8: ${instanceId} is called patched, and is not`]
      : [];
  });
}

/** Stays with the runs that somebody else began, to their ends; gives those that were not made whole. */
async function followOthers(troubled: Troubled, world: RolloutWorld): Promise<string[]> {
  const others = await troubled.others();
  const views = await Promise.all(others.map((other) => world.runs.follow(other)));
  return views.flatMap(({ runId, notWhole }) => (notWhole === undefined ? [] : [runId]));
}

/** Begins the run, in a maintenance window if there is one. */
async function begin(world: RolloutWorld, plan: Plan, { windowSeconds }: Scenario): Promise<string> {
  if (windowSeconds === undefined) return world.runs.start(plan, { kind: 'api' }, world.policy.notify);
  const runId = 'in-a-window';
  const closesAt = Math.floor(world.clock.now() / 1000) + windowSeconds;
  const window = { id: 'mw-1', executionId: 'e-1', closesAt, instanceSeconds: 300 };
  const key = {
    runId,
    trigger: { kind: 'window' as const },
    startedAt: world.now(),
    snapshotId: 'of-the-window',
    window,
  };
  await runRecords(itemTable(world.store.database)).keepPlan(runId, plan);
  await world.engine.startExecution({
    stateMachineArn: 'rollout',
    name: runId,
    input: JSON.stringify(order(plan, key)),
  });
  return runId;
}

/** What EventBridge starts on AWS when a rollout ends otherwise than well. */
async function recover(troubled: Troubled, world: RolloutWorld, id: string, times: number): Promise<void> {
  const begun = () => Promise.all(Array.from({ length: times }, () => world.runs.recover(id)));
  const before = troubled.outages;
  const recoveries = await world.clock.run(troubled.carry(begun));
  if (recoveries === 'lost') return recoverLost(troubled, world);
  if (troubled.outages > before && recoveries.some(({ notWhole }) => notWhole !== undefined)) {
    troubled.endOutages();
    return recover(troubled, world, id, times);
  }
  for (const recovery of recoveries) noteRecovery(recovery, troubled.watcher, troubled.told);
}

/** On another machine, by what the policy says, once somebody is certain that the run is dead. */
async function recoverLost(troubled: Troubled, world: RolloutWorld): Promise<void> {
  const { cloud, clock, policy } = world;
  const orderOf = async (run: TaggedRun) => {
    const fleet = await readFleet(cloud, GROUP, { region: 'eu-west-1', now: world.now() });
    return taggedOrder(run, policy, fleet.group);
  };
  const all = () =>
    recoverAll(world.runs, { cloud, now: clock.now(), force: true, orderOf }, (id) => world.runs.follow(id));
  const before = troubled.outages;
  // One that AWS does not answer says so, and is begun again by whoever reads that.
  const result = await clock.run(troubled.carry(() => all().catch(unlessDown(world))));
  if (result === 'lost') return recoverLost(troubled, world);
  if (
    result === 'down' ||
    (troubled.outages > before && result.recovered.some(({ notWhole }) => notWhole !== undefined))
  ) {
    troubled.endOutages();
    return recoverLost(troubled, world);
  }
  for (const recovery of result.recovered) noteRecovery(recovery, troubled.watcher, troubled.told);
}

/** Rejects again, unless some service is down. */
function unlessDown({ cloud }: RolloutWorld): (error: unknown) => 'down' {
  return (error) => {
    if (cloud.world.outages.size === 0) throw error;
    return 'down';
  };
}

function noteRecovery({ mended, notWhole }: Recovery, watcher: Watcher, told: Timeline): void {
  told.say(`recovered: ${JSON.stringify(mended)} ${notWhole ?? ''}`);
  if (notWhole !== undefined) watcher.violations.push(`2: recovery could not make whole: ${notWhole}`);
}

/** Puts back what the run has patched. */
async function rollBack(troubled: Troubled, world: RolloutWorld, id: string): Promise<void> {
  const rollback = await world.clock.run(world.runs.rollbackOf(id).catch(() => undefined));
  if (rollback === undefined) return;
  const again = await world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' }));
  const view = await world.clock.run(troubled.carry(() => world.runs.follow(again)));
  troubled.told.say(
    view === 'lost' ? 'the rollback was lost' : `the rollback ended: ${view.status} ${view.halted?.reason ?? ''}`,
  );
  troubled.endOutages();
  if (view === 'lost') await recoverLost(troubled, world);
  else if (view.status !== 'succeeded') await recover(troubled, world, again, 1);
}

/** Does to the run what the scenario says, when it says so. */
class Troubled {
  /** How often something was cut off so far. */
  troubles = 0;
  /** How often a service went down so far. */
  outages = 0;
  /**
   * Of the instances that were taken out when everything of Drydock was dead, those that somebody terminated meanwhile, so long ago that
   * EC2 does not know them any more.
   */
  forgotten = 0;
  readonly watcher: Watcher;
  readonly told: Timeline;
  readonly #world: RolloutWorld;
  readonly #id: string;
  readonly #others: Others;
  readonly #plan: Plan;
  readonly #due: Scenario['interruptions'];
  #seen = 0;
  /** Whether the journal of the first machine is gone: those of the others are in memory alone. */
  #isLost = false;
  #second: Promise<string | undefined>[] = [];
  /** Set while the process is dead: resolves once all is let go of. */
  #death: { dead: Promise<unknown>; what: 'kill' | 'lose'; seconds: number } | undefined;
  #died = Promise.withResolvers<'dead'>();
  #unlisten: () => void;

  constructor(
    world: RolloutWorld,
    id: string,
    { interruptions }: Scenario,
    { plan, watcher, told, others }: { plan: Plan; watcher: Watcher; told: Timeline; others: Others },
  ) {
    this.#plan = plan;
    this.watcher = watcher;
    this.told = told;
    this.#world = world;
    this.#id = id;
    this.#others = others;
    this.#due = interruptions.toSorted((a, b) => a.at - b.at);
    this.#unlisten = this.#listen();
  }

  /** Does the work; when the process dies meanwhile, another goes on with what it left, and does the work again. */
  async carry<T>(work: () => Promise<T>): Promise<T | 'lost'> {
    const world = this.#world;
    const tooLong = world.clock.sleep(FOREVER_MS).then(() => Promise.reject(new Error('it never ends')));
    tooLong.catch(() => {});
    for (;;) {
      const done = await Promise.race([
        unlessClosed(work()).then((result) => ({ result })),
        this.#died.promise,
        tooLong,
      ]);
      if (done !== 'dead' && this.#death === undefined) return done.result;
      const { dead, what, seconds } = this.#death ?? { dead: undefined, what: 'kill', seconds: 0 };
      await dead;
      const out = this.#takenOut();
      await world.clock.sleep(seconds * 1000);
      world.cloud.settle();
      this.forgotten += out.filter((id) => !world.cloud.world.machines.has(id)).length;
      this.#death = undefined;
      this.#died = Promise.withResolvers();
      this.#unlisten();
      if (what === 'lose') {
        this.watcher.machineLost();
        world.startElsewhere();
      } else world.restart();
      this.#unlisten = this.#listen();
      if (what === 'lose') return 'lost';
      await world.runs.resume();
    }
  }

  endOutages(): void {
    this.#world.cloud.world.outages.clear();
  }

  /** From here on nothing is interrupted: nobody would go on with it. */
  noMore(): void {
    this.#due.length = 0;
  }

  /** The runs that somebody else began. */
  async others(): Promise<string[]> {
    return (await Promise.all(this.#second)).filter((other) => other !== undefined);
  }

  /** Machines of a run that are no members. */
  #takenOut(): string[] {
    const { cloud } = this.#world;
    const { members } = groupOf(cloud);
    return Object.keys(tagged(cloud)).filter((id) => !members.has(id));
  }

  #listen(): () => void {
    return this.#world.engine.onEvent((arn, event) => {
      this.#seen += 1;
      this.watcher.onEvent(arn, event);
      this.#others.event(arn, event);
      this.told.event(arn, event);
      this.#approve(event);
      for (let next = this.#due[0]; next !== undefined && next.at <= this.#seen; next = this.#due[0]) {
        if (this.#death !== undefined) return;
        this.#due.shift();
        this.told.say(`${next.what} at ${this.#seen}`);
        this.#interrupt(next.what, next.seconds);
      }
    });
  }

  #approve({ type, details }: HistoryEvent): void {
    if (type !== 'WaitStateEntered' || details?.value.name !== 'WaitForApproval') return;
    const { clock, runs } = this.#world;
    void clock.sleep(APPROVED_AFTER_MS).then(() => runs.steer(this.#id, 'approve').catch(() => {}));
  }

  #interrupt(what: Interruption, seconds: number): void {
    const world = this.#world;
    if (this.#others.act(what)) return;
    if (what === 'kill' || what === 'lose') {
      this.troubles += 1;
      this.#isLost ||= what === 'lose';
      this.#death = { dead: world.die(), what: this.#isLost ? 'lose' : 'kill', seconds };
      void this.#death.dead.then(() => this.#died.resolve('dead'));
      // Whoever was begun elsewhere is lost with it.
      if (what === 'lose') this.#second = [];
    } else if (what === 'stop') {
      this.troubles += 1;
      void world.stop(this.#id).catch(() => {});
    } else if (what === 'terminate-in-hand') {
      const [id] = this.#takenOut();
      if (id !== undefined) terminate(world.cloud.world, world.cloud.machine(id));
    } else if (what === 'clock-jump') {
      world.setClock(Math.max(seconds, JUMP_SECONDS));
    } else if (what === 'clock-back') {
      world.setClock(-JUMP_SECONDS);
    } else if (what.startsWith('outage-')) {
      const { outages } = world.cloud.world;
      const service = what.slice('outage-'.length);
      outages.add(service);
      this.outages += 1;
      void world.clock
        .sleep(Math.min(Math.max(seconds, OUTAGE_SECONDS), 2 * OUTAGE_SECONDS) * 1000)
        .then(() => outages.delete(service));
    } else if (what === 'second') {
      this.#second.push(begunBySomebody(world, this.#plan));
    } else if (what === 'pause' || what === 'abort') {
      void world.runs.steer(this.#id, what).catch(() => {});
      if (what === 'abort') return;
      void world.clock.sleep(seconds * 1000).then(() => world.runs.steer(this.#id, 'resume').catch(() => {}));
    }
  }
}

/** An engine that is closed tells whoever follows; what they wait for then is another process. */
function unlessClosed<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof Error && error.name === 'EngineClosed') return new Promise<never>(() => {});
    throw error;
  });
}

/** Somebody else begins a run, planned at the same moment; gives its id when it came to one. */
async function begunBySomebody(world: RolloutWorld, plan: Plan): Promise<string | undefined> {
  try {
    return await world.runs.start(plan, { kind: 'api' });
  } catch {
    // The process died meanwhile.
    return undefined;
  }
}
