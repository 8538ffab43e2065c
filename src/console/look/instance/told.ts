/** What an instance's execution learnt of it on the way, from its history: health checks, the patch command, the snapshot. */
import { z } from 'zod';
import type { HistoryEvent } from '../../../interpreter/ports.ts';
import { healthResult } from '../../../orchestrator/health/result.ts';
import { assignedText, detail, stateName } from '../../../orchestrator/runs/event-details.ts';
import { plainState } from '../../../orchestrator/runs/steps.ts';
import type { InstanceDocument } from '../../api/shapes.ts';

type Check = InstanceDocument['checks'][number];
type Command = NonNullable<InstanceDocument['command']>;

export interface Told {
  checks: Check[];
  command: Command | null;
  snapshotId: string | null;
  /** The account that the instance is in; null where nobody looked at it. */
  account: string | null;
}

/** Where each look was, when it made a health check. */
const PLACES: Record<string, Check['where']> = {
  LookBefore: 'before',
  LookInDock: 'in the dock',
  LookAtService: 'in service',
};

const invocation = z.object({
  CommandId: z.string(),
  Status: z.string(),
  StatusDetails: z.string(),
  StandardOutputContent: z.string(),
  StandardErrorContent: z.string(),
});
/** What the function answered that looks at an instance. */
const looked = z.object({
  Payload: z.object({
    check: healthResult.nullish(),
    command: invocation.nullish(),
    machine: z.object({ account: z.string() }).optional(),
  }),
});

/** Of everything that the executions that had it in hand learnt, the latest; and every check. */
export function toldBy(histories: readonly HistoryEvent[][]): Told {
  const told: Told = { checks: [], command: null, snapshotId: null, account: null };
  for (const history of histories) {
    let state = '';
    let since = 0;
    let answer: unknown;
    for (const event of history) {
      if (event.type.endsWith('StateEntered')) {
        state = plainState(stateName(event) ?? '');
        since = event.timestamp;
        answer = undefined;
      } else if (event.type === 'TaskSucceeded') answer = parsed(detail(event, 'output'));
      else if (event.type.endsWith('StateExited')) note(told, { state, since, answer, event });
    }
  }
  return told;
}

/** What was so when a state was left. */
interface Left {
  state: string;
  since: number;
  /** What its task answered last. */
  answer: unknown;
  event: HistoryEvent;
}

function note(told: Told, { state, since, answer, event }: Left): void {
  told.snapshotId = assignedText(event, 'snapshotId') ?? told.snapshotId;
  const commandId = assignedText(event, 'commandId');
  if (commandId !== undefined) told.command = { ...(told.command ?? NOT_LOOKED_AT), id: commandId };
  const where = PLACES[state];
  if (where === undefined) return;
  const { check, command, machine } = looked.safeParse(answer).data?.Payload ?? {};
  const [at, to] = [new Date(since).toISOString(), new Date(event.timestamp).toISOString()];
  if (check) told.checks.push({ at, to, where, healthy: check.healthy, reason: check.reason, urls: check.checks });
  if (command) told.command = commandOf(command);
  if (machine !== undefined && machine.account !== '') told.account = machine.account;
}

const NOT_LOOKED_AT: Command = { id: null, status: 'Sent', detail: '', tail: '', errors: '' };

function commandOf(command: z.infer<typeof invocation>): Command {
  const { CommandId, Status, StatusDetails, StandardOutputContent, StandardErrorContent } = command;
  return {
    id: CommandId,
    status: Status,
    detail: StatusDetails,
    tail: StandardOutputContent,
    errors: StandardErrorContent,
  };
}

/** The value of a JSON text; undefined where there is none, or a part of one: Step Functions cuts what is long. */
function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
