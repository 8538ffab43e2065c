/** The one file that everything embedded is kept in, and how its troubles are told to a person. */
import { chmodSync, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { DrydockError, EXIT, type ExitCode } from '../errors.ts';
import { MIGRATIONS } from './schema.ts';

export type Row = Record<string, SQLOutputValue>;

/** A prepared statement whose failures are `DrydockError`s. */
export interface Statement {
  get(...values: SQLInputValue[]): Row | undefined;
  all(...values: SQLInputValue[]): Row[];
  /** Gives the number of rows changed and the last row id. */
  run(...values: SQLInputValue[]): { changes: number; lastInsertRowid: number };
}

export interface Database {
  /**
   * `<state-dir>/drydock.db`, or `:memory:` for what is gone when it is closed. That is SQLite's temporary database: in memory, and beyond its
   * cache in a file without a name. A commit to `:memory:` itself looks through every page that was ever written.
   */
  readonly path: string;
  prepare(sql: string): Statement;
  /** Runs `body` as one atomic step, alone among all processes that have the file open. Not nested. */
  transaction<T>(body: () => T): T;
  /**
   * Keeps `write` for one transaction with all others that come within this turn of the event loop: a disk takes as long over a thousand
   * events as over one. It is done before any other statement here, so that nobody reads without it. When one cannot be done, this and
   * `durable` throw from then on.
   */
  soon(write: () => void): void;
  /** Resolves once everything given to `soon` is durable; undefined when it is so already. */
  durable(): Promise<void> | undefined;
  readonly isOpen: boolean;
  close(): void;
}

export interface DatabaseOptions {
  /** Where `drydock.db` is; made with mode 0700 when it is not there. Absent: in memory, gone when closed. */
  stateDir?: string;
  /** `relaxed` does not wait for the disk: for simulations, whose runs end with the process anyway. Default: `full`. */
  durability?: 'full' | 'relaxed';
  /** How long to wait for another process to let go of the file, in milliseconds. Default: 5,000. */
  busyTimeoutMs?: number;
  /** How much of the file is kept in memory at most, in MiB. Default: 2. */
  cacheMiB?: number;
}

/** Opens the file, making it or bringing it up to this version's schema where needed. Throws a `DrydockError` (exit code 2). */
export function openDatabase(options: DatabaseOptions): Database {
  const path = options.stateDir === undefined ? ':memory:' : join(options.stateDir, 'drydock.db');
  const tell = (error: unknown) => explain(error, path, EXIT.badInput);
  if (options.stateDir !== undefined) guard(tell, () => makePrivate(options.stateDir ?? ''));
  const isLost = options.stateDir === undefined;
  const connection = guard(
    tell,
    () => new DatabaseSync(isLost ? '' : path, { timeout: options.busyTimeoutMs ?? 5000 }),
  );
  try {
    guard(tell, () => {
      if (options.stateDir !== undefined) hide(path);
      connection.exec(`PRAGMA journal_mode = ${isLost ? 'MEMORY' : 'WAL'}`);
      // Each event must survive a power cut before the next effect begins: WAL alone syncs only at checkpoints.
      connection.exec(`PRAGMA synchronous = ${isLost || options.durability === 'relaxed' ? 'OFF' : 'FULL'}`);
      if (options.cacheMiB !== undefined) connection.exec(`PRAGMA cache_size = ${-1024 * options.cacheMiB}`);
      migrate(connection, path);
    });
  } catch (error) {
    connection.close();
    throw error;
  }
  return wrap(connection, path, options.durability);
}

/**
 * Orders and webhooks are nobody else's to read. What SQLite makes beside the file takes its mode; a process that was killed may have left
 * them with another. Only its owner may change the mode of a file, and one that is linked to is somebody's own choice.
 */
function hide(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found?.isFile() && found.uid === process.getuid?.()) chmodSync(file, 0o600);
  }
}

function makePrivate(directory: string): void {
  if (isDirectory(directory)) return;
  makeDirectory(directory);
  chmodSync(directory, 0o700);
}

/**
 * Folder after folder: Node's own `recursive` never comes back from a file system that denies the folder above (/proc),
 * and says of a read-only one that it is not there.
 */
