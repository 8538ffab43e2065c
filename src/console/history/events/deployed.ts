/** The events of runs on AWS: an execution's history is asked for when its time has come, and kept once it is over. */
import type { HistoryEvent } from '../../../interpreter/ports.ts';
import type { RunHistory } from '../../../orchestrator/engine/history.ts';
import type { ExecutionListItem } from '../../../orchestrator/engine/verbs.ts';
import { instanceOf, pages } from '../../../orchestrator/runs/reader.ts';
import type { EventStream } from './merge.ts';
import type { EventFilter } from './stored.ts';

/** Histories of some hundred events each. */
const MOST_KEPT = 200;

/** Which executions of a run are asked for: its rollout, or those of an instance, with when it was begun or done, as far as is known. */
export type Whose = 'rollout' | { instanceId: string; near: number[] };

/** Gives the executions of a run, by the ARN of its rollout. */
export function deployedEvents(
  history: RunHistory,
): (rolloutArn: string, filter: EventFilter, of: Whose | undefined) => Promise<EventStream[]> {
  const over = new Map<string, HistoryEvent[]>();

  const eventsOf = async (arn: string, isOver: boolean): Promise<HistoryEvent[]> => {
    const known = over.get(arn);
    if (known !== undefined) return known;
    const events: HistoryEvent[] = [];
    for await (const page of pages((page) => history.getExecutionHistory({ executionArn: arn, ...page }))) {
      events.push(...page.events);
    }
    if (isOver) over.set(arn, events);
    for (const oldest of over.keys()) if (over.size > MOST_KEPT) over.delete(oldest);
    return events;
  };

  const streamOf = (execution: Listed, order: number, filter: EventFilter): EventStream => {
    const all = () => eventsOf(execution.arn, execution.stopped !== undefined);
    const wanted = async () => (await all()).filter(isWanted(filter));
    return {
      of: async () => (order === 0 ? 'rollout' : instanceIn(await all())),
      order,
      from: execution.started,
      until: execution.stopped ?? Number.POSITIVE_INFINITY,
      seek: async (at, where) =>
        (await wanted()).find(({ timestamp }) => (where === 'at' ? timestamp >= at : timestamp > at))?.id,
      read: async (after) => (await wanted()).filter(({ id }) => id > after),
    };
  };

  return async (rolloutArn, filter, of) => {
    const { startDate, stopDate } = await history.describeExecution({ executionArn: rolloutArn });
    const rollout = streamOf({ arn: rolloutArn, started: startDate, stopped: stopDate }, 0, filter);
    if (of === 'rollout') return [rollout];
    const listed = await childrenOf(history, await eventsOf(rolloutArn, stopDate !== undefined));
    const children = listed.map((child, at) => ({ child, stream: streamOf(child, at + 1, filter) }));
    if (of === undefined) return [rollout, ...children.map(({ stream }) => stream)];
    const likely = children
      .sort((a, b) => distance(a.child, of.near) - distance(b.child, of.near))
      .slice(0, MOST_LOOKED_AT);
    const found: EventStream[] = [];
    for (const { stream } of likely) if ((await stream.of()) === of.instanceId) found.push(stream);
    return found;
  };
}

/** Only its first event says whose an execution is: those are looked at whose times are the nearest. */
const MOST_LOOKED_AT = 10;

function distance({ started, stopped = started }: Listed, near: number[]): number {
  return Math.min(...near.flatMap((at) => [Math.abs(at - started), Math.abs(at - stopped)]));
}

function instanceIn([first]: HistoryEvent[]): string {
  return (first === undefined ? undefined : instanceOf(first)) ?? '';
}

interface Listed {
  arn: string;
  /** Ms since 1970. */
  started: number;
  stopped: number | undefined;
}

/** In the order in which they began. */
async function childrenOf(history: RunHistory, rollout: HistoryEvent[]): Promise<Listed[]> {
  const found: ExecutionListItem[] = [];
  for (const { type, details } of rollout) {
    const mapRunArn = type === 'MapRunStarted' ? details?.value.mapRunArn : undefined;
    if (typeof mapRunArn !== 'string') continue;
    for await (const page of pages((page) => history.listExecutions({ mapRunArn, ...page })))
      found.push(...page.executions);
  }
  const inOrder = (a: ExecutionListItem, b: ExecutionListItem) =>
    a.startDate - b.startDate || (a.executionArn < b.executionArn ? -1 : 1);
  return found
    .sort(inOrder)
    .map(({ executionArn, startDate, stopDate }) => ({ arn: executionArn, started: startDate, stopped: stopDate }));
}

function isWanted({ type, text }: EventFilter): (event: HistoryEvent) => boolean {
  const part = text?.toLowerCase();
  return (event) => {
    if (type !== undefined && event.type !== type) return false;
    if (part === undefined) return true;
    const told = JSON.stringify(event.details ?? '').replaceAll('\\', '');
    return `${event.type}\n${told}`.toLowerCase().includes(part);
  };
}
