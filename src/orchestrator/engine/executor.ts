/** Runs executions and the children of their Maps: between the verbs and the interpreter. */
import { z } from 'zod';
import { childDefinition, type Definition, loadDefinition, runExecution } from '../../interpreter/index.ts';
import {
  type ChildRequest,
  type ChildResult,
  type ExecutionIdentity,
  type ExecutionResult,
  type HistoryEvent,
  type Host,
  type Journal,
  type Json,
  StoppedExecution,
  type TaskRequest,
} from '../../interpreter/ports.ts';
import { childArns, nameOf, ROLE_ARN } from './arns.ts';
import type { EngineClock } from './clock.ts';
import type { Store, StoredExecution } from './store.ts';

export interface ExecutorOptions {
  store: Store;
  clock: EngineClock;
  runTask: Host['runTask'];
  /** Hears of each event as it is written: it is durable before the next task begins. Not of those that a replay gives back. */
  onEvent(executionArn: string, event: HistoryEvent): void;
}

/** An execution that is being run. */
export interface Running {
  /** Ends it as StopExecution does; `done` resolves once that is recorded. */
  stop(reason: StoppedExecution): void;
  done: Promise<ExecutionResult>;
}

const reason = z
  .object({ error: z.string().optional(), cause: z.string().optional() })
  .transform(({ error, cause }) => ({
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  }));

/** Why everything was aborted when the engine was closed: not an end of the executions. */
class EngineClosed extends Error {
  constructor() {
    super('the engine was closed');
    this.name = 'EngineClosed';
  }
}

export class Executor {
  readonly #options: ExecutorOptions;
  readonly #store: Store;
  readonly #running = new Map<string, Running & { controller: AbortController }>();
  /** Executions that could not go on for a reason that is not theirs: a full disk, a defect of ours. */
  readonly #broken = new Map<string, unknown>();
  readonly #definitions = new Map<number, Definition>();
  /** A Map hands the same processor to each of its thousands of children. */
  readonly #processors = new WeakMap<ChildRequest['processor'], number>();
  #isClosed = false;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  /** The execution, while this engine runs it. */
  running(arn: string): Running | undefined {
    return this.#running.get(arn);
  }

  /** Why the execution could not go on though it has not ended; undefined when there is no such thing. */
  trouble(arn: string): unknown {
    return this.#broken.get(arn);
  }

  /** Runs an execution that is kept as RUNNING and owned by this engine: from its start, or on from where its history stops. */
  begin(execution: StoredExecution): Running {
    return this.#begin(execution, () => this.#definition(execution.definition));
  }

  /** Ends an execution that nobody runs any more, and its children. To be called in a transaction. */
  recordAborted(execution: StoredExecution, error?: string, cause?: string): void {
    const now = this.#options.clock.now();
    const reason = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    const details = { name: 'executionAbortedEventDetails', value: reason };
    // Step Functions ties this event to none.
    this.#store.events.write(execution.id, { strand: '', previousEventId: 0, type: 'ExecutionAborted', details }, now);
    this.#finish(execution, { status: 'ABORTED', ...reason });
    for (const child of this.#store.runningChildrenOf(execution.id)) this.recordAborted(child);
  }

  /** Aborts everything, recording nothing from this moment on; resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const running = [...this.#running.values()];
    for (const { controller } of running) controller.abort(new EngineClosed());
    await Promise.allSettled(running.map(({ done }) => done));
  }

  /** Throws when the engine was closed. */
  assertOpen(): void {
    if (this.#isClosed) throw new EngineClosed();
  }

  #begin(execution: StoredExecution, definition: () => Definition) {
    this.#broken.delete(execution.arn);
    const controller = new AbortController();
    const done = this.#run(execution, definition, controller.signal).finally(() => this.#running.delete(execution.arn));
    done.catch((error) => {
      if (!this.#isClosed) this.#broken.set(execution.arn, error);
    });
    const running = { controller, done, stop: (reason: StoppedExecution) => controller.abort(reason) };
    this.#running.set(execution.arn, running);
    return running;
  }

  async #run(execution: StoredExecution, definition: () => Definition, signal: AbortSignal): Promise<ExecutionResult> {
    // It must be known as running before its first event: a listener may ask for it at once.
    await Promise.resolve();
    const result =
      this.#cutOff(execution) ??
      (await runExecution(definition(), identityOf(execution), {
        clock: this.#options.clock,
        journal: this.#journal(execution),
        runTask: (request) => this.#runTask(request),
        runChild: (request) => this.#runChild(execution, request),
        signal,
      }));
    await this.#endChildrenOf(execution);
    this.assertOpen();
    this.#store.database.transaction(() => this.#finish(execution, result));
    return result;
  }

  /** How it was cut off, when a process died between recording that and its status: no replay comes to such an end again. */
  #cutOff({ id }: StoredExecution): ExecutionResult | undefined {
    const [last] = this.#store.events.read(id, { reverseOrder: true, limit: 1 });
    if (last?.type === 'ExecutionTimedOut') return { status: 'TIMED_OUT' };
    return last?.type === 'ExecutionAborted' ? { status: 'ABORTED', ...reason.parse(last.details?.value) } : undefined;
  }

