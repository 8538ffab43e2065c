/** Run history as the embedded engine keeps it: executions, the definitions they run with, and their events. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ExecutionResult, Json } from '../../interpreter/ports.ts';
import { type Database, type DatabaseOptions, openDatabase, type Row } from './database.ts';
import { type EventLog, eventLog } from './journal.ts';
import { type Ownership, takeOwnership } from './ownership.ts';
import { type TaskTokens, taskTokens } from './tokens.ts';

export type ExecutionStatus = 'RUNNING' | ExecutionResult['status'];

/** An execution as it is kept. Times in ms since 1970; `input` and `output` are JSON texts, as Step Functions gives them. */
export interface StoredExecution {
  id: number;
  arn: string;
  name: string;
  stateMachineArn: string;
  definition: number;
  input: string;
  status: ExecutionStatus;
  startedAt: number;
  stoppedAt?: number;
  output?: string;
  error?: string;
  cause?: string;
  /** Row id of the execution whose Distributed Map started this one. */
  parent?: number;
  mapRunArn?: string;
  /** The engine that runs it, or ran it last. */
  owner: string;
  redrives: number;
  redrivenAt?: number;
}

export type NewExecution = Pick<
  StoredExecution,
  'arn' | 'name' | 'stateMachineArn' | 'definition' | 'input' | 'startedAt' | 'parent' | 'mapRunArn'
>;

export interface ExecutionQuery {
  stateMachineArn?: string;
  mapRunArn?: string;
  status?: ExecutionStatus;
  /** Only those with a row id below this one: the next page. */
  before?: number;
  limit: number;
}

const stopReason = z.object({ error: z.string().optional(), cause: z.string().optional() });

export type StopReason = z.infer<typeof stopReason>;

export interface Store {
  readonly database: Database;
  readonly ownership: Ownership;
  readonly events: EventLog;
  readonly tokens: TaskTokens;
  /** Keeps a definition once and gives its id. */
  keepDefinition(definition: Json): number;
  definition(id: number): Json;
  /** Names a definition: executions started from now on use it. */
  putStateMachine(machine: { arn: string; name: string; definition: number; updatedAt: number }): void;
  stateMachine(arn: string): { name: string; definition: number } | undefined;
  insertExecution(execution: NewExecution): StoredExecution;
  execution(arn: string): StoredExecution | undefined;
  executionById(id: number): StoredExecution | undefined;
  /** Newest first. Without `mapRunArn`, only those that nobody's Map started. */
  listExecutions(query: ExecutionQuery): StoredExecution[];
  childrenOf(parent: number): StoredExecution[];
  runningChildrenOf(parent: number): StoredExecution[];
  /** Top executions that are RUNNING, oldest first. */
  runningExecutions(): StoredExecution[];
  /** Makes this engine the owner; false when another took it since `execution` was read. */
  claim(execution: StoredExecution): boolean;
  finish(id: number, result: ExecutionResult, at: number): void;
  /** Puts an execution that failed back to RUNNING, owned by this engine. */
  reopen(id: number, at: number): void;
  /** Notes that the execution is to stop: whoever runs it, or goes on with it, stops it. */
  requestStop(id: number, reason: StopReason): void;
  /** Stops that were asked for, here or by other processes, of executions that are this engine's; each until the execution has ended. */
  stopRequests(): ({ arn: string } & StopReason)[];
  close(): void;
}

/** Opens the store; `nowMs` is the time, in ms since 1970. Throws a `DrydockError` (exit code 2) when the file will not do. */
export function openStore(options: DatabaseOptions & { nowMs: number }): Store {
  const database = openDatabase(options);
  try {
    return storeOn(database, takeOwnership(database, options.nowMs));
  } catch (error) {
    database.close();
    throw error;
  }
}

function storeOn(database: Database, ownership: Ownership): Store {
  const sql = statements(database);
  const find = (row: Row | undefined) => (row === undefined ? undefined : toExecution(row));
  return {
    database,
    ownership,
    events: eventLog(database),
    tokens: taskTokens(database),

    keepDefinition: (definition) => {
      const { json, hash } = textOf(definition);
      sql.insertDefinition.run(hash, json);
      return Number(sql.definitionByHash.get(hash)?.id);
    },
    definition: (id) => JSON.parse(String(sql.definition.get(id)?.json)),
    putStateMachine: ({ arn, name, definition, updatedAt }) => {
      sql.putStateMachine.run(arn, name, definition, updatedAt);
    },
    stateMachine: (arn) => {
      const row = sql.stateMachine.get(arn);
      return row === undefined ? undefined : { name: String(row.name), definition: Number(row.definition) };
    },

    insertExecution: (execution) => {
      const { arn, name, stateMachineArn, definition, input, startedAt, parent, mapRunArn } = execution;
      const { lastInsertRowid } = sql.insertExecution.run(
        ...[arn, name, stateMachineArn, definition, input, startedAt],
        ...[parent ?? null, mapRunArn ?? null, ownership.id],
      );
      return { ...execution, id: lastInsertRowid, status: 'RUNNING', owner: ownership.id, redrives: 0 };
    },
    execution: (arn) => find(sql.execution.get(arn)),
    executionById: (id) => find(sql.executionById.get(id)),
    listExecutions: ({ stateMachineArn, mapRunArn, status, before, limit }) =>
      (mapRunArn === undefined ? sql.listTop : sql.listMapRun)
        .all(mapRunArn ?? stateMachineArn ?? null, before ?? Number.MAX_SAFE_INTEGER, status ?? null, limit)
        .map(toExecution),
    childrenOf: (parent) => sql.children.all(parent).map(toExecution),
    runningChildrenOf: (parent) => sql.runningChildren.all(parent).map(toExecution),
    runningExecutions: () => sql.running.all().map(toExecution),
    claim: ({ id, owner }) => sql.claim.run(ownership.id, id, owner).changes === 1,
    finish: (id, result, at) => {
      const output = result.status === 'SUCCEEDED' ? JSON.stringify(result.output) : null;
      const { error = null, cause = null } = result.status === 'SUCCEEDED' ? {} : result;
      sql.finish.run(result.status, at, output, error, cause, id);
    },
    reopen: (id, at) => {
      sql.reopen.run(ownership.id, at, id);
    },
    requestStop: (id, reason) => {
      sql.requestStop.run(JSON.stringify(reason), id);
    },
    stopRequests: () =>
      sql.stopRequests.all(ownership.id).map((row) => ({
        arn: String(row.arn),
        ...stopReason.parse(JSON.parse(String(row.stop_requested))),
      })),
    close: () => {
      try {
        database.close();
      } finally {
        ownership.release();
      }
    },
  };
}

