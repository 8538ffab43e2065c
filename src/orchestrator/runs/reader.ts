/**
 * Reads a run from the history of its executions, and reads on from there: only what came since, and of a wave's children only those
 * that something can have happened to. A fleet of ten thousand is followed within the limits that Step Functions sets to its readers.
 */
import type { HistoryEvent } from '../../interpreter/ports.ts';
import type { RunHistory } from '../engine/history.ts';
import { type Hear, progress } from './progress.ts';
import type { RunView } from './view.ts';

export interface RunReader {
  readonly view: RunView;
  readonly executionArn: string;
  /** Which instance each child execution has in hand, as far as its history was read. */
  readonly children: Map<string, string>;
  readonly apply: Hear;
  /** Reads what was recorded since the last time, and gives whether there was anything. */
  refresh(): Promise<boolean>;
}

/** What is kept of instances outside their executions' histories. */
export interface KeptOutcomes {
  /** Brings the view up to date by what is kept, and gives the instances that something is kept of. */
  apply(view: RunView): Promise<string[]>;
  /** How many running children are read at once, the longest unread first. */
  runningAtOnce: number;
}

interface Child {
  arn: string;
  /** The last event that was read. */
  lastEvent: number;
  isRunning: boolean;
  hasSucceeded: boolean;
  /** Whether there is nothing more to read. */
  isRead: boolean;
  /** In which refresh it was read last. */
  readIn: number;
}

interface MapRun {
  arn: string;
  children: Map<string, Child>;
  isOver: boolean;
  /** Whether it was over already when its children were read to their ends. */
  isRead: boolean;
}

const PAGE = 1000;
/** Of what came since the last look, which is seldom much. */
const SHORT_PAGE = 100;
/** Listings lag behind the rollout's own events; a child that ends a moment later is waited for, this many refreshes long. */
const WAIT_FOR_CHILDREN = 3;
/** So few children are read rather than looked up. */
const FEW = 20;

/** A reader of the run that `view` is the beginning of. Nothing is read before the first `refresh`. */
export function runReader(
  history: RunHistory,
  executionArn: string,
  view: RunView,
  kept: KeptOutcomes = { apply: async () => [], runningAtOnce: Number.POSITIVE_INFINITY },
  hear?: Hear,
): RunReader {
  const apply = progress(view, hear);
  const children = new Map<string, string>();
  const mapRuns: MapRun[] = [];
  let lastEvent = 0;
  let refreshes = 0;
  let heldBack: HistoryEvent[] = [];
  let heldBackFor = 0;

  const readChild = async (child: Child): Promise<boolean> => {
    const fresh = await eventsAfter(history, child.arn, child.lastEvent);
    for (const event of fresh) {
      const instanceId = children.get(child.arn) ?? instanceOf(event);
      if (instanceId === undefined) continue;
      children.set(child.arn, instanceId);
      apply({ kind: 'instance', instanceId }, event);
    }
    child.lastEvent = fresh.at(-1)?.id ?? child.lastEvent;
    child.readIn = refreshes;
    if (isEnd(fresh.at(-1))) Object.assign(child, { isRead: true, isRunning: false });
    return fresh.length > 0;
  };

  /** Children that were over before anybody read them: what is kept of them says it in far fewer calls. */
  const readEnded = async (ended: Child[]): Promise<void> => {
    const known = new Set(ended.length > FEW ? await kept.apply(view) : []);
    for (const instanceId of children.values()) known.delete(instanceId);
    let left = ended.length;
    for (const child of ended) {
      if (left > known.size) {
        await readChild(child);
        known.delete(children.get(child.arn) ?? '');
      } else child.isRead = true;
      left -= 1;
    }
  };

  const readChildren = async (mapRun: MapRun): Promise<boolean> => {
    const isNew = await listChildren(history, mapRun);
    const unread = [...mapRun.children.values()].filter(({ isRead }) => !isRead);
    const running = unread.filter(({ isRunning }) => isRunning).sort((a, b) => a.readIn - b.readIn);
    const over = unread.filter(({ isRunning }) => !isRunning);
    const unseen = over.filter(({ lastEvent, hasSucceeded }) => lastEvent === 0 && hasSucceeded);
    await readEnded(unseen);
    let hasChanged = isNew || over.length > 0;
    for (const child of over) if (!child.isRead) await readChild(child);
    for (const child of running.slice(0, kept.runningAtOnce)) {
      const moved = await readChild(child);
      hasChanged ||= moved;
    }
    return hasChanged;
  };

  const refresh = async (): Promise<boolean> => {
    refreshes += 1;
    const fresh = await eventsAfter(history, executionArn, lastEvent);
    lastEvent = fresh.at(-1)?.id ?? lastEvent;
    for (const event of fresh) noteMapRun(mapRuns, event);
    let hasChanged = fresh.length > 0;
    for (const mapRun of mapRuns.filter(({ isRead }) => !isRead)) {
      const moved = await readChildren(mapRun);
      mapRun.isRead = mapRun.isOver && [...mapRun.children.values()].every(({ isRead }) => isRead);
      hasChanged ||= moved;
    }
    // The end of the rollout says what became of all who were not begun: it comes after what their executions say.
    heldBack.push(...fresh);
    const isSettled = mapRuns.every(({ isRead }) => isRead);
    if (isSettled || !isEnd(heldBack.at(-1)) || heldBackFor >= WAIT_FOR_CHILDREN) {
      for (const event of heldBack) apply({ kind: 'rollout' }, event);
      heldBack = [];
    } else heldBackFor += 1;
    return hasChanged;
  };

  return { view, executionArn, children, apply, refresh };
}

