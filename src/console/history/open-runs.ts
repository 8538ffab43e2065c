/** Runs that somebody looks at: kept open, so that each look reads only what came since the last. */
import type { Clock } from '../../interpreter/ports.ts';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import type { Plan } from '../../orchestrator/plan/types.ts';
import type { RunIndex } from '../../orchestrator/runs/run-index.ts';
import type { OpenRun, Runs } from '../../orchestrator/runs/runs.ts';
import type { RunView } from '../../orchestrator/runs/view.ts';
import type { DeployedLists, Deployment } from './deployments.ts';
import { newTrack, type Track } from './timeline/track.ts';

/** A run as it stands. */
export interface SeenRun {
  /** Those that it is one of. */
  runs: Runs;
  plan: Plan;
  view: RunView;
  track: Track;
}

export interface OpenRunsOptions {
  index: RunIndex;
  /** Those of the file that `index` is of. */
  runs: Runs;
  deployed: DeployedLists;
  /** The real one. */
  clock: Clock;
}

export interface OpenRuns {
  /** The runs that the one of that id is among. Rejects with a `DrydockError` (exit code 2) when it is nowhere. */
  among(id: string): Promise<Pick<Deployment, 'runs'> & Partial<Deployment>>;
  /** Reads the run up to now. Rejects with a `DrydockError` (exit code 2) when it cannot be read. */
  see(id: string): Promise<SeenRun>;
}

interface Kept extends SeenRun {
  run: OpenRun;
  readAt: number;
  reading?: Promise<unknown> | undefined;
  /** The revision of its row when it was read to its end. */
  overAt?: number | undefined;
}

/** A run of a thousand instances takes some ten megabytes. */
const MOST_OPEN = 8;
/** Each look at a run on AWS takes some calls, of which Step Functions lets few through. */
const AWS_LOOKS_EVERY_MS = 3_000;

export function openRuns({ index, runs, deployed, clock }: OpenRunsOptions): OpenRuns {
  const open = new Map<string, Promise<Kept>>();
  const revisionOf = (id: string) => index.executionOf(id)?.revision;

  const among: OpenRuns['among'] = async (id) => {
    if (index.executionOf(id) !== undefined) return { runs };
    const deployment = await deployed.of(id);
    if (deployment !== undefined) return deployment;
    throw new DrydockError(`there is no run ${id}`, {
      exitCode: EXIT.badInput,
      next: 'See the list of runs. A run of another state directory is shown by a console on that.',
    });
  };

  const opened = async (id: string): Promise<Kept> => {
    const { runs: of } = await among(id);
    let track: Track | undefined;
    const run = await of.open(id, (source, event) => track?.hear(source, event));
    track = newTrack(run.view);
    return { runs: of, run, plan: run.plan, view: run.view, track, readAt: Number.NEGATIVE_INFINITY };
  };

  /** The one that was looked at longest ago makes room. */
  const keep = (id: string, kept: Promise<Kept>) => {
    open.delete(id);
    open.set(id, kept);
    kept.catch(() => open.delete(id));
    for (const oldest of open.keys()) if (open.size > MOST_OPEN) open.delete(oldest);
    return kept;
  };

  const readOn = async (id: string, kept: Kept): Promise<void> => {
    if (kept.overAt !== undefined) return;
    const isFresh = kept.runs.engine === 'step-functions' && clock.now() - kept.readAt < AWS_LOOKS_EVERY_MS;
    if (isFresh) return;
    const revision = revisionOf(id);
    kept.reading ??= kept.run.refresh().finally(() => {
      kept.reading = undefined;
      kept.readAt = clock.now();
    });
    await kept.reading;
    if (kept.view.endedAt !== undefined) kept.overAt = revision ?? 0;
  };

  return {
    among,
    see: async (id) => {
      const pending = open.get(id);
      const known = pending === undefined ? undefined : await pending;
      // It was recovered since, or is gone on with.
      const isOld = known?.overAt !== undefined && known.overAt !== (revisionOf(id) ?? 0);
      const kept = await keep(id, known === undefined || isOld ? opened(id) : Promise.resolve(known));
      await readOn(id, kept);
      return kept;
    },
  };
}
