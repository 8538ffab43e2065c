/** The embedded engine: Step Functions' verbs over the interpreter, durable in one file. */
import { loadDefinition } from '../../interpreter/index.ts';
import { type HistoryEvent, type Json, StoppedExecution, type TaskRequest } from '../../interpreter/ports.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { type Answers, answers } from './answers.ts';
import { executionArn, nameOf, stateMachineArn } from './arns.ts';
import type { EngineClock } from './clock.ts';
import { Executor } from './executor.ts';
import { mustFind, type RunHistory, runHistory } from './history.ts';
import { watchOtherProcesses } from './neighbours.ts';
import { prepareRedrive } from './redrive.ts';
import type { Store, StoredExecution } from './store.ts';
import type { TokenOutcome } from './tokens.ts';
import { checkName, describe, type ExecutionDescription, parseInput, VerbError } from './verbs.ts';

export interface EngineOptions {
  store: Store;
  clock: EngineClock;
  /** Only names things: it is in the ARNs. */
  region: string;
  /** Sends a task; rejects with a `TaskFailure`. `createDispatcher(…).runTask`. */
  runTask(request: TaskRequest): Promise<Json>;
}

/** Hears of every event as it is recorded (durable before the next task begins); not of events that a replay gives back. */
export type EventListener = (executionArn: string, event: HistoryEvent) => void;

/** The verbs, as Step Functions names them, that run something. They reject with a `VerbError`. */
export interface Engine extends RunHistory {
  /** Makes the state machine, or gives it a new definition: executions that run keep theirs. */
  registerStateMachine(input: { name: string; definition: Json }): { stateMachineArn: string };
  /** `stateMachineArn` may be the bare name; `input` is a JSON text. The same name with the same input, while it runs, is the same execution. */
  startExecution(input: {
    stateMachineArn: string;
    name: string;
    input: string;
  }): Promise<{ executionArn: string; startDate: number }>;
  /** Resolves once it has stopped; when another process runs it, once that process has been asked to. */
  stopExecution(input: { executionArn: string; error?: string; cause?: string }): Promise<void>;
  /** Goes on from the state that failed, with what came before it kept. */
  redriveExecution(input: { executionArn: string }): Promise<{ redriveDate: number }>;
  /** `output` is a JSON text. */
  sendTaskSuccess(input: { taskToken: string; output: string }): Promise<void>;
  sendTaskFailure(input: { taskToken: string; error?: string; cause?: string }): Promise<void>;
  sendTaskHeartbeat(input: { taskToken: string }): Promise<void>;
  /** The ARNs of the executions that were left RUNNING by an engine that is dead. */
  orphans(): string[];
  /** Goes on with every orphan; gives their ARNs. */
  resume(): string[];
  /** Resolves when an execution that this engine runs, or one that is over, has ended. */
  waitFor(executionArn: string): Promise<ExecutionDescription>;
  /** Calls `listener` from now on; the function that it gives ends that. */
  onEvent(listener: EventListener): () => void;
  /** Lets go of everything that runs, as if the process were killed: nothing more is recorded, all of it can be resumed. */
  close(): Promise<void>;
}

/** Makes an engine over `store`. Executions left by a dead one wait until `resume` is called. */
export function createEngine(options: EngineOptions): Engine {
  return new EmbeddedEngine(options);
}

class EmbeddedEngine implements Engine {
  readonly describeExecution: RunHistory['describeExecution'];
  readonly listExecutions: RunHistory['listExecutions'];
  readonly getExecutionHistory: RunHistory['getExecutionHistory'];

  readonly #store: Store;
  readonly #clock: EngineClock;
  readonly #region: string;
  readonly #executor: Executor;
  readonly #answers: Answers;
  readonly #unwatch: () => void;
  readonly #listeners = new Set<EventListener>();

