/** The runs of a deployment in a list: from the table, which keeps them all, set right by what Step Functions says of the recent ones. */
import type { RunHistory } from '../engine/history.ts';
import type { ExecutionListItem } from '../engine/verbs.ts';
import { matches, type RunFilter, type RunSummary, summarize } from '../runs/history.ts';
import { pages } from '../runs/reader.ts';
import type { RunItems } from '../table/run-items.ts';
import { type Deployed, machineArn } from './deployed.ts';
import { keptRun, keptSummary } from './kept.ts';

/** The time limit of a rollout. A record that says running for longer is of one that was cut off, and is forgotten by now. */
const LONGEST_RUN_MS = 14 * 24 * 3_600_000;

/**
 * Newest first; `now` in ms since 1970. It describes only those executions that the table says nothing of, or nothing that is still true. One that
 * succeeded without a record found nothing to do, as most of what a maintenance window begins: that is no run.
 */
export async function listDeployedRuns(
  { deployed, history, items, now }: { deployed: Deployed; history: RunHistory; items: RunItems; now: number },
  filter: RunFilter,
): Promise<RunSummary[]> {
  const runs = new Map<string, RunSummary>();
  for await (const item of items.runs(filter.since === undefined ? undefined : new Date(filter.since).toISOString())) {
    const kept = keptRun(item);
    if (kept !== undefined) runs.set(kept.runId, keptSummary(kept));
  }
  const recent = await recentExecutions(deployed, history, filter.since);
  for (const execution of recent) {
    const kept = runs.get(execution.name);
    if (kept === undefined ? execution.status === 'SUCCEEDED' : isTrueOf(kept, execution)) continue;
    const described = await history.describeExecution({ executionArn: execution.executionArn });
    const summary = summarize(described, kept?.status === 'paused', 'step-functions');
    if (summary !== undefined) runs.set(execution.name, summary);
  }
  return [...runs.values()]
    .map((run) => cutOff(run, now - LONGEST_RUN_MS))
    .filter((run) => matches(run, filter))
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

async function recentExecutions(
  deployed: Deployed,
  history: RunHistory,
  since: number | undefined,
): Promise<ExecutionListItem[]> {
  const recent: ExecutionListItem[] = [];
  const asked = { stateMachineArn: machineArn(deployed, 'rollout') };
  for await (const { executions } of pages((page) => history.listExecutions({ ...asked, ...page }))) {
    recent.push(...executions.filter(({ startDate }) => since === undefined || startDate >= since));
    if (since !== undefined && executions.some(({ startDate }) => startDate < since)) break;
  }
  return recent;
}

/** An execution that was stopped or timed out has closed no record. */
function isTrueOf({ status }: RunSummary, execution: ExecutionListItem): boolean {
  const goesOn = status === 'running' || status === 'paused';
  return goesOn === (execution.status === 'RUNNING');
}

function cutOff(run: RunSummary, oldest: number): RunSummary {
  const isOver = run.status !== 'running' && run.status !== 'paused';
  if (isOver || Date.parse(run.startedAt) >= oldest) return run;
  return { ...run, status: 'failed', reason: 'its execution was cut off before it could say how it ended' };
}