/** A Map hands the same definition to each of its children, and the state machines are the same for every engine of a process. */
const texts = new WeakMap<object, { json: string; hash: string }>();

function textOf(definition: Json): { json: string; hash: string } {
  const known = typeof definition === 'object' && definition !== null ? texts.get(definition) : undefined;
  if (known !== undefined) return known;
  const json = JSON.stringify(definition);
  const text = { json, hash: createHash('sha256').update(json).digest('hex') };
  if (typeof definition === 'object' && definition !== null) texts.set(definition, text);
  return text;
}

function statements(database: Database) {
  return {
    insertDefinition: database.prepare('INSERT INTO definitions (hash, json) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    definitionByHash: database.prepare('SELECT id FROM definitions WHERE hash = ?'),
    definition: database.prepare('SELECT json FROM definitions WHERE id = ?'),
    putStateMachine: database.prepare('INSERT OR REPLACE INTO state_machines VALUES (?, ?, ?, ?)'),
    stateMachine: database.prepare('SELECT name, definition FROM state_machines WHERE arn = ?'),
    insertExecution: database.prepare(
      `INSERT INTO executions (arn, name, state_machine_arn, definition, input, status, started_at, parent, map_run_arn, owner)
       VALUES (?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?)`,
    ),
    execution: database.prepare('SELECT * FROM executions WHERE arn = ?'),
    executionById: database.prepare('SELECT * FROM executions WHERE id = ?'),
    listTop: database.prepare(
      `SELECT * FROM executions WHERE parent IS NULL AND (?1 IS NULL OR state_machine_arn = ?1) AND id < ?2
       AND (?3 IS NULL OR status = ?3) ORDER BY id DESC LIMIT ?4`,
    ),
    listMapRun: database.prepare(
      `SELECT * FROM executions WHERE map_run_arn = ?1 AND id < ?2
       AND (?3 IS NULL OR status = ?3) ORDER BY id DESC LIMIT ?4`,
    ),
    children: database.prepare('SELECT * FROM executions WHERE parent = ? ORDER BY id'),
    runningChildren: database.prepare(`SELECT * FROM executions WHERE parent = ? AND status = 'RUNNING' ORDER BY id`),
    running: database.prepare(`SELECT * FROM executions WHERE status = 'RUNNING' AND parent IS NULL ORDER BY id`),
    claim: database.prepare(`UPDATE executions SET owner = ? WHERE id = ? AND owner = ? AND status = 'RUNNING'`),
    finish: database.prepare(
      `UPDATE executions SET status = ?, stopped_at = ?, output = ?, error = ?, cause = ?, stop_requested = NULL WHERE id = ?`,
    ),
    reopen: database.prepare(
      `UPDATE executions SET status = 'RUNNING', owner = ?, stopped_at = NULL, output = NULL, error = NULL, cause = NULL, stop_requested = NULL,
       redrives = redrives + 1, redriven_at = ? WHERE id = ?`,
    ),
    requestStop: database.prepare(`UPDATE executions SET stop_requested = ? WHERE id = ? AND status = 'RUNNING'`),
    stopRequests: database.prepare(
      `SELECT arn, stop_requested FROM executions WHERE stop_requested IS NOT NULL AND owner = ? AND status = 'RUNNING'`,
    ),
  };
}

function toExecution(row: Row): StoredExecution {
  return {
    id: Number(row.id),
    arn: String(row.arn),
    name: String(row.name),
    stateMachineArn: String(row.state_machine_arn),
    definition: Number(row.definition),
    input: String(row.input),
    status: toStatus(row.status),
    startedAt: Number(row.started_at),
    owner: String(row.owner),
    redrives: Number(row.redrives),
    ...(row.stopped_at === null ? {} : { stoppedAt: Number(row.stopped_at) }),
    ...(row.output === null ? {} : { output: String(row.output) }),
    ...(row.error === null ? {} : { error: String(row.error) }),
    ...(row.cause === null ? {} : { cause: String(row.cause) }),
    ...(row.parent === null ? {} : { parent: Number(row.parent) }),
    ...(row.map_run_arn === null ? {} : { mapRunArn: String(row.map_run_arn) }),
    ...(row.redriven_at === null ? {} : { redrivenAt: Number(row.redriven_at) }),
  };
}

const STATUSES: readonly ExecutionStatus[] = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

function toStatus(value: Row[string] | undefined): ExecutionStatus {
  const status = STATUSES.find((known) => known === value);
  if (status === undefined) throw new Error(`an execution is kept with the unknown status ${String(value)}`);
  return status;
}
