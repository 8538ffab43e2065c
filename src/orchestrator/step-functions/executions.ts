/** The executions of a run on AWS, and their histories: what Step Functions answers, put together from its pages. */
import type { HistoryEvent } from '../../interpreter/ports.ts';
import type { RunHistory } from '../engine/history.ts';
import type { ExecutionListItem } from '../engine/verbs.ts';
import { detail } from '../runs/event-details.ts';
import { pages } from '../runs/reader.ts';

/** Every event of an execution, oldest first. */
export async function eventsOf(history: RunHistory, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const page of pages((page) => history.getExecutionHistory({ executionArn, ...page }))) {
    events.push(...page.events);
  }
  return events;
}

/** The executions that a rollout's Maps started, by the rollout's own events, oldest first. */
export async function childrenOf(history: RunHistory, rollout: readonly HistoryEvent[]): Promise<ExecutionListItem[]> {
  const children: ExecutionListItem[] = [];
  for (const event of rollout) {
    const mapRunArn = event.type === 'MapRunStarted' ? detail(event, 'mapRunArn') : undefined;
    if (mapRunArn === undefined) continue;
    for await (const { executions } of pages((page) => history.listExecutions({ mapRunArn, ...page }))) {
      children.push(...executions);
    }
  }
  return children.sort((a, b) => a.startDate - b.startDate || (a.executionArn < b.executionArn ? -1 : 1));
}

/**
 * Those first that began or ended nearest to one of these times (ms since 1970): only an execution's own history says whom it had in hand,
 * and of an instance it is known when it was begun and done. Without a time, those that ended last.
 */
export function likeliestFirst(children: readonly ExecutionListItem[], times: readonly number[]): ExecutionListItem[] {
  const distance = ({ startDate, stopDate }: ExecutionListItem) =>
    Math.min(...times.flatMap((time) => [startDate, stopDate ?? startDate].map((at) => Math.abs(at - time))));
  return children.toSorted(
    times.length === 0
      ? (a, b) => (b.stopDate ?? Number.MAX_SAFE_INTEGER) - (a.stopDate ?? Number.MAX_SAFE_INTEGER)
      : (a, b) => distance(a) - distance(b),
  );
}
