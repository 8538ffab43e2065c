/** The runs of deployments on AWS, as they were listed last: a page does not wait for AWS, and says what did not answer. */
import type { Clock } from '../../interpreter/ports.ts';
import type { RunHistory } from '../../orchestrator/engine/history.ts';
import { DrydockError } from '../../orchestrator/errors.ts';
import type { RunSummary } from '../../orchestrator/runs/history.ts';
import type { Runs } from '../../orchestrator/runs/runs.ts';
import type { Deployed } from '../../orchestrator/step-functions/deployed.ts';
import type { RunPage, RunRow } from '../api/shapes.ts';

/** A deployment, its runs and the history of their executions. */
export interface Deployment {
  deployed: Deployed;
  runs: Runs;
  history: RunHistory;
}

export interface DeployedLists {
  /** Every run of every deployment, newest first, and the deployments that did not answer. */
  read(): Promise<{ rows: RunRow[]; missing: RunPage['missing'] }>;
  /** Whether there is no deployment at all. */
  isEmpty: boolean;
  /** Reads the lists again, however old they are; gives the ids of the runs that are not as they were, and of those that go on. */
  renew(): Promise<string[]>;
  /** The deployment that a run is of; undefined for one that none knows. */
  of(runId: string): Promise<Deployment | undefined>;
}

/** Older lists are shown, and read anew meanwhile. */
const FRESH_MS = 10_000;
/** Nobody waits for longer to see the runs that are here. */
const PATIENCE_MS = 3_000;

/** The lists of `deployments`; `clock` is the real one. */
export function deployedLists(deployments: Deployment[], clock: Clock): DeployedLists {
  const lists = deployments.map((deployment) => cachedList(deployment, clock));
  return {
    read: async () => {
      const all = await Promise.all(lists.map((list) => list.read()));
      const rows = all.flatMap(({ rows }) => rows).sort((a, b) => (isBehind(a, b) ? 1 : -1));
      return { rows, missing: all.flatMap(({ missing }) => missing ?? []) };
    },
    isEmpty: deployments.length === 0,
    renew: async () => (await Promise.all(lists.map((list) => list.renew()))).flat(),
    of: async (runId) => {
      const listed = lists.find((list) => list.has(runId));
      if (listed !== undefined) return listed.deployment;
      for (const { deployment } of lists) if (await deployment.runs.knows(runId)) return deployment;
      return undefined;
    },
  };
}

/** Whether `a` comes behind `b` where the newest is first. */
export function isBehind(a: Pick<RunRow, 'startedAt' | 'runId'>, b: Pick<RunRow, 'startedAt' | 'runId'>): boolean {
  return a.startedAt === b.startedAt ? a.runId < b.runId : a.startedAt < b.startedAt;
}

function cachedList(deployment: Deployment, clock: Clock) {
  let rows = new Map<string, RunRow>();
  let missing: RunPage['missing'][number] | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<string[]> | undefined;

  const renew = (): Promise<string[]> => {
    reading ??= ask().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const ask = async (): Promise<string[]> => {
    const [before, isFirst] = [rows, readAt === Number.NEGATIVE_INFINITY];
    try {
      rows = new Map((await deployment.runs.list({})).map((run) => [run.runId, toRow(run)]));
      missing = undefined;
    } catch (error) {
      // Whatever it is: what is here, and elsewhere, is shown all the same.
      missing = { what: nameOf(deployment), ...toldBy(error) };
    } finally {
      readAt = clock.now();
    }
    if (isFirst) return [];
    const moved = [...rows.values()].filter((row) => row.endedAt === null || isOther(row, before.get(row.runId)));
    return moved.map(({ runId }) => runId);
  };

  return {
    deployment,
    renew,
    has: (runId: string) => rows.has(runId),
    read: async () => {
      const isFirst = readAt === Number.NEGATIVE_INFINITY;
      const asked = clock.now() - readAt > FRESH_MS ? renew() : undefined;
      const hasAnswered = asked === undefined || !isFirst || (await inTime(asked, clock));
      return { rows: [...rows.values()], missing: hasAnswered ? missing : slow(deployment) };
    },
  };
}

/** Whether the work is done in time; it goes on if it is not. */
async function inTime(work: Promise<unknown>, clock: Clock): Promise<boolean> {
  const stop = new AbortController();
  const late = clock.sleep(PATIENCE_MS, stop.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    stop.abort();
  }
}

function toldBy(error: unknown): { why: string; next: string } {
  if (error instanceof DrydockError) return { why: error.message, next: error.next };
  const why = error instanceof Error ? error.message : String(error);
  return { why, next: 'Look for it with drydock runs list --engine step-functions --verbose.' };
}

function slow(deployment: Deployment): RunPage['missing'][number] {
  return {
    what: nameOf(deployment),
    why: 'AWS has not answered yet',
    next: 'They are shown as soon as it does.',
  };
}

function nameOf({ deployed: { policy, account, region } }: Deployment): string {
  return `the runs of policy ${policy} in account ${account}, ${region}`;
}

function isOther(row: RunRow, before: RunRow | undefined): boolean {
  return JSON.stringify(row) !== JSON.stringify(before);
}

function toRow(run: RunSummary): RunRow {
  const { runId, group, environment, engine, status, startedAt, trigger, by } = run;
  return {
    runId,
    policy: { name: run.policy, fingerprint: run.fingerprint ?? '' },
    group,
    environment,
    engine,
    status,
    startedAt,
    endedAt: run.endedAt ?? null,
    trigger: by === undefined ? trigger : `${trigger}: ${by}`,
    rollbackOf: run.rollbackOf ?? null,
    awaitsApproval: run.awaitsApproval === true,
    reason: run.reason ?? null,
    tally: run.tally ?? {},
    total: run.total ?? null,
  };
}
