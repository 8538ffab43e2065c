/** Task tokens: how a task that waits for somebody's answer gets it, even from another process or after a restart. */
import { z } from 'zod';
import type { Json } from '../../interpreter/ports.ts';
import type { Database, Row } from './database.ts';

export type TokenOutcome =
  | { kind: 'success'; output: Json }
  | { kind: 'failure'; error?: string | undefined; cause?: string | undefined };

export interface TaskTokens {
  /** Makes the token known; what is kept of it from before a restart stays. */
  open(token: string, execution: string): void;
  /** Keeps the answer; false when the token is not known or has one already. */
  answer(token: string, outcome: TokenOutcome): boolean;
  /** Notes a heartbeat at `at` (ms since 1970); false when the token is not known or has its answer. */
  beat(token: string, at: number): boolean;
  /** Undefined: the token is not known. */
  read(token: string): { outcome?: TokenOutcome; heartbeatAt?: number } | undefined;
  /** Forgets the tokens of an execution that has ended. Not before: an answer must outlast a crash that loses the event it caused. */
  forget(execution: string): void;
}

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('success'), output: z.json() }),
  z.object({ kind: z.literal('failure'), error: z.string().optional(), cause: z.string().optional() }),
]);

/** Gives the task tokens kept in `database`. */
export function taskTokens(database: Database): TaskTokens {
  const open = database.prepare('INSERT INTO task_tokens (token, execution) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const answer = database.prepare('UPDATE task_tokens SET outcome = ? WHERE token = ? AND outcome IS NULL');
  const beat = database.prepare('UPDATE task_tokens SET heartbeat_at = ? WHERE token = ? AND outcome IS NULL');
  const read = database.prepare('SELECT outcome, heartbeat_at FROM task_tokens WHERE token = ?');
  const forget = database.prepare('DELETE FROM task_tokens WHERE execution = ?');
  return {
    open: (token, execution) => {
      open.run(token, execution);
    },
    answer: (token, outcome) => answer.run(JSON.stringify(outcome), token).changes === 1,
    beat: (token, at) => beat.run(at, token).changes === 1,
    read: (token) => {
      const row = read.get(token);
      return row === undefined ? undefined : toToken(row);
    },
    forget: (execution) => {
      forget.run(execution);
    },
  };
}

function toToken(row: Row): { outcome?: TokenOutcome; heartbeatAt?: number } {
  return {
    ...(row.outcome === null ? {} : { outcome: outcomeSchema.parse(JSON.parse(String(row.outcome))) }),
    ...(row.heartbeat_at === null ? {} : { heartbeatAt: Number(row.heartbeat_at) }),
  };
}
