/** What an instance's execution learnt of it on the way, from its history: health checks, the patch command, the snapshot. */
import { z } from 'zod';
import type { HistoryEvent } from '../../../interpreter/ports.ts';
import { assigned, assignedText, detail, stateName } from '../../../orchestrator/runs/event-details.ts';
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

const PLACES: Record<string, Check['where']> = {
  CheckBefore: 'before',
  CheckInDock: 'in the dock',
  CheckInService: 'in service',
};

const verdict = z.object({ healthy: z.boolean(), reason: z.string() });
const checked = z.object({
  Payload: verdict.extend({
    checks: z.array(
      z.object({
        url: z.string(),
        healthy: z.boolean(),
        attempts: z.number(),
        successes: z.number(),
        lastReason: z.string(),
        latencyMs: z.number().nullable(),
      }),
    ),
  }),
});
const invocation = z.object({
  CommandId: z.string().optional(),
  Status: z.string(),
  StatusDetails: z.string().optional(),
  StandardOutputContent: z.string().default(''),
  StandardErrorContent: z.string().default(''),
});
const reservations = z.object({ Reservations: z.array(z.object({ OwnerId: z.string() })) });

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

function note(told: Told, left: Left): void {
  const where = PLACES[left.state];
  if (where !== undefined) told.checks.push(checkOf(where, left));
  told.snapshotId = assignedText(left.event, 'snapshotId') ?? told.snapshotId;
  const commandId = assignedText(left.event, 'commandId');
  if (commandId !== undefined) told.command = { ...(told.command ?? NOT_LOOKED_AT), id: commandId };
  if (left.state === 'LookAtCommand') told.command = commandOf(left, told.command);
  if (left.state === 'LookAtMachine') {
    told.account = reservations.safeParse(left.answer).data?.Reservations[0]?.OwnerId ?? told.account;
  }
}

/** A check that could not be made has no answer, but a reason. */
function checkOf(where: Check['where'], { since, answer, event }: Left): Check {
  const at = new Date(since).toISOString();
  const to = new Date(event.timestamp).toISOString();
  const whole = checked.safeParse(answer).data?.Payload;
  if (whole !== undefined) return { at, to, where, healthy: whole.healthy, reason: whole.reason, urls: whole.checks };
  const said = verdict.safeParse(parsed(assigned(event).check)).data;
  const { healthy, reason } = said ?? { healthy: false, reason: assignedText(event, 'reason') ?? 'it says no more' };
  return { at, to, where, healthy, reason, urls: [] };
}

const NOT_LOOKED_AT: Command = { id: null, status: 'Sent', detail: '', tail: '', errors: '' };
/** The console shows the end of what a command wrote: that is where it says how it went. */
const TAIL = 4000;

function commandOf({ answer, event }: Left, known: Command | null): Command {
  const looked = invocation.safeParse(answer).data;
  if (looked === undefined) {
    const { status, detail: details, tail } = kept.safeParse(parsed(assigned(event).command)).data ?? UNKNOWN;
    return { id: known?.id ?? null, status, detail: details, tail: '', errors: tail };
  }
  const { CommandId, Status, StatusDetails = Status, StandardOutputContent, StandardErrorContent } = looked;
  return {
    id: CommandId ?? known?.id ?? null,
    status: Status,
    detail: StatusDetails,
    tail: StandardOutputContent.slice(-TAIL),
    errors: StandardErrorContent.slice(-TAIL),
  };
}

/** What the execution keeps of it in a variable. */
const kept = z.object({ status: z.string(), detail: z.string(), tail: z.string() });
const UNKNOWN = { status: 'Unknown', detail: 'unknown', tail: '' };

/** The value of a JSON text; undefined where there is none, or a part of one: Step Functions cuts what is long. */
function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
