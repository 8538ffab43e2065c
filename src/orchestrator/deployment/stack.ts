/** A stack on AWS: finding it, following what CloudFormation does to it, and what can only be said in errors. */
import type { Clock } from '../../interpreter/ports.ts';
import { explainAwsError, isPassing } from '../aws/explain.ts';
import { DrydockError, EXIT } from '../errors.ts';
import type { StackCalls } from './calls.ts';
import { type StackEvent, stackEvent } from './stack-events.ts';
import { goesOn } from './stack-status.ts';

export interface Stack {
  id: string;
  name: string;
  status: string;
  reason?: string;
  outputs: Record<string, string>;
}

/** The stack of that name or id, undefined where there is none. Rejects with the SDK's errors. */
export async function findStack(calls: StackCalls, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks: [stack] = [] } = await calls.describeStacks({ StackName: name });
    if (stack === undefined) return undefined;
    const { StackId = name, StackName = name, StackStatus = '', StackStatusReason, Outputs = [] } = stack;
    return {
      id: StackId,
      name: StackName,
      status: StackStatus,
      ...(StackStatusReason === undefined ? {} : { reason: StackStatusReason }),
      outputs: Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])),
    };
  } catch (error) {
    if (isNoStack(error)) return undefined;
    throw error;
  }
}

/** CloudFormation has no error of its own for a stack that does not exist. */
export function isNoStack(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
}

/** The id of the newest event of a stack: what comes after it is new. */
export async function newestEvent(calls: StackCalls, stackId: string): Promise<string | undefined> {
  const { StackEvents: [newest] = [] } = await calls.describeStackEvents({ StackName: stackId });
  return newest?.EventId;
}

export interface FollowOptions {
  calls: StackCalls;
  clock: Clock;
  /** Hears of each event once, in the order in which they happened. */
  onEvent(event: StackEvent): void;
  signal?: AbortSignal;
}

/** How the work on a stack ended. */
export interface StackEnd {
  status: string;
  reason?: string;
  events: StackEvent[];
}

const LOOK_AGAIN_MS = 3_000;
/** Looks that may fail one after the other: about a quarter of an hour, with the SDK's own patience. */
const MOST_FAILED_LOOKS = 10;

/**
 * Follows a stack until CloudFormation is done with it, by the events after the one of id `after`. Only those say when it is: the status of the stack may
 * still be the one from before. Rejects with `signal.reason` when that is aborted, and with a `DrydockError` when AWS can no longer be asked;
 * what is under way goes on in both cases.
 */
export async function followStack(
  stackId: string,
  after: string | undefined,
  { calls, clock, onEvent, signal }: FollowOptions,
): Promise<StackEnd> {
  const events: StackEvent[] = [];
  let last = after;
  for (let failedLooks = 0; ; ) {
    signal?.throwIfAborted();
    try {
      const fresh = await eventsAfter(calls, stackId, last);
      failedLooks = 0;
      last = fresh.at(-1)?.id ?? last;
      for (const event of fresh) onEvent(event);
      events.push(...fresh);
      const end = fresh.findLast(({ ofStack }) => ofStack);
      if (end !== undefined && !goesOn(end.status)) {
        return { status: end.status, ...(end.reason === undefined ? {} : { reason: end.reason }), events };
      }
    } catch (error) {
      if (isNoStack(error)) return { status: 'DELETE_COMPLETE', events };
      if (!isPassing(error) || ++failedLooks >= MOST_FAILED_LOOKS) throw lostSight(stackId, error);
    }
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** Oldest first. CloudFormation gives the newest first, a page at a time. */
async function eventsAfter(calls: StackCalls, stackId: string, after: string | undefined): Promise<StackEvent[]> {
  const found: StackEvent[] = [];
  let token: string | undefined;
  do {
    const page = await calls.describeStackEvents({
      StackName: stackId,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    for (const event of page.StackEvents ?? []) {
      if (event.EventId === after) return found.reverse();
      found.push(stackEvent(event));
    }
    token = page.NextToken;
  } while (token !== undefined);
  return found.reverse();
}

function lostSight(stackId: string, cause: unknown): DrydockError {
  const why = explainAwsError(cause)?.message ?? (cause instanceof Error ? cause.message : String(cause));
  return new DrydockError(`stack ${stackId} can no longer be followed: ${why}`, {
    exitCode: EXIT.unexpected,
    next: 'CloudFormation goes on with it. Look at the stack, or run the same command again once AWS can be asked.',
    cause,
  });
}
