import type { Expression } from '../jsonata/expression.ts';
import type { Template } from '../jsonata/template.ts';
import type { Json } from '../ports.ts';

/** A definition that was checked and whose expressions are compiled: `loadDefinition` makes it, `runExecution` runs it. */
export interface Definition extends Program {
  /** Seconds that a whole execution may take. */
  readonly timeoutSeconds: number | undefined;
}

/** States and where they begin: a whole state machine, a branch of a Parallel, the processor of a Map. */
export interface Program {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export type State =
  | TaskState
  | PassState
  | WaitState
  | ChoiceState
  | MapState
  | ParallelState
  | SucceedState
  | FailState;

/** A field that is written as a value or as an expression that gives one. */
export type Scalar<T> = { readonly literal: T } | { readonly expression: Expression };

/** `Assign`: variables by name. */
export type Assign = readonly (readonly [string, Template])[];

/** What a state, a choice rule or a catcher makes of what it has: undefined hands on what it would without the field. */
export interface Produce {
  readonly output: Template | undefined;
  readonly assign: Assign;
}

interface Named {
  readonly name: string;
}

interface Flowing extends Named, Produce {
  /** The next state; undefined ends the branch. */
  readonly next: string | undefined;
}

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number | undefined;
  readonly jitter: 'FULL' | 'NONE';
}

export interface Catcher extends Produce {
  readonly errorEquals: readonly string[];
  readonly next: string;
}

interface Failing {
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

export interface PassState extends Flowing {
  readonly type: 'Pass';
}

export interface TaskState extends Flowing, Failing {
  readonly type: 'Task';
  readonly resource: Resource;
  readonly arguments: Template | undefined;
  readonly timeoutSeconds: Scalar<number> | undefined;
  readonly heartbeatSeconds: Scalar<number> | undefined;
}

/** A Task's `Resource`, taken apart the way events name it. */
export interface Resource {
  readonly arn: string;
  /** `function`: the ARN of a Lambda function itself, which has events of its own. */
  readonly kind: 'integration' | 'function';
  /** `aws-sdk:ssm`, `lambda`. */
  readonly type: string;
  /** `sendCommand`, `invoke.waitForTaskToken`. */
  readonly name: string;
  readonly waitsForToken: boolean;
  /** The work goes on after the call was accepted, which is recorded as TaskSubmitted: `.waitForTaskToken`, `.sync`. */
  readonly goesOn: boolean;
}

export interface WaitState extends Flowing {
  readonly type: 'Wait';
  readonly until: { readonly seconds: Scalar<number> } | { readonly timestamp: Scalar<string> };
}

export interface ChoiceRule extends Produce {
  readonly condition: Scalar<boolean>;
  readonly next: string;
}

export interface ChoiceState extends Named, Produce {
  readonly type: 'Choice';
  readonly choices: readonly ChoiceRule[];
  readonly default: string | undefined;
}

export interface SucceedState extends Named {
  readonly type: 'Succeed';
  readonly output: Template | undefined;
}

export interface FailState extends Named {
  readonly type: 'Fail';
  readonly error: Scalar<string> | undefined;
  readonly cause: Scalar<string> | undefined;
}

export interface ParallelState extends Flowing, Failing {
  readonly type: 'Parallel';
  readonly arguments: Template | undefined;
  readonly branches: readonly Program[];
}

export interface MapState extends Flowing, Failing {
  readonly type: 'Map';
  readonly items: Template | undefined;
  readonly itemSelector: Template | undefined;
  readonly maxConcurrency: Scalar<number> | undefined;
  readonly toleratedFailureCount: Scalar<number> | undefined;
  readonly toleratedFailurePercentage: Scalar<number> | undefined;
  readonly processor: Program;
  /** Present in DISTRIBUTED mode. */
  readonly distributed: Distributed | undefined;
}

export interface Distributed {
  /** Part of the Map Run's ARN. */
  readonly label: string;
  /** The ItemProcessor as it was written: what a child execution is made from. */
  readonly json: { [key: string]: Json };
  readonly batcher: Batcher | undefined;
  /** Reads the items; undefined: they come from `Items` or from the state's input. */
  readonly reader: ItemReader | undefined;
}

/** Reads items from an object of S3 that is a JSON array. */
export interface ItemReader {
  /** The call that reads it: `arn:aws:states:::s3:getObject`. */
  readonly resource: string;
  readonly bucket: Scalar<string>;
  readonly key: Scalar<string>;
  readonly maxItems: Scalar<number> | undefined;
}

export interface Batcher {
  readonly maxItemsPerBatch: Scalar<number>;
  readonly batchInput: Template | undefined;
}
