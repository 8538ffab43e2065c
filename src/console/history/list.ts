/** The list of runs: those of the file from its table, those on AWS from the lists read last, as one. */
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import { parseSince } from '../../orchestrator/moment.ts';
import type { Facet, ListedRun, RunIndex, RunIndexQuery } from '../../orchestrator/runs/run-index.ts';
import type { RunPage, RunQuery, RunRow } from '../api/shapes.ts';
import { type DeployedLists, isBehind } from './deployments.ts';

/** What a page is asked for, understood. */
interface Asked extends Omit<RunIndexQuery, 'before' | 'limit'> {
  /** The last run of the page before. */
  last?: { startedAt: string; runId: string };
}

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
    const here = query.engine === 'step-functions' ? [] : runsHere(index, asked, query.limit + 1);
    const there = query.engine === 'embedded' ? [] : runsThere(rows, index, asked);
    const found = merged(here, there, query.limit + 1);
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
    ...(before === undefined ? {} : { last: place(before) }),
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

function place(text: string): { startedAt: string; runId: string } {
  const [, time = '', runId] = /^([^/]+)\/(.+)$/s.exec(text) ?? [];
  const startedAt = Date.parse(time);
  if (runId !== undefined && Number.isFinite(startedAt)) return { startedAt: new Date(startedAt).toISOString(), runId };
  throw new DrydockError(`"${text}" is not the end of a page of the list`, {
    exitCode: EXIT.badInput,
    next: 'Ask for the first page, and from there for what its "next" says.',
  });
}

/** Those of one moment in the order in which they were begun, which only their executions tell. */
function runsHere(index: RunIndex, { last, ...asked }: Asked, limit: number): RunRow[] {
  const before = last && { startedAt: Date.parse(last.startedAt), execution: index.executionOf(last.runId)?.id ?? 0 };
  return index.list({ ...asked, limit, ...(before === undefined ? {} : { before }) }).map(toRow);
}

/** Of one moment, they come behind those that are here. */
function runsThere(rows: RunRow[], index: RunIndex, { last, ...asked }: Asked): RunRow[] {
  const isHere = last !== undefined && index.executionOf(last.runId) !== undefined;
  return rows.filter(
    (row) =>
      isAskedFor(row, asked) &&
      (last === undefined || (isHere ? row.startedAt <= last.startedAt : isBehind(row, last))),
  );
}

function merged(here: RunRow[], there: RunRow[], limit: number): RunRow[] {
  const found: RunRow[] = [];
  for (let [at, other] = [0, 0]; found.length < limit; ) {
    const [ours, theirs] = [here[at], there[other]];
    const next = theirs !== undefined && (ours === undefined || theirs.startedAt > ours.startedAt) ? theirs : ours;
    if (next === undefined) break;
    if (next === ours) at += 1;
    else other += 1;
    found.push(next);
  }
  return found;
}

/** As the table is asked, of a run that is not in it. */
function isAskedFor(row: RunRow, asked: Omit<Asked, 'last'>): boolean {
  const { status, group, environment, policy, trigger, since, text } = asked;
  const searched = [row.runId, row.group, row.policy.name, row.trigger, row.reason ?? ''].join('\n').toLowerCase();
  return (
    (status === undefined || row.status === status) &&
    (group === undefined || row.group === group) &&
    (environment === undefined || row.environment === environment) &&
    (policy === undefined || row.policy.name === policy) &&
    (trigger === undefined || row.trigger === trigger || row.trigger.startsWith(`${trigger}: `)) &&
    (since === undefined || Date.parse(row.startedAt) >= since) &&
    (text === undefined || searched.includes(text.toLowerCase()))
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
