/** The events of a stack: what CloudFormation does, one resource at a time. */
import type { StackEvent as SdkStackEvent } from '@aws-sdk/client-cloudformation';

export interface StackEvent {
  id: string;
  /** Milliseconds since 1970. */
  at: number;
  logicalId: string;
  type: string;
  /** `CREATE_IN_PROGRESS`, `UPDATE_FAILED` … */
  status: string;
  reason?: string;
  /** Whether it is of the stack itself. */
  ofStack: boolean;
}

/** An event as `DescribeStackEvents` gives it. */
export function stackEvent(event: SdkStackEvent): StackEvent {
  const { EventId = '', StackId, PhysicalResourceId, Timestamp, ResourceStatusReason } = event;
  return {
    id: EventId,
    at: Timestamp?.getTime() ?? 0,
    logicalId: event.LogicalResourceId ?? '',
    type: event.ResourceType ?? '',
    status: event.ResourceStatus ?? '',
    ...(ResourceStatusReason === undefined ? {} : { reason: ResourceStatusReason }),
    ofStack: StackId !== undefined && PhysicalResourceId === StackId,
  };
}

/**
 * What went wrong, of events in the order in which they happened: the first resource that failed by itself. Those that were under way
 * beside it fail as well, as cancelled, and what comes later are troubles of the rollback.
 */
export function firstFailure(events: readonly StackEvent[]): StackEvent | undefined {
  const failed = events.filter(({ status }) => status.endsWith('_FAILED'));
  const ofResources = failed.filter(({ ofStack }) => !ofStack);
  return ofResources.find(({ reason = '' }) => !isCancelled(reason)) ?? ofResources[0] ?? failed[0];
}

/** What could not be rolled back or deleted: each resource once, by its last failure. */
export function failedLast(events: readonly StackEvent[]): StackEvent[] {
  const last = new Map<string, StackEvent>();
  for (const event of events) if (!event.ofStack) last.set(event.logicalId, event);
  return [...last.values()].filter(({ status }) => status.endsWith('_FAILED'));
}

function isCancelled(reason: string): boolean {
  return /cancell?ed/i.test(reason);
}

/** `RolloutRole (AWS::IAM::Role) CREATE_FAILED: …` */
export function eventSentence({ logicalId, type, status, reason }: StackEvent): string {
  return `${logicalId} (${type}) ${status}${reason === undefined ? '' : `: ${reason}`}`;
}
