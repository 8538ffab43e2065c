/** Tasks that wait for somebody's answer (`.waitForTaskToken`): a person who promotes a run, a callback. */
import { type Clock, type Json, TaskFailure, type TaskRequest } from '../../interpreter/ports.ts';
import type { TaskTokens, TokenOutcome } from './tokens.ts';

export interface Answers {
  /**
   * Sends the task and waits for the answer to its token. Rejects with the `TaskFailure` that was answered, with
   * `States.HeartbeatTimeout`, or with the signal's reason.
   */
  wait(request: TaskRequest, token: string, send: () => Promise<Json>): Promise<Json>;
  /** Looks again at that token, or at every one that is waited for: an answer may have come in, by way of another process too. */
  look(token?: string): void;
}

/** Waits on `clock` for answers kept in `tokens`. */
export function answers(tokens: TaskTokens, clock: Clock): Answers {
  const waiting = new Map<string, (outcome: TokenOutcome) => void>();

  const look = (only?: string) => {
    for (const token of only === undefined ? waiting.keys() : [only]) {
      const tell = waiting.get(token);
      const outcome = tell && tokens.read(token)?.outcome;
      if (outcome !== undefined) tell?.(outcome);
    }
  };

  const expireWithoutHeartbeat = async (token: string, heartbeatMs: number, signal: AbortSignal): Promise<never> => {
    for (let beatAt = clock.now(); ; ) {
      await clock.sleep(beatAt + heartbeatMs - clock.now(), signal);
      const latest = Math.max(tokens.read(token)?.heartbeatAt ?? 0, beatAt);
      if (latest === beatAt)
        throw new TaskFailure('States.HeartbeatTimeout', `no heartbeat for ${heartbeatMs / 1000} s`);
      beatAt = latest;
    }
  };

  const wait = async (request: TaskRequest, token: string, send: () => Promise<Json>): Promise<Json> => {
    tokens.open(token, request.executionArn);
    const answered = new Promise<TokenOutcome>((resolve) => waiting.set(token, resolve));
    const over = new AbortController();
    const signal = AbortSignal.any([request.signal, over.signal]);
    try {
      look(token);
      const isAnswered = tokens.read(token)?.outcome !== undefined;
      // Both only after a restart: what was accepted, or even answered, is not sent again.
      if (!isAnswered && request.submitted !== true) request.onSubmitted?.(await send());
      const ends: Promise<TokenOutcome>[] = [answered, aborted(signal)];
      if (request.heartbeatMs !== undefined) ends.push(expireWithoutHeartbeat(token, request.heartbeatMs, signal));
      for (const end of ends) end.catch(() => {});
      return conclude(await Promise.race(ends));
    } finally {
      waiting.delete(token);
      over.abort(OVER);
    }
  };

  return { wait, look };
}

/** Made once: an abort without a reason makes one of its own each time. */
const OVER = new Error('the task is over');

function conclude(outcome: TokenOutcome): Json {
  if (outcome.kind === 'success') return outcome.output;
  // Step Functions lets both be left out.
  throw new TaskFailure(outcome.error ?? '', outcome.cause ?? '');
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
