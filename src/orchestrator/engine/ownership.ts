/**
 * Which process runs an execution. Every engine holds a lock on a file of its own; executions name the engine that runs them.
 * The system lets a lock go the moment its process dies, however it dies: no heartbeat to miss, no process id to mistake.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Database } from './database.ts';

export interface Ownership {
  /** This engine's id, as executions name it. */
  readonly id: string;
  /** Whether the engine `id` still lives: this one, or one in another process. */
  isAlive(id: string): boolean;
  /** `process 4711 on host` and the like, for messages. */
  describe(id: string): string;
  /** Lets go: from now on others may take over what this engine ran. */
  release(): void;
}

/** Takes an id and its lock, and clears away those of dead engines that left nothing behind. `nowMs`: ms since 1970. */
export function takeOwnership(database: Database, nowMs: number): Ownership {
  const id = randomUUID();
  const directory = database.path === ':memory:' ? undefined : join(dirname(database.path), 'owners');
  const fileOf = (owner: string) => join(directory ?? '', `${owner}.lock`);
  const lock = directory === undefined ? undefined : hold(directory, fileOf(id));
  const isAlive = (owner: string) =>
    owner === id ? lock?.isOpen !== false : directory !== undefined && isHeld(fileOf(owner));

  database.prepare('INSERT INTO owners VALUES (?, ?, ?, ?)').run(id, process.pid, hostname(), nowMs);
  const find = database.prepare('SELECT pid, host FROM owners WHERE id = ?');
  if (directory !== undefined) {
    for (const owner of forgotten(database).filter((owner) => !isAlive(owner))) {
      database.prepare('DELETE FROM owners WHERE id = ?').run(owner);
      rmSync(fileOf(owner), { force: true });
    }
  }

  return {
    id,
    isAlive,
    describe: (owner) => {
      const row = find.get(owner);
      return row === undefined ? 'another process' : `process ${row.pid} on ${row.host}`;
    },
    release: () => {
      if (lock?.isOpen) lock.close();
      if (directory !== undefined) rmSync(fileOf(id), { force: true });
    },
  };
}

function forgotten(database: Database): string[] {
  const rows = database
    .prepare(`SELECT id FROM owners WHERE id NOT IN (SELECT owner FROM executions WHERE status = 'RUNNING')`)
    .all();
  return rows.map((row) => String(row.id));
}

/** SQLite's own lock, because Node has no other that the system takes back: a transaction that is never ended. */
function hold(directory: string, file: string): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(file);
  lock.exec('BEGIN EXCLUSIVE');
  return lock;
}

function isHeld(file: string): boolean {
  if (!existsSync(file)) return false;
  const probe = new DatabaseSync(file, { timeout: 0 });
  try {
    probe.exec('BEGIN EXCLUSIVE');
    return false;
  } catch {
    return true;
  } finally {
    probe.close();
  }
}
