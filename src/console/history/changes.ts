/** Which runs have changed: what others write into the file is seen at once, what AWS knows is asked now and then. */
import type { Clock } from '../../interpreter/ports.ts';
import type { Database } from '../../orchestrator/engine/database.ts';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import type { RunIndex } from '../../orchestrator/runs/run-index.ts';
import type { RunChange } from '../server/source.ts';
import { type DeployedChanges, isPassed } from './deployed-changes.ts';

export interface ChangesOptions {
  /** A connection that nobody writes through: SQLite tells a connection only of what others wrote. */
  database: Database;
  index: RunIndex;
  deployed: DeployedChanges;
  /** The real one: somebody is waiting, whatever clock the runs go by. */
  clock: Clock;
}

const LOOK_EVERY_MS = 500;
/** A run that changes all the time is told of this often. */
const TELL_EVERY_MS = 1_000;

/** Where a reader of the stream is: up to which revision of the file it was told of everything, and when. */
interface Place {
  revision: number;
  /** Ms since 1970, by the real clock. */
  at: number;
}

/** Gives each change from now on, and first those that came behind `after`. Rejects with a `DrydockError` (exit code 2) for a place that is none. */
export function runChanges({ database, index, deployed, clock }: ChangesOptions) {
  const version = database.prepare('PRAGMA data_version');
  const readVersion = () => Number(version.get()?.data_version);

  return async function* (after: string | undefined, signal: AbortSignal): AsyncGenerator<RunChange> {
    const from = after === undefined ? { revision: index.revision(), at: clock.now() } : placeOf(after);
    const due = dueChanges(from.revision);
    let seen = readVersion();
    const look = () => {
      for (const { runId, revision } of index.changedSince(due.revision())) due.add(runId, revision);
      // Of a run that goes on, events are written much more often than its row.
      for (const runId of index.goingOn()) due.add(runId, due.revision());
    };
    const there = deployed.listen(from.at);
    try {
      if (after !== undefined) look();
      do {
        for (const runId of there.take()) due.add(runId, due.revision());
        for (const { runId, revision } of due.take(clock.now())) yield { id: `${revision}-${clock.now()}`, runId };
        if (!(await isPassed(LOOK_EVERY_MS, clock, signal))) return;
        const current = readVersion();
        if (current !== seen) look();
        seen = current;
      } while (!signal.aborted);
    } finally {
      there.end();
    }
  };
}

/** Changes that are still to be told of, a run at most once a second. */
function dueChanges(from: number) {
  const due = new Map<string, number>();
  const toldAt = new Map<string, number>();
  let latest = from;
  return {
    /** The last revision that is known of. */
    revision: () => latest,
    add: (runId: string, revision: number) => {
      latest = Math.max(latest, revision);
      // The earlier of two changes is the one that a reader who comes back must not miss.
      if (!due.has(runId)) due.set(runId, revision);
    },
    /** Those that may be told now, each with the revision up to which everything has been told then. */
    *take(now: number): Generator<{ runId: string; revision: number }> {
      for (const [runId, at] of toldAt) if (now - at >= TELL_EVERY_MS) toldAt.delete(runId);
      for (const runId of [...due.keys()]) {
        if (toldAt.has(runId)) continue;
        due.delete(runId);
        toldAt.set(runId, now);
        yield { runId, revision: Math.min(latest, ...[...due.values()].map((revision) => revision - 1)) };
      }
    },
  };
}

function placeOf(text: string): Place {
  const [, revision, at] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  if (revision !== undefined) return { revision: Number(revision), at: Number(at) };
  throw new DrydockError(`"${text}" is not a place in the stream of changes`, {
    exitCode: EXIT.badInput,
    next: 'Leave it out: the stream begins with what changes from now on.',
  });
}
