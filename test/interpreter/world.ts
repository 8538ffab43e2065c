import {
  type ChildRequest,
  type ChildResult,
  type Clock,
  childDefinition,
  type Definition,
  type ExecutionIdentity,
  type ExecutionResult,
  type HistoryEvent,
  type Host,
  type Journal,
  type Json,
  loadDefinition,
  type NewEvent,
  runExecution,
  TaskFailure,
  type TaskRequest,
} from '../../src/interpreter/index.ts';

/** A recorded event and the strand it belongs to. */
export interface Recorded extends HistoryEvent {
  strand: string;
}

/** Thrown by a journal that may not record more: the process was killed. */
export class Killed extends Error {}

/** A journal in memory. Begins with `recorded` events to replay; dies when `dieAfter` events are recorded in all. */
export class MemoryJournal implements Journal {
  readonly events: Recorded[];
  readonly #pending = new Map<string, Recorded[]>();
  readonly #clock: Clock;
  readonly #dieAfter: number;

  constructor(clock: Clock, recorded: readonly Recorded[] = [], dieAfter = Infinity) {
    this.#clock = clock;
    this.#dieAfter = dieAfter;
    this.events = [...recorded];
    for (const event of recorded) {
      const queue = this.#pending.get(event.strand) ?? [];
      queue.push(event);
      this.#pending.set(event.strand, queue);
    }
  }

  append(event: NewEvent): HistoryEvent {
    const replayed = this.#pending.get(event.strand)?.shift();
    if (replayed !== undefined) {
      if (replayed.type !== event.type) {
        throw new Error(`strand '${event.strand}': recorded ${replayed.type}, run again as ${event.type}`);
      }
      return replayed;
    }
    if (this.events.length >= this.#dieAfter) throw new Killed();
    const recorded: Recorded = { id: this.events.length + 1, timestamp: this.#clock.now(), ...event };
    this.events.push(recorded);
    return recorded;
  }

  peek(strand: string): HistoryEvent | undefined {
    return this.#pending.get(strand)?.[0];
  }
}

/** A clock that jumps to the next thing to happen as soon as nothing else can run. */
export class VirtualClock implements Clock {
  #now: number;
  #sleepers: { at: number; wake: () => void }[] = [];
  #scheduled = false;

  constructor(now = Date.parse('2026-03-10T02:00:00Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          reject(signal.reason);
        },
        { once: true },
      );
      this.#schedule();
    });
  }

  // Promises all settle before the next immediate: then nothing can run before time moves.
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const next = Math.min(...this.#sleepers.map(({ at }) => at));
      if (next === Infinity) return;
      this.#now = Math.max(this.#now, next);
      const due = this.#sleepers.filter(({ at }) => at <= next);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > next);
      for (const { wake } of due) wake();
      if (this.#sleepers.length > 0) this.#schedule();
    });
  }
}

/** How tasks answer: by what follows the last colon of their resource. */
export type Tasks = Record<string, (args: Json, request: TaskRequest) => Json | Promise<Json>>;

/** An identity such as the engine gives. */
export function identityOf(input: Json): ExecutionIdentity {
  return {
    executionArn: 'arn:aws:states:eu-central-1:123456789012:execution:rollout:run-1',
    name: 'run-1',
    roleArn: 'arn:aws:iam::123456789012:role/rollout',
    startTime: '2026-03-10T02:00:00.000Z',
    stateMachineArn: 'arn:aws:states:eu-central-1:123456789012:stateMachine:rollout',
    stateMachineName: 'rollout',
    input,
  };
}

/** What one run left behind. */
export interface Outcome {
  result: ExecutionResult;
  events: Recorded[];
  clock: VirtualClock;
}

export interface World {
  tasks?: Tasks;
  /** Events recorded before. */
  recorded?: readonly Recorded[];
  dieAfter?: number;
  clock?: VirtualClock;
  signal?: AbortSignal;
  /** Children that ended, by name: what a durable engine would know. */
  children?: Map<string, ChildResult>;
  journal?: MemoryJournal;
}

/** Runs states (in JSONata mode, beginning with the first) or a whole definition to the end. */
export async function run(machine: Json | Definition, input: Json = {}, world: World = {}): Promise<Outcome> {
  const definition = isLoaded(machine) ? machine : loadDefinition(machine);
  const clock = world.clock ?? new VirtualClock();
  const journal = world.journal ?? new MemoryJournal(clock, world.recorded, world.dieAfter);
  const host = hostOf(world, clock, journal);
  const result = await runExecution(definition, identityOf(input), host);
  return { result, events: journal.events, clock };
}

/** A host over a clock and a journal. */
export function hostOf(world: World, clock: Clock, journal: Journal): Host {
  const children = world.children ?? new Map<string, ChildResult>();
  const signal = world.signal ?? new AbortController().signal;
  return {
    clock,
    journal,
    signal,
    async runTask(request) {
      const task = world.tasks?.[request.resource.replace(/^.*:/, '')];
      if (task === undefined) throw new TaskFailure('Test.NoSuchTask', request.resource);
      return task(request.arguments, request);
    },
    async runChild(request) {
      const known = children.get(request.name);
      if (known !== undefined) return known;
      const result = await runChild(request, world, clock);
      children.set(request.name, result);
      return result;
    },
  };
}

async function runChild(request: ChildRequest, world: World, clock: Clock): Promise<ChildResult> {
  const { recorded: _recorded, dieAfter: _dieAfter, journal: _journal, ...rest } = world;
  const host = hostOf({ ...rest, signal: request.signal }, clock, new MemoryJournal(clock));
  const identity = identityOf(request.input);
  const executionArn = `${identity.executionArn}/${request.name}`;
  const result = await runExecution(
    childDefinition(request.processor),
    { ...identity, executionArn, name: request.name },
    host,
  );
  return { ...result, executionArn };
}

function isLoaded(machine: Json | Definition): machine is Definition {
  return typeof machine === 'object' && machine !== null && 'states' in machine && machine.states instanceof Map;
}

/** A machine in JSONata mode that begins with the first of `states`. */
export function machine(states: { [name: string]: Json }, more: { [field: string]: Json } = {}): Json {
  const [first = ''] = Object.keys(states);
  return { QueryLanguage: 'JSONata', StartAt: first, States: states, ...more };
}

/** Types of events, in order. */
export function types(outcome: Pick<Outcome, 'events'>): string[] {
  return outcome.events.map(({ type }) => type);
}

/** The details of the first event of a type. */
export function detailsOf(outcome: Pick<Outcome, 'events'>, type: string): { [key: string]: Json } {
  const event = outcome.events.find((candidate) => candidate.type === type);
  if (event === undefined) throw new Error(`there is no ${type} among ${types(outcome).join(', ')}`);
  return event.details?.value ?? {};
}
