import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { openDatabase } from '../../../src/orchestrator/engine/database.ts';
import { MIGRATIONS } from '../../../src/orchestrator/engine/schema.ts';
import { openStore } from '../../../src/orchestrator/engine/store.ts';
import { DrydockError } from '../../../src/orchestrator/errors.ts';
import { START, temporaryDirectory } from './harness.ts';

function open(stateDir: string, more: { busyTimeoutMs?: number } = {}) {
  const store = openStore({ stateDir, nowMs: START, ...more });
  onTestFinished(() => store.close());
  return store;
}

/** The error that a person would see. */
function told(body: () => unknown): DrydockError {
  try {
    body();
  } catch (error) {
    if (error instanceof DrydockError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

async function toldLater(body: () => Promise<unknown>): Promise<DrydockError> {
  const outcome = await body().catch((error: unknown) => error);
  return told(() => {
    throw outcome;
  });
}

/** What the disk has of the file that is written first. */
function onDisk(stateDir: string): string {
  return readFileSync(join(stateDir, 'drydock.db-wal'), 'latin1');
}

function execution(store: ReturnType<typeof open>, name: string) {
  return store.insertExecution({
    arn: `arn:aws:states:eu-west-1:000000000000:execution:rollout:${name}`,
    name,
    stateMachineArn: 'arn:aws:states:eu-west-1:000000000000:stateMachine:rollout',
    definition: store.keepDefinition({ name }),
    input: '{}',
    startedAt: START,
  });
}

const entered = { strand: '', previousEventId: 0, type: 'PassStateEntered' };

describe('the state file', () => {
  it('is made in a directory that only its owner may read', () => {
    const stateDir = join(temporaryDirectory(), 'deep', '.drydock');
    open(stateDir);
    expect(existsSync(join(stateDir, 'drydock.db'))).toBe(true);
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  });

  it('may be read by its owner alone, also in a directory that was there before', () => {
    const stateDir = temporaryDirectory();
    chmodSync(stateDir, 0o755);
    open(stateDir);
    const modes = readdirSync(stateDir).map((name) => [name, statSync(join(stateDir, name)).mode & 0o077]);
    expect(modes).toContainEqual(['drydock.db', 0]);
    expect(modes).toContainEqual(['drydock.db-wal', 0]);
  });

  it('hides also what a killed process has left beside it', () => {
    const stateDir = temporaryDirectory();
    open(stateDir);
    const files = ['drydock.db', 'drydock.db-wal', 'drydock.db-shm'].map((name) => join(stateDir, name));
    for (const file of files) chmodSync(file, 0o644);
    open(stateDir);
    expect(files.map((file) => statSync(file).mode & 0o077)).toEqual([0, 0, 0]);
  });

  it('leaves the mode of a file that it is a link to', () => {
    const stateDir = temporaryDirectory();
    const elsewhere = join(temporaryDirectory(), 'notes');
    writeFileSync(elsewhere, 'no database', { mode: 0o644 });
    symlinkSync(elsewhere, join(stateDir, 'drydock.db'));
    expect(() => open(stateDir)).toThrow(/not a database/);
    expect(statSync(elsewhere).mode & 0o777).toBe(0o644);
  });

  it('has events on disk once they are durable, all of one turn in one transaction', async () => {
    const stateDir = temporaryDirectory();
    const store = open(stateDir);
    expect(store.database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(store.database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    const { id } = execution(store, 'run-1');
    const journal = store.events.journal({ id }, virtualClock(START), () => {});
    for (let count = 0; count < 5; count += 1) journal.append(entered);
    expect(onDisk(stateDir)).not.toContain('PassStateEntered');
    await store.database.durable();
    expect(onDisk(stateDir).split('PassStateEntered')).toHaveLength(5 + 1);
    expect(store.database.durable()).toBeUndefined();
  });

  it('shows an event to whoever reads before it is durable, and keeps it when it is closed', () => {
    const stateDir = temporaryDirectory();
    const store = open(stateDir);
    const { id } = execution(store, 'run-1');
    const journal = store.events.journal({ id }, virtualClock(START), () => {});
    journal.append(entered);
    expect(store.events.read(id, { reverseOrder: false, limit: 10 })).toHaveLength(1);
    journal.append(entered);
    store.close();
    expect(open(stateDir).events.read(id, { reverseOrder: false, limit: 10 })).toHaveLength(2);
  });

  it('may be read by several at once while one writes', () => {
    const stateDir = temporaryDirectory();
    const writer = open(stateDir);
    const readers = [open(stateDir), open(stateDir)];
    const { arn } = execution(writer, 'run-1');
    for (const reader of readers) expect(reader.execution(arn)).toMatchObject({ name: 'run-1', status: 'RUNNING' });
  });

  it('is brought up from nothing by the migrations once, whoever comes first', () => {
    const stateDir = temporaryDirectory();
    const first = openDatabase({ stateDir });
    const version = first.prepare('PRAGMA user_version').get();
    first.close();
    const again = openDatabase({ stateDir });
    expect(again.prepare('PRAGMA user_version').get()).toEqual(version);
    expect(version).toEqual({ user_version: MIGRATIONS.length });
    again.close();
  });

  it('takes away what a dead engine left beside it', () => {
    const stateDir = temporaryDirectory();
    const dead = open(stateDir);
    const lock = join(stateDir, 'owners', `${dead.ownership.id}.lock`);
    expect(existsSync(lock)).toBe(true);
    dead.database.close();
    // Its lock is still held here as by a live process: it stays.
    open(stateDir);
    expect(existsSync(lock)).toBe(true);
    dead.close();
    writeFileSync(lock, '');
    const { ownership } = open(stateDir);
    expect(existsSync(lock)).toBe(false);
    expect(readdirSync(join(stateDir, 'owners'))).toContain(`${ownership.id}.lock`);
  });
});

describe('trouble with the state file is told with what to do, and exit code 2 when nothing was touched', () => {
  it('when it is not a database', () => {
    const stateDir = temporaryDirectory();
    writeFileSync(join(stateDir, 'drydock.db'), 'the ship log, by hand. '.repeat(100));
    const error = told(() => open(stateDir));
    expect(error.message).toContain(`${stateDir}/drydock.db is not a Drydock state file`);
    expect([error.exitCode, error.next]).toEqual([2, expect.stringContaining('--state-dir')]);
  });

  it('when it is damaged', () => {
    const stateDir = temporaryDirectory();
    const store = open(stateDir);
    for (let index = 0; index < 200; index += 1) execution(store, `run-${index}`);
    store.close();
    const file = join(stateDir, 'drydock.db');
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096);
    writeFileSync(file, bytes);
    const error = told(() => open(stateDir));
    expect(error.message).toContain('is damaged');
    expect(error.next).toContain('backup');
  });

  it('when a newer Drydock wrote it', () => {
    const stateDir = temporaryDirectory();
    const database = openDatabase({ stateDir });
    database.prepare('PRAGMA user_version = 999').run();
    database.close();
    const error = told(() => open(stateDir));
    expect(error.message).toContain('schema version is 999');
    expect(error.exitCode).toBe(2);
  });

  it('when its directory cannot be made', () => {
    const stateDir = temporaryDirectory();
    writeFileSync(join(stateDir, 'file'), '');
    const error = told(() => open(join(stateDir, 'file', '.drydock')));
    expect(error.message).toContain('part of its path is a file');
    expect(error.exitCode).toBe(2);
  });

  it('when it cannot be opened', () => {
    const stateDir = temporaryDirectory();
    mkdirSync(join(stateDir, 'drydock.db'));
    const error = told(() => open(stateDir));
    expect(error.message).toContain('cannot be opened');
    expect(error.exitCode).toBe(2);
  });

  it.skipIf(process.getuid?.() === 0)('when it may not be written', () => {
    const stateDir = join(temporaryDirectory(), 'read-only');
    mkdirSync(stateDir, { mode: 0o500 });
    const error = told(() => open(stateDir));
    expect(error.exitCode).toBe(2);
    expect(error.next).toContain('--state-dir');
  });

  it('when another process holds it', () => {
    const stateDir = temporaryDirectory();
    openDatabase({ stateDir }).close();
    const holder = new DatabaseSync(join(stateDir, 'drydock.db'));
    holder.exec('BEGIN IMMEDIATE');
    const error = told(() => open(stateDir, { busyTimeoutMs: 10 }));
    holder.close();
    expect(error.message).toContain('is locked: another process holds it');
  });

  it('when the disk is full in the middle of a run: not exit code 2 any more', async () => {
    const store = open(temporaryDirectory());
    const { id } = execution(store, 'run-1');
    const journal = store.events.journal({ id }, virtualClock(START), () => {});
    const pages = Number(store.database.prepare('PRAGMA page_count').get()?.page_count);
    store.database.prepare(`PRAGMA max_page_count = ${pages + 5}`).get();
    const big = { ...entered, details: { name: 'x', value: { input: 'x'.repeat(3000) } } };
    const error = await toldLater(async () => {
      for (;;) {
        journal.append(big);
        await store.database.durable();
      }
    });
    expect(error.message).toContain('the disk is full');
    expect(error.exitCode).toBe(6);
    // Nothing is written behind a gap, and nobody ends well whose events are lost.
    expect(told(() => journal.append(entered)).message).toContain('the disk is full');
    expect(told(() => store.finish(id, { status: 'SUCCEEDED', output: null }, START)).message).toContain(
      'the disk is full',
    );
    // What was appended before is there, in order and without a gap.
    const events = store.events.read(id, { reverseOrder: false, limit: 1000 });
    expect(events.length).toBeGreaterThan(3);
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
  });
});

describe('the journal', () => {
  it('gives events back strand by strand, whatever order they were written in, then writes on', () => {
    const store = open(temporaryDirectory());
    const { id } = execution(store, 'run-1');
    const clock = virtualClock(START);
    const heard: number[] = [];
    const write = store.events.journal({ id }, clock, (event) => heard.push(event.id));
    for (const [strand, type] of [
      ['', 'A'],
      ['x/0', 'B'],
      ['x/1', 'C'],
      ['x/0', 'D'],
    ] as const) {
      write.append({ strand, previousEventId: 0, type });
    }
    const replay = store.events.journal({ id }, clock, (event) => heard.push(event.id));
    expect(replay.peek('x/0')).toMatchObject({ id: 2, type: 'B' });
    expect(replay.append({ strand: 'x/1', previousEventId: 9, type: 'C' })).toMatchObject({
      id: 3,
      previousEventId: 0,
    });
    expect(replay.append({ strand: 'x/0', previousEventId: 0, type: 'B' })).toMatchObject({ id: 2 });
    expect(replay.peek('x/1')).toBeUndefined();
    expect(replay.append({ strand: 'x/1', previousEventId: 3, type: 'E' })).toMatchObject({ id: 5, timestamp: START });
    expect(replay.append({ strand: 'x/0', previousEventId: 2, type: 'D' })).toMatchObject({ id: 4 });
    expect(heard).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses to go on when the definition no longer fits what is on record', () => {
    const store = open(temporaryDirectory());
    const { id } = execution(store, 'run-1');
    store.events.journal({ id }, virtualClock(START), () => {}).append(entered);
    const replay = store.events.journal({ id }, virtualClock(START), () => {});
    expect(() => replay.append({ ...entered, type: 'WaitStateEntered' })).toThrow(
      'its event 1 is PassStateEntered, but running the definition again gives WaitStateEntered',
    );
  });

  it('keeps executions apart', () => {
    const store = open(temporaryDirectory());
    const [one, other] = [execution(store, 'run-1'), execution(store, 'run-2')];
    store.events.journal(one, virtualClock(START), () => {}).append(entered);
    expect(store.events.journal(other, virtualClock(START), () => {}).peek('')).toBeUndefined();
    expect(store.events.read(other.id, { reverseOrder: false, limit: 10 })).toEqual([]);
  });
});

describe('ownership', () => {
  it('falls when its holder does, and one of two takes it', () => {
    const stateDir = temporaryDirectory();
    const [dead, one, other] = [open(stateDir), open(stateDir), open(stateDir)];
    const { arn } = execution(dead, 'run-1');
    expect(one.ownership.isAlive(dead.ownership.id)).toBe(true);
    dead.close();
    expect(one.ownership.isAlive(dead.ownership.id)).toBe(false);
    const left = one.runningExecutions().concat(other.runningExecutions());
    expect(left).toHaveLength(2);
    expect([one, other].map((store, index) => store.claim(left[index] ?? execution(store, 'none')))).toEqual([
      true,
      false,
    ]);
    expect(other.execution(arn)?.owner).toBe(one.ownership.id);
  });
});
