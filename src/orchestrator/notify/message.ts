/** What is said of a run that has ended, or that waits for a person. */
import { z } from 'zod';
import { printable } from '../printable.ts';

/** What a rollout tells: see `Tell` in `rollout.asl.json`. */
export const notice = z.object({
  event: z.enum(['ended', 'approval', 'paused', 'recovered']),
  runId: z.string(),
  policy: z.string(),
  groupName: z.string(),
  environment: z.string().default(''),
  /** Of an end: how it ended. */
  status: z.enum(['succeeded', 'halted', 'aborted', 'failed']).exactOptional(),
  reason: z.string().default(''),
  /** What could not be made whole; empty: nothing. */
  notWhole: z.string().default(''),
  /** How many instances had which outcome. */
  tally: z.record(z.string(), z.number()).default({}),
  rollbackOf: z.string().default(''),
});

export type Notice = z.infer<typeof notice>;

export interface Message {
  /** `halted`, `waits for approval` …: what a colour stands beside, and never alone. */
  state: string;
  /** `drydock: web in production halted`. */
  title: string;
  /** Why, in one sentence; empty: there is nothing to say. */
  reason: string;
  /** `3 patched, 1 rolled back`; empty: no instance was in hand. */
  counts: string;
  /** What to do next. */
  next: string;
}

/** The message of a notice. */
export function messageOf(told: Notice): Message {
  const { groupName, environment, reason, notWhole, rollbackOf, tally } = told;
  const state = stateOf(told);
  const where = environment === '' ? groupName : `${groupName} in ${environment}`;
  const what = rollbackOf === '' || rollbackOf === told.runId ? '' : `the rollback of run ${rollbackOf} on `;
  const counts = Object.entries(tally).filter(([, count]) => count > 0);
  return {
    state,
    title: printable(`drydock: ${what}${where} ${state}`),
    reason: printable([reason, notWhole].filter((part) => part !== '').join('; ')),
    counts: counts.map(([outcome, count]) => `${count} ${outcome.replace('-', ' ')}`).join(', '),
    next: nextOf(told),
  };
}

function stateOf({ event, status, notWhole }: Notice): string {
  if (notWhole !== '') return 'is not whole';
  switch (event) {
    case 'approval':
      return 'waits for approval';
    case 'paused':
      return 'is paused';
    case 'recovered':
      return 'was recovered';
    case 'ended':
      return status ?? 'failed';
  }
}

function nextOf({ event, runId, status, notWhole }: Notice): string {
  if (notWhole !== '') return `A person is needed: drydock recover ${runId}`;
  if (event === 'approval') return `Look at the canary, then: drydock runs approve ${runId} (or abort)`;
  if (event === 'paused') return `When it may go on: drydock runs resume ${runId} (or abort)`;
  if (status === 'succeeded') return `Nothing. What it did: drydock runs show ${runId}`;
  return `See what happened: drydock runs show ${runId}`;
}
