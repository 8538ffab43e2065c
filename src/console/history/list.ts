/** The list of runs: those of the file from its table, those on AWS from the lists read last, as one. */
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import { parseSince } from '../../orchestrator/moment.ts';
import type { Facet, ListedRun, RunIndex, RunIndexQuery, RunPlace } from '../../orchestrator/runs/run-index.ts';
import type { RunPage, RunQuery, RunRow } from '../api/shapes.ts';
import { type DeployedLists, isBehind } from './deployments.ts';

/** What a page is asked for, understood. */
type Asked = Omit<RunIndexQuery, 'limit'>;

export interface ListOptions {
  index: RunIndex;
  deployed: DeployedLists;
  /** Milliseconds since 1970, by the clock that the runs go by. */
  now: () => number;
}

/** Gives a page of the list, newest first. Rejects with a `DrydockError` (exit code 2) for a time or a place that is none. */
export function runList({ index, deployed, now }: ListOptions): (query: RunQuery) => Promise<RunPage> {
  return async (query) => {
    const asked = understood(query, now());
    const { rows, missing } = await deployed.read();
    const there =
      query.engine === 'embedded' ? [] : rows.filter((row) => isAskedFor(row, asked)).slice(0, query.limit + 1);
    const here = query.engine === 'step-functions' ? [] : index.list({ ...asked, limit: query.limit + 1 }).map(toRow);
    const found = [...here, ...there].sort((a, b) => (isBehind(a, b) ? 1 : -1));
    const runs = found.slice(0, query.limit);
    const last = runs.at(-1);
    const values = (facet: Facet, of: (row: RunRow) => string) =>
      [...new Set([...index.values(facet), ...rows.map(of)])].sort();
    return {
      now: new Date(now()).toISOString(),
      runs,
      next: found.length > runs.length && last !== undefined ? `${last.startedAt}/${last.runId}` : null,
      groups: values('group', ({ group }) => group),
      environments: values('environment', ({ environment }) => environment),
      policies: values('policy', ({ policy }) => policy.name),
      missing,
    };
  };
}

function understood(query: RunQuery, now: number): Asked {
  const { status, group, environment, policy, trigger, since, q, before } = query;
  return {
    ...(status === undefined ? {} : { status }),
    ...(group === undefined ? {} : { group }),
    ...(environment === undefined ? {} : { environment }),
    ...(policy === undefined ? {} : { policy }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(since === undefined ? {} : { since: moment(since, now) }),
    ...(q === undefined ? {} : { text: q }),
    ...(before === undefined ? {} : { before: place(before) }),
  };
}

function moment(text: string, now: number): number {
  const date = parseSince(text, now);
  if (date !== undefined) return date.getTime();
  throw new DrydockError(`"${text}" is not a day, a time or a span`, {
    exitCode: EXIT.badInput,
    next: 'Write it as 2026-03-10, 2026-03-10T02:00:00+09:00 or 7d.',
  });
}

function place(text: string): RunPlace {
  const [, time = '', runId] = /^([^/]+)\/(.+)$/s.exec(text) ?? [];
  const startedAt = Date.parse(time);
  if (runId !== undefined && Number.isFinite(startedAt)) return { startedAt, runId };
  throw new DrydockError(`"${text}" is not the end of a page of the list`, {
    exitCode: EXIT.badInput,
    next: 'Ask for the first page, and from there for what its "next" says.',
  });
}

/** As the table is asked, of a run that is not in it. */
function isAskedFor(row: RunRow, asked: Asked): boolean {
  const { status, group, environment, policy, trigger, since, text, before } = asked;
  const searched = [row.runId, row.group, row.policy.name, row.trigger, row.reason ?? ''].join('\n').toLowerCase();
  const last = before === undefined ? undefined : { ...before, startedAt: new Date(before.startedAt).toISOString() };
  return (
    (status === undefined || row.status === status) &&
    (group === undefined || row.group === group) &&
    (environment === undefined || row.environment === environment) &&
    (policy === undefined || row.policy.name === policy) &&
    (trigger === undefined || row.trigger === trigger || row.trigger.startsWith(`${trigger}: `)) &&
    (since === undefined || Date.parse(row.startedAt) >= since) &&
    (text === undefined || searched.includes(text.toLowerCase())) &&
    (last === undefined || isBehind(row, last))
  );
}

function toRow(run: ListedRun): RunRow {
  const { runId, policy, group, environment, status, startedAt, trigger, awaitsApproval, tally } = run;
  return {
    runId,
    policy,
    group,
    environment,
    engine: 'embedded',
    status,
    startedAt,
    endedAt: run.endedAt ?? null,
    trigger,
    rollbackOf: run.rollbackOf ?? null,
    awaitsApproval,
    reason: run.reason ?? null,
    tally,
    total: run.total ?? null,
  };
}