function makeDirectory(directory: string): void {
  const above = dirname(directory);
  if (above !== directory && !existsSync(above)) makeDirectory(above);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (!isDirectory(directory)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function migrate(connection: DatabaseSync, path: string): void {
  if (schemaVersion(connection) === MIGRATIONS.length) return;
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Read again: another process may have migrated between the first look and the lock.
    const version = schemaVersion(connection);
    if (version > MIGRATIONS.length) {
      throw new DrydockError(
        `${path} was written by a newer Drydock: its schema version is ${version}, this one knows up to ${MIGRATIONS.length}.`,
        { exitCode: EXIT.badInput, next: 'Use the newer Drydock, or another directory with --state-dir.' },
      );
    }
    for (const migration of MIGRATIONS.slice(version)) connection.exec(migration);
    connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function schemaVersion(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.user_version);
}

function wrap(connection: DatabaseSync, path: string, durability: DatabaseOptions['durability']): Database {
  const tell = (error: unknown) => explain(error, path, EXIT.notWhole);
  const transaction = <T>(body: () => T): T => {
    guard(tell, () => connection.exec('BEGIN IMMEDIATE'));
    try {
      const result = body();
      guard(tell, () => connection.exec('COMMIT'));
      return result;
    } catch (error) {
      if (connection.isOpen && connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  };
  const isLost = path === ':memory:';
  const batch = batchOf(transaction, { atEndOfTurn: !isLost });
  return {
    path,
    prepare: (sql) => {
      const statement = guard(tell, () => connection.prepare(sql));
      const next = <T>(body: () => T): T => {
        batch.writeAll();
        return guard(tell, body);
      };
      return {
        get: (...values) => next(() => statement.get(...values)),
        all: (...values) => next(() => statement.all(...values)),
        run: (...values) =>
          next(() => {
            batch.assertWhole();
            const { changes, lastInsertRowid } = statement.run(...values);
            return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
          }),
      };
    },
    transaction: (body) => {
      batch.writeAll();
      batch.assertWhole();
      return transaction(body);
    },
    // In a transaction it is one of its statements.
    soon: (write) => (connection.isTransaction ? write() : batch.add(write)),
    // What is lost with the process anyway is not worth a wait.
    durable: isLost ? () => undefined : durability === 'relaxed' ? () => void batch.writeAll() : batch.written,
    get isOpen() {
      return connection.isOpen;
    },
    close: () => {
      if (!connection.isOpen) return;
      try {
        batch.writeAll();
      } finally {
        connection.close();
      }
    },
  };
}

/** Of writes that are done together: enough that the disk is not what takes the time, few enough to wait in memory. */
const MOST_AT_ONCE = 1000;

/** Writes that wait for the end of this turn of the event loop (or, where nobody else can read, for the next statement), to be done in one transaction. */
function batchOf(transaction: (body: () => void) => void, { atEndOfTurn }: { atEndOfTurn: boolean }) {
  let waiting: (() => void)[] = [];
  let turn: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;

  const assertWhole = () => {
    if (failure !== undefined) throw failure.error;
  };
  const writeAll = () => {
    if (waiting.length === 0) return;
    const writes = waiting;
    // Emptied first: each of these is a statement, and would begin with what waits.
    waiting = [];
    try {
      // One statement is a transaction by itself.
      if (writes.length === 1) writes[0]?.();
      else
        transaction(() => {
          for (const each of writes) each();
        });
    } catch (error) {
      // What came after these was written on the strength of them.
      failure = { error };
      throw error;
    }
  };
  const endOfTurn = () =>
    new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      turn = undefined;
      assertWhole();
      writeAll();
    });

  return {
    add: (write: () => void) => {
      assertWhole();
      waiting.push(write);
      if (waiting.length >= MOST_AT_ONCE) writeAll();
      if (turn !== undefined || !atEndOfTurn) return;
      turn = endOfTurn();
      // Nobody may be waiting for it; who comes next is told.
      turn.catch(() => {});
    },
    writeAll,
    assertWhole,
    written: (): Promise<void> | undefined => {
      assertWhole();
      return waiting.length === 0 ? undefined : turn;
    },
  };
}

function guard<T>(tell: (error: unknown) => unknown, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw tell(error);
  }
}

/** What SQLite's and the file system's codes mean for a person: what is wrong, and what to do. */
const TROUBLES: Record<string, { what: string; next: string }> = {
  3: { what: 'may not be written', next: 'Make the state directory writable, or name another with --state-dir.' },
  5: {
    what: 'is locked: another process holds it',
    next: 'Wait until it is done, or find it with `drydock runs list`; then try again.',
  },
  8: { what: 'may not be written', next: 'Make the state directory writable, or name another with --state-dir.' },
  10: { what: 'cannot be read or written: the disk reports an error', next: 'Check the disk, then try again.' },
  11: {
    what: 'is damaged',
    next: 'Put it back from a backup, or move it away: `drydock recover` finds what runs left behind by tags, not by this file.',
  },
  13: { what: 'cannot grow: the disk is full', next: 'Free some space, then run `drydock recover`.' },
  14: {
    what: 'cannot be opened',
    next: 'Check that the state directory exists and may be read and written, or name another with --state-dir.',
  },
  26: {
    what: 'is not a Drydock state file',
    next: 'Move it away, or name another directory with --state-dir.',
  },
  EACCES: { what: 'may not be written', next: 'Make the state directory writable, or name another with --state-dir.' },
  EPERM: { what: 'may not be written', next: 'Make the state directory writable, or name another with --state-dir.' },
  ENOENT: { what: 'cannot be made: its folder cannot be made there', next: 'Name another directory with --state-dir.' },
  EROFS: { what: 'is on a read-only file system', next: 'Name another directory with --state-dir.' },
  ENOSPC: { what: 'cannot be made: the disk is full', next: 'Free some space, then try again.' },
  ENOTDIR: { what: 'cannot be made: part of its path is a file', next: 'Name another directory with --state-dir.' },
  EEXIST: { what: 'cannot be made: its directory is a file', next: 'Name another directory with --state-dir.' },
};

function explain(error: unknown, path: string, exitCode: ExitCode): unknown {
  if (!(error instanceof Error) || error instanceof DrydockError) return error;
  const code = sqliteCode(error) ?? ('code' in error ? String(error.code) : '');
  const trouble = TROUBLES[code];
  if (trouble === undefined) return error;
  return new DrydockError(`The state file ${path} ${trouble.what} (${error.message}).`, {
    exitCode,
    next: trouble.next,
    cause: error,
  });
}

/** SQLite's primary result code; extended codes carry it in their low byte. */
function sqliteCode(error: Error): string | undefined {
  return 'errcode' in error && typeof error.errcode === 'number' ? String(error.errcode & 0xff) : undefined;
}