  constructor({ store, clock, region, runTask }: EngineOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#region = region;
    this.#answers = answers(store.tokens, clock);
    this.#executor = new Executor({
      store,
      clock,
      runTask: (request) =>
        request.taskToken === undefined
          ? runTask(request)
          : this.#answers.wait(request, request.taskToken, () => runTask(request)),
      onEvent: (arn, event) => this.#tell(arn, event),
    });
    this.#unwatch = watchOtherProcesses(store.database, () => this.#hearNeighbours());
    ({
      describeExecution: this.describeExecution,
      listExecutions: this.listExecutions,
      getExecutionHistory: this.getExecutionHistory,
    } = runHistory(store));
  }

  registerStateMachine({ name, definition }: { name: string; definition: Json }) {
    checkName(name);
    const loaded = loadDefinition(definition);
    const arn = stateMachineArn(this.#region, name);
    const kept = this.#store.keepDefinition(definition);
    this.#executor.knows(kept, loaded);
    this.#store.putStateMachine({ arn, name, definition: kept, updatedAt: this.#clock.now() });
    return { stateMachineArn: arn };
  }

  async startExecution(request: { stateMachineArn: string; name: string; input: string }) {
    this.#executor.assertOpen();
    checkName(request.name);
    const input = JSON.stringify(parseInput(request.input));
    const machineArn = stateMachineArn(this.#region, nameOf(request.stateMachineArn));
    const machine = this.#store.stateMachine(machineArn);
    if (machine === undefined) {
      throw new VerbError('StateMachineDoesNotExist', `There is no state machine ${machineArn}.`, 'Register it first.');
    }
    const arn = executionArn(machineArn, request.name);
    const { execution, isNew } = this.#store.database.transaction(() => {
      const existing = this.#store.execution(arn);
      if (existing !== undefined) return { execution: sameOrRefuse(existing, input), isNew: false };
      const { definition } = machine;
      const startedAt = this.#clock.now();
      const started = { arn, name: request.name, stateMachineArn: machineArn, definition, input, startedAt };
      return { execution: this.#store.insertExecution(started), isNew: true };
    });
    if (isNew) this.#executor.begin(execution);
    return { executionArn: arn, startDate: execution.startedAt };
  }

  async stopExecution({ executionArn: arn, error, cause }: { executionArn: string; error?: string; cause?: string }) {
    this.#executor.assertOpen();
    const execution = mustFind(this.#store, arn);
    if (execution.status !== 'RUNNING') return;
    const running = this.#executor.running(arn);
    if (running !== undefined) {
      // Its children end before it does: who goes on after a crash between must not take it for one that goes on without them.
      this.#store.requestStop(execution.id, { error, cause });
      running.stop(new StoppedExecution(error, cause));
      await running.done;
    } else if (execution.owner !== this.#store.ownership.id && this.#store.ownership.isAlive(execution.owner)) {
      this.#store.requestStop(execution.id, { error, cause });
    } else {
      this.#store.database.transaction(() => this.#executor.recordAborted(execution, error, cause));
    }
  }

  async redriveExecution({ executionArn: arn }: { executionArn: string }) {
    this.#executor.assertOpen();
    const redriveDate = this.#clock.now();
    const execution = this.#store.database.transaction(() => {
      const failed = mustFind(this.#store, arn);
      refuseUnlessRedrivable(failed);
      prepareRedrive(this.#store, failed, redriveDate);
      return mustFind(this.#store, arn);
    });
    this.#executor.begin(execution);
    return { redriveDate };
  }

  async sendTaskSuccess({ taskToken, output }: { taskToken: string; output: string }) {
    this.#answer(taskToken, { kind: 'success', output: parseInput(output, 'InvalidOutput') });
  }

  async sendTaskFailure({ taskToken, error, cause }: { taskToken: string; error?: string; cause?: string }) {
    this.#answer(taskToken, { kind: 'failure', error, cause });
  }

  async sendTaskHeartbeat({ taskToken }: { taskToken: string }) {
    if (!this.#store.tokens.beat(taskToken, this.#clock.now())) throw unknownToken(this.#store, taskToken);
  }

  orphans(): string[] {
    return this.#orphans().map(({ arn }) => arn);
  }

  resume(): string[] {
    this.#executor.assertOpen();
    const claimed = this.#orphans().filter((execution) => this.#store.claim(execution));
    const stops = new Map(this.#store.stopRequests().map(({ arn, ...reason }) => [arn, reason]));
    for (const execution of claimed) {
      const stop = stops.get(execution.arn);
      if (stop === undefined) this.#executor.begin(execution);
      else this.#store.database.transaction(() => this.#executor.recordAborted(execution, stop.error, stop.cause));
    }
    return claimed.map(({ arn }) => arn);
  }

  async waitFor(arn: string): Promise<ExecutionDescription> {
    await this.#executor.running(arn)?.done;
    const trouble = this.#executor.trouble(arn);
    if (trouble !== undefined) throw trouble;
    const execution = mustFind(this.#store, arn);
    if (execution.status !== 'RUNNING') return describe(execution);
    throw new DrydockError(`${arn} is not run here: ${this.#store.ownership.describe(execution.owner)} runs it.`, {
      exitCode: EXIT.badInput,
      next: 'Follow it with `drydock runs watch`; if that process is gone, `drydock recover` takes it over.',
    });
  }

  onEvent(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#unwatch();
    await this.#executor.close();
  }

  #orphans(): StoredExecution[] {
    const { ownership } = this.#store;
    return this.#store
      .runningExecutions()
      .filter(
        ({ arn, owner }) =>
          this.#executor.running(arn) === undefined && (owner === ownership.id || !ownership.isAlive(owner)),
      );
  }

  #tell(arn: string, event: HistoryEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(arn, event);
      } catch (error) {
        // Who only looks on must not break a run.
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }

  #answer(taskToken: string, outcome: TokenOutcome): void {
    if (!this.#store.tokens.answer(taskToken, outcome)) throw unknownToken(this.#store, taskToken);
    this.#answers.look(taskToken);
  }

  #hearNeighbours(): void {
    for (const { arn, error, cause } of this.#store.stopRequests()) {
      this.#executor.running(arn)?.stop(new StoppedExecution(error, cause));
    }
    this.#answers.look();
  }
}

function sameOrRefuse(existing: StoredExecution, input: string): StoredExecution {
  if (existing.status === 'RUNNING' && existing.input === input) return existing;
  throw new VerbError(
    'ExecutionAlreadyExists',
    existing.status === 'RUNNING'
      ? `${existing.arn} runs already, with another input.`
      : `${existing.arn} has run already (${existing.status}).`,
    'Start it under another name.',
  );
}

function refuseUnlessRedrivable(execution: StoredExecution): void {
  const why =
    execution.parent !== undefined
      ? 'it is a child of a Map: redrive the execution that started it'
      : execution.status === 'RUNNING' || execution.status === 'SUCCEEDED'
        ? `it is ${execution.status}; only one that failed, timed out or was aborted can go on`
        : undefined;
  if (why === undefined) return;
  throw new VerbError(
    'ExecutionNotRedrivable',
    `${execution.arn} cannot be redriven: ${why}.`,
    'See `drydock runs show`.',
  );
}

function unknownToken(store: Store, token: string): VerbError {
  const isAnswered = store.tokens.read(token) !== undefined;
  return isAnswered
    ? new VerbError(
        'TaskTimedOut',
        'The task with this token has its answer already.',
        'Nothing: it was answered before.',
      )
    : new VerbError(
        'InvalidToken',
        'No task waits with this token.',
        'Its execution may be over: see `drydock runs list`.',
      );
}
