/**
 * Step Functions' verbs as the embedded engine speaks them: the same names and members. Two things differ, because no wire lies
 * between: times are milliseconds since 1970, and events are the interpreter's `HistoryEvent`.
 */
import type { HistoryEvent, Json } from '../../interpreter/ports.ts';
import { DrydockError, EXIT } from '../errors.ts';
import type { ExecutionStatus, StoredExecution } from './store.ts';

/** An error that Step Functions has a name for; `error` is that name. */
export class VerbError extends DrydockError {
  readonly error: VerbErrorName;
  constructor(error: VerbErrorName, message: string, next: string) {
    super(message, { exitCode: EXIT.badInput, next });
    this.name = 'VerbError';
    this.error = error;
  }
}

export type VerbErrorName =
  | 'ExecutionAlreadyExists'
  | 'ExecutionDoesNotExist'
  | 'ExecutionNotRedrivable'
  | 'InvalidExecutionInput'
  | 'InvalidName'
  | 'InvalidOutput'
  | 'InvalidToken'
  | 'StateMachineDoesNotExist'
  | 'TaskTimedOut';

/** `input` and `output` are JSON texts, as Step Functions gives them. */
export interface ExecutionDescription {
  executionArn: string;
  stateMachineArn: string;
  name: string;
  status: ExecutionStatus;
  startDate: number;
  stopDate?: number;
  input: string;
  output?: string;
  error?: string;
  cause?: string;
  mapRunArn?: string;
  redriveCount: number;
  redriveDate?: number;
}

export interface ExecutionListItem {
  executionArn: string;
  stateMachineArn: string;
  name: string;
  status: ExecutionStatus;
  startDate: number;
  stopDate?: number;
  mapRunArn?: string;
  redriveCount: number;
}

export interface ListExecutionsInput {
  stateMachineArn?: string;
  mapRunArn?: string;
  statusFilter?: ExecutionStatus;
  /** Up to 1,000; default 100. */
  maxResults?: number;
  nextToken?: string;
}

export interface GetExecutionHistoryInput {
  executionArn: string;
  reverseOrder?: boolean;
  /** Up to 1,000; default 100. */
  maxResults?: number;
  nextToken?: string;
}

/** One page; `nextToken` is there while there is more. */
export interface ExecutionPage {
  executions: ExecutionListItem[];
  nextToken?: string;
}

/** One page; `nextToken` is there while there is more. */
export interface HistoryPage {
  events: HistoryEvent[];
  nextToken?: string;
}

/** An execution in the words of DescribeExecution. */
export function describe(execution: StoredExecution): ExecutionDescription {
  return {
    ...listItem(execution),
    input: execution.input,
    ...(execution.output === undefined ? {} : { output: execution.output }),
    ...(execution.error === undefined ? {} : { error: execution.error }),
    ...(execution.cause === undefined ? {} : { cause: execution.cause }),
    ...(execution.redrivenAt === undefined ? {} : { redriveDate: execution.redrivenAt }),
  };
}

/** An execution in the words of ListExecutions. */
export function listItem(execution: StoredExecution): ExecutionListItem {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.stateMachineArn,
    name: execution.name,
    status: execution.status,
    startDate: execution.startedAt,
    redriveCount: execution.redrives,
    ...(execution.stoppedAt === undefined ? {} : { stopDate: execution.stoppedAt }),
    ...(execution.mapRunArn === undefined ? {} : { mapRunArn: execution.mapRunArn }),
  };
}

/** Throws `InvalidName` unless `name` is one that Step Functions takes: it is in ARNs and in paths. */
export function checkName(name: string): void {
  if (/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) return;
  throw new VerbError(
    'InvalidName',
    `"${name}" is not a name: 1 to 80 characters are allowed, without spaces, control characters and any of <>{}[]?*"#%\\^|~\`$&,;:/`,
    'Choose another name.',
  );
}

/** The value of a JSON text; throws `error` when it is none. */
export function parseInput(text: string, error: VerbErrorName = 'InvalidExecutionInput'): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new VerbError(error, `What was handed in is not JSON: ${why}.`, 'Hand in a JSON text.');
  }
}