function noteMapRun(mapRuns: MapRun[], event: HistoryEvent): void {
  const mapRunArn = event.type === 'MapRunStarted' ? event.details?.value.mapRunArn : undefined;
  if (typeof mapRunArn === 'string')
    mapRuns.push({ arn: mapRunArn, children: new Map(), isOver: false, isRead: false });
  // Waves come one after another: what ends is the latest.
  const latest = mapRuns.at(-1);
  if (latest !== undefined && (/^MapRun(Succeeded|Failed|Aborted)$/.test(event.type) || isEnd(event))) {
    latest.isOver = true;
  }
}

/** Adds the children that began since, and notes which are over; gives whether there is a new one. */
async function listChildren(history: RunHistory, mapRun: MapRun): Promise<boolean> {
  const listed = new Set<string>();
  let isNew = false;
  for await (const page of pages((page) => history.listExecutions({ mapRunArn: mapRun.arn, ...page }))) {
    let isKnown = true;
    for (const { executionArn: arn, status } of page.executions) {
      const known = mapRun.children.get(arn);
      isKnown = known !== undefined;
      isNew ||= !isKnown;
      const child = known ?? { arn, lastEvent: 0, isRunning: true, hasSucceeded: false, isRead: false, readIn: 0 };
      child.isRunning &&= status === 'RUNNING';
      child.hasSucceeded ||= status === 'SUCCEEDED';
      mapRun.children.set(arn, child);
      listed.add(arn);
    }
    // Newest first: behind a page that ends with one that is known there is no new one.
    if (isKnown) break;
  }
  const unsure = [...mapRun.children.values()].filter(({ arn, isRunning }) => isRunning && !listed.has(arn));
  if (unsure.length > 0) {
    const running = await listRunning(history, mapRun.arn);
    for (const child of unsure) child.isRunning = running.has(child.arn);
  }
  return isNew;
}

async function listRunning(history: RunHistory, mapRunArn: string): Promise<Set<string>> {
  const running = new Set<string>();
  const asked = { mapRunArn, statusFilter: 'RUNNING' } as const;
  for await (const page of pages((page) => history.listExecutions({ ...asked, ...page }))) {
    for (const { executionArn } of page.executions) running.add(executionArn);
  }
  return running;
}

/** The instance that a child execution was started for, from its first event. */
export function instanceOf(event: HistoryEvent): string | undefined {
  if (event.type !== 'ExecutionStarted') return undefined;
  const input = event.details?.value.input;
  const parsed: unknown = typeof input === 'string' ? JSON.parse(input) : undefined;
  const isNamed = typeof parsed === 'object' && parsed !== null && 'instanceId' in parsed;
  return isNamed && typeof parsed.instanceId === 'string' ? parsed.instanceId : undefined;
}

function isEnd(event: HistoryEvent | undefined): boolean {
  return event !== undefined && /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(event.type);
}

/** The events behind the one with the id `after`, oldest first. What is read already is not read again. */
async function eventsAfter(history: RunHistory, executionArn: string, after: number): Promise<HistoryEvent[]> {
  const read: HistoryEvent[] = [];
  // From the end backwards, once there is something behind: a token for "from here on" is not to be had.
  const reverseOrder = after > 0;
  const asked = { executionArn, reverseOrder };
  const size = reverseOrder ? SHORT_PAGE : PAGE;
  for await (const { events } of pages((page) => history.getExecutionHistory({ ...asked, ...page }), size)) {
    const fresh = events.filter(({ id }) => id > after);
    read.push(...fresh);
    if (reverseOrder && fresh.length < events.length) break;
  }
  return reverseOrder ? read.reverse() : read;
}

/** The pages of a listing, each of up to `maxResults` entries. */
export async function* pages<Page extends { nextToken?: string }>(
  read: (page: { maxResults: number; nextToken?: string }) => Promise<Page>,
  maxResults = PAGE,
): AsyncGenerator<Page> {
  let nextToken: string | undefined;
  do {
    const page = await read({ maxResults, ...(nextToken === undefined ? {} : { nextToken }) });
    yield page;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
