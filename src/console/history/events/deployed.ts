/** The events of runs on AWS: an execution's history is asked for when its time has come, and kept once it is over. */
import type { HistoryEvent } from '../../../interpreter/ports.ts';
import type { RunHistory } from '../../../orchestrator/engine/history.ts';
import type { ExecutionListItem } from '../../../orchestrator/engine/verbs.ts';
import { instanceOf } from '../../../orchestrator/runs/reader.ts';
import { childrenOf, eventsOf, likeliestFirst } from '../../../orchestrator/step-functions/executions.ts';
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

  const read = async (arn: string, isOver: boolean): Promise<HistoryEvent[]> => {
    const known = over.get(arn);
    if (known !== undefined) return known;
    const events = await eventsOf(history, arn);
    if (isOver) over.set(arn, events);
    for (const oldest of over.keys()) if (over.size > MOST_KEPT) over.delete(oldest);
    return events;
  };

  const streamOf = (execution: ExecutionListItem, order: number, filter: EventFilter): EventStream => {
    const { executionArn, startDate, stopDate } = execution;
    // Of one that goes on a page shows what there was when the page was asked for.
    let asked: Promise<HistoryEvent[]> | undefined;
    const all = () => {
      asked ??= read(executionArn, stopDate !== undefined);
      return asked;
    };
    const wanted = async () => (await all()).filter(isWanted(filter));
    return {
      of: async () => (order === 0 ? 'rollout' : instanceIn(await all())),
      order,
      from: startDate,
      until: stopDate ?? Number.POSITIVE_INFINITY,
      seek: async (at, where) =>
        (await wanted()).find(({ timestamp }) => (where === 'at' ? timestamp >= at : timestamp > at))?.id,
      read: async (after) => (await wanted()).filter(({ id }) => id > after),
    };
  };

  return async (rolloutArn, filter, of) => {
    const rollout = await history.describeExecution({ executionArn: rolloutArn });
    const stream = streamOf(rollout, 0, filter);
    if (of === 'rollout') return [stream];
    const children = await childrenOf(history, await read(rolloutArn, rollout.stopDate !== undefined));
    const streams = new Map(children.map((child, at) => [child, streamOf(child, at + 1, filter)]));
    if (of === undefined) return [stream, ...streams.values()];
    const found: EventStream[] = [];
    for (const child of likeliestFirst(children, of.near).slice(0, MOST_LOOKED_AT)) {
      const likely = streams.get(child);
      if (likely !== undefined && (await likely.of()) === of.instanceId) found.push(likely);
    }
    return found;
  };
}

/** Each takes a call. */
const MOST_LOOKED_AT = 10;

function instanceIn([first]: HistoryEvent[]): string {
  return (first === undefined ? undefined : instanceOf(first)) ?? '';
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
