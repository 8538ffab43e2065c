/** What dead runs left behind, found and made whole: first what this state directory can go on with, then what the groups' tags say. */
import type { Cloud } from '../aws/cloud.ts';
import { explained } from '../aws/explain.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { findGroups } from '../fleet/read.ts';
import type { Recovery, Runs } from './runs.ts';
import type { RunView } from './view.ts';

export interface Recovered {
  /** Runs that a dead process left: they were gone on with, and this is how they ended. */
  resumed: RunView[];
  /** Runs that were over and had left something behind. */
  recovered: Recovery[];
  /** Runs whose tag a group carries and that are not known here: nothing was done about them. */
  unknown: { runId: string; group: string }[];
  /** Runs that go on in another process. */
  alive: string[];
}

/** Stays with a run until it has ended: `Runs.follow`, with whatever the caller wants to see or do meanwhile. */
export type Follow = (id: string) => Promise<RunView>;

/** Goes on with what dead processes left until it has ended. */
export async function resumeDeadRuns(runs: Runs, follow: Follow): Promise<RunView[]> {
  const ended: RunView[] = [];
  for (const id of await runs.resume()) ended.push(await follow(id));
  return ended;
}

/** Makes everything whole that tags on the account's groups name. */
export async function recoverAll(runs: Runs, cloud: Cloud, follow: Follow): Promise<Recovered> {
  const result: Recovered = { resumed: await resumeDeadRuns(runs, follow), recovered: [], unknown: [], alive: [] };
  for (const { name, tags } of await explained(findGroups(cloud))) {
    const runId = tags['drydock:run-id'];
    if (runId === undefined) continue;
    if (!(await runs.knows(runId))) result.unknown.push({ runId, group: name });
    else if (await isAlive(runs, runId)) result.alive.push(runId);
    else result.recovered.push(await runs.recover(runId));
  }
  return result;
}

/** Makes whole what one run left behind. Throws a `DrydockError` when it is unknown (exit code 2) or goes on elsewhere (4). */
export async function recoverRun(runs: Runs, runId: string, follow: Follow): Promise<Recovered> {
  if (!(await runs.knows(runId))) {
    throw new DrydockError(`there is no run ${runId} here`, {
      exitCode: EXIT.badInput,
      next: 'See drydock runs list; another state directory is named with --state-dir.',
    });
  }
  const resumed = await resumeDeadRuns(runs, follow);
  if (await isAlive(runs, runId)) {
    throw new DrydockError(`run ${runId} goes on in another process: there is nothing to recover yet`, {
      exitCode: EXIT.groupHeld,
      next: `Follow it with drydock runs watch ${runId}, or end it with drydock runs abort ${runId}.`,
    });
  }
  // A run that was gone on with to a whole end has put everything back itself.
  const isWhole = resumed.some((view) => view.runId === runId && view.notWhole === undefined);
  return { resumed, recovered: isWhole ? [] : [await runs.recover(runId)], unknown: [], alive: [] };
}

async function isAlive(runs: Runs, runId: string): Promise<boolean> {
  return (await runs.read(runId)).view.endedAt === undefined;
}
