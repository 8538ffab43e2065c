/**
 * What the interpreter asks of whoever runs it. It reads no clock, draws no random number and does no I/O of its
 * own: everything that touches the world comes in through a `Host`.
 */

/** A JSON value, as states hand them on. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Time, in milliseconds since 1970-01-01T00:00:00Z. Real, scaled or virtual: the interpreter cannot tell. */
export interface Clock {
  now(): number;
  /** Resolves `ms` later on this clock; rejects with `signal.reason` when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One event of an execution's history, in the shape of Step Functions' GetExecutionHistory; `timestamp` in ms. */
export interface HistoryEvent {
  id: number;
  previousEventId: number;
  timestamp: number;
  type: string;
  /** The one `…EventDetails` member that this type of event has, under the name that Step Functions gives it. */
  details?: { name: string; value: { [key: string]: Json } };
}

/** An event as the interpreter hands it to the journal: the journal gives it its id and its time. */
export interface NewEvent {
  /**
   * Which strand of the execution it belongs to: "" for the main one, and for a branch of a Parallel or an iteration
   * of a Map the path to it ("Wave#12/3" …). Events of one strand are strictly ordered; between strands they are not.
   */
  strand: string;
  previousEventId: number;
  type: string;
  details?: NonNullable<HistoryEvent['details']>;
}

/**
 * The history of one execution, which is also its journal. An execution that was cut off is run again from its start
 * over the same journal: `append` then gives back, strand by strand, the events recorded before instead of writing new ones, and
 * `peek` tells whether an effect (a task, a wait, a child) already ended. So nothing that is recorded happens twice.
 */
export interface Journal {
  /** Durable when it returns. On replay: the recorded event; throws when its type is not the one recorded. */
  append(event: NewEvent): HistoryEvent;
  /** The strand's next recorded event that `append` has not given back yet; undefined at the live edge. */
  peek(strand: string): HistoryEvent | undefined;
}

/** A Task's call, as the definition says it. */
export interface TaskRequest {
  /** `arn:aws:states:::aws-sdk:ssm:sendCommand` and the like, with `.waitForTaskToken` when the task has one. */
  resource: string;
  arguments: Json;
  /** Present for `.waitForTaskToken`: the task ends when somebody sends success or failure with it. */
  taskToken?: string;
  /**
   * For tasks that go on after their call was accepted (`.waitForTaskToken`, `.sync`): to be called then with the call's own
   * output, which is recorded as TaskSubmitted.
   */
  onSubmitted?: (output: Json) => void;
  /** What `onSubmitted` was given before the execution was cut off: do not call again, only wait for the end. */
  submitted?: Json;
  /** Set when the execution was cut off after the call may have been made: its answer, if there was one, is lost. */
  repeated?: true;
  /** Milliseconds without a heartbeat after which the host rejects with `States.HeartbeatTimeout`. */
  heartbeatMs?: number;
  stateName: string;
  executionArn: string;
  /** Aborted when the task timed out or the execution was stopped. */
  signal: AbortSignal;
}

/** A child execution of a Distributed Map. The same `name` asked for twice is one child: that makes resuming safe. */
export interface ChildRequest {
  mapRunArn: string;
  /** Deterministic: the same for the same item of the same Map Run. */
  name: string;
  input: Json;
  /** The Map's `ItemProcessor`, and what `$states.context` and variables a child sees of its parent (none but input). */
  processor: { [key: string]: Json };
  /**
   * Aborted with a StoppedExecution when the child is to end ABORTED, with anything else when the engine shuts down: it can be
   * handed on as the child's own `Host.signal`. The Map Run waits until the child has settled.
   */
  signal: AbortSignal;
}

export type ChildResult =
  | { status: 'SUCCEEDED'; executionArn: string; output: Json }
  | { status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; executionArn: string; error?: string; cause?: string };

/** Everything the interpreter needs to run one execution. */
export interface Host {
  clock: Clock;
  journal: Journal;
  /** Sends a task; rejects with a `TaskFailure`, whose error name is the one Step Functions would give. */
  runTask(request: TaskRequest): Promise<Json>;
  runChild(request: ChildRequest): Promise<ChildResult>;
  /** Aborted by StopExecution (`reason` is a `StoppedExecution`) or when the engine shuts down (any other reason). */
  signal: AbortSignal;
}

/** A failed task: `error` is matched by ErrorEquals, `cause` is for people. */
export class TaskFailure extends Error {
  readonly error: string;
  override readonly cause: string;
  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.name = 'TaskFailure';
    this.error = error;
    this.cause = cause;
  }
}

/** Why `Host.signal` was aborted when somebody stopped the execution: it ends ABORTED, with this error and cause. */
export class StoppedExecution extends Error {
  readonly error: string | undefined;
  override readonly cause: string | undefined;
  constructor(error?: string, cause?: string) {
    super('the execution was stopped');
    this.name = 'StoppedExecution';
    this.error = error;
    this.cause = cause;
  }
}

/** Who an execution is: what `$states.context` is made of. Times in ISO 8601, UTC. */
export interface ExecutionIdentity {
  executionArn: string;
  name: string;
  roleArn: string;
  startTime: string;
  stateMachineArn: string;
  stateMachineName: string;
  input: Json;
}

export type ExecutionResult =
  | { status: 'SUCCEEDED'; output: Json }
  | { status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; error?: string; cause?: string };