  /** What led to a task, and that it was begun, outlasts whatever becomes of this process: nothing is done that history does not show. */
  async #runTask(request: TaskRequest): Promise<Json> {
    const { clock, runTask } = this.#options;
    const durable = this.#store.database.durable();
    if (durable !== undefined) await clock.busy(durable);
    return runTask(request);
  }

  #finish(execution: StoredExecution, result: ExecutionResult): void {
    this.#store.finish(execution.id, result, this.#options.clock.now());
    this.#store.tokens.forget(execution.arn);
  }

  #journal(execution: StoredExecution): Journal {
    const { clock, onEvent } = this.#options;
    const journal = this.#store.events.journal(execution, clock, (event) => onEvent(execution.arn, event));
    return {
      append: (event) => {
        this.assertOpen();
        return journal.append(event);
      },
      peek: (strand) => journal.peek(strand),
    };
  }

  async #runChild(parent: StoredExecution, request: ChildRequest): Promise<ChildResult> {
    this.assertOpen();
    const arns = childArns(request.mapRunArn, request.name);
    if (request.signal.aborted) return { status: 'ABORTED', executionArn: arns.arn };
    const child = this.#store.execution(arns.arn) ?? this.#insertChild(parent, request, arns);
    if (child.status !== 'RUNNING') return childResult(child);
    // Left by a dead engine: a child is always run by whoever runs its parent.
    if (child.owner !== this.#store.ownership.id) this.#store.claim(child);
    const { controller, done } =
      this.#running.get(child.arn) ?? this.#begin(child, () => childDefinition(request.processor));
    const passOn = () => controller.abort(this.#isClosed ? new EngineClosed() : new StoppedExecution());
    request.signal.addEventListener('abort', passOn, { once: true });
    try {
      return { ...(await done), executionArn: child.arn };
    } finally {
      request.signal.removeEventListener('abort', passOn);
    }
  }

  #insertChild(
    parent: StoredExecution,
    { processor, mapRunArn, name, input }: ChildRequest,
    arns: ReturnType<typeof childArns>,
  ): StoredExecution {
    const definition = this.#processors.get(processor) ?? this.#store.keepDefinition(processor);
    this.#processors.set(processor, definition);
    return this.#store.insertExecution({
      ...arns,
      name,
      definition,
      input: JSON.stringify(input),
      startedAt: this.#options.clock.now(),
      parent: parent.id,
      mapRunArn,
    });
  }

  /** Before the parent's end is recorded: children that a failed Map aborted, or that a kill in mid-abort left. */
  async #endChildrenOf(parent: StoredExecution): Promise<void> {
    this.assertOpen();
    for (const child of this.#store.runningChildrenOf(parent.id)) {
      const running = this.#running.get(child.arn);
      if (running === undefined) this.#store.database.transaction(() => this.recordAborted(child));
      else {
        running.stop(new StoppedExecution());
        await running.done;
      }
    }
  }

  /** That this is the definition of that id, compiled. */
  knows(id: number, definition: Definition): void {
    this.#definitions.set(id, definition);
  }

  #definition(id: number): Definition {
    const known = this.#definitions.get(id);
    if (known !== undefined) return known;
    const loaded = loadDefinition(this.#store.definition(id));
    this.#definitions.set(id, loaded);
    return loaded;
  }
}

function childResult({ arn, status, output, error, cause }: StoredExecution): ChildResult {
  if (status === 'RUNNING') throw new Error(`${arn} has not ended`);
  if (status === 'SUCCEEDED') return { status, executionArn: arn, output: JSON.parse(output ?? 'null') };
  return {
    status,
    executionArn: arn,
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

function identityOf(execution: StoredExecution): ExecutionIdentity {
  return {
    executionArn: execution.arn,
    name: execution.name,
    roleArn: ROLE_ARN,
    startTime: new Date(execution.startedAt).toISOString(),
    stateMachineArn: execution.stateMachineArn,
    stateMachineName: nameOf(execution.stateMachineArn),
    input: JSON.parse(execution.input),
  };
}
