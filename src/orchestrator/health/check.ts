/** Is an instance healthy? Its checks are made side by side, each until enough successes came in a row or can no more come in time. */
import type { Clock } from '../../interpreter/ports.ts';
import type { HealthCheck } from '../../policies/policy.ts';
import type { HttpGet } from '../http/http.ts';
import { type CheckedInstance, shown, targetOf } from '../http/target.ts';
import { shortened } from '../printable.ts';
import { type Attempt, attempt } from './attempt.ts';
import type { CheckResult, HealthResult } from './result.ts';

/** What a result says goes into the state of an execution, which holds 256 KiB of everything: a pattern of the policy alone may be as long. */
const LONGEST_REASON = 2000;
const LONGEST_OF_A_CHECK = 500;

export interface CheckHealthOptions {
  checks: HealthCheck[];
  instance: CheckedInstance;
  httpGet: HttpGet;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Makes all checks of an instance. Attempts begin `intervalSeconds` after one another, the last not later than
 * `withinSeconds` after the first. Being unhealthy is a result; rejects only with the signal's reason.
 */
export async function checkHealth(options: CheckHealthOptions): Promise<HealthResult> {
  const outcomes = await Promise.all(options.checks.map((check) => runCheck(check, options)));
  const failed = outcomes.filter(({ result }) => !result.healthy);
  return {
    healthy: failed.length === 0,
    reason: shortened(
      failed.length === 0 ? allPassed(outcomes) : failed.map(({ summary }) => summary).join('; '),
      LONGEST_REASON,
    ),
    checks: outcomes.map(({ result }) => result),
  };
}

interface Outcome {
  result: CheckResult;
  /** `3 of 3 failed: GET … → 503 in 12 ms`. */
  summary: string;
}

async function runCheck(check: HealthCheck, options: CheckHealthOptions): Promise<Outcome> {
  const target = targetOf(check.url, options.instance);
  if ('trouble' in target) return notMade(check, check.url, target.trouble);
  const seconds = (check.consecutive - 1) * check.intervalSeconds;
  if (seconds > check.withinSeconds) {
    const trouble = `${check.consecutive} successes ${check.intervalSeconds} s apart do not fit in ${check.withinSeconds} s`;
    return notMade(check, target.url, trouble);
  }
  return outcomeOf(check, target.url, await attempts(check, target.url, options));
}

/** All attempts of a check, in order: they end when the last `consecutive` succeeded, or cannot any more in time. */
async function attempts(check: HealthCheck, url: string, options: CheckHealthOptions): Promise<Attempt[]> {
  const { httpGet, clock, signal } = options;
  const made: Attempt[] = [];
  const intervalMs = check.intervalSeconds * 1000;
  const lastBegin = clock.now() + check.withinSeconds * 1000;
  for (;;) {
    const next = clock.now() + intervalMs;
    made.push(await attempt(check, url, httpGet, signal));
    const missing = check.consecutive - inARow(made);
    const begin = Math.max(next, clock.now());
    if (missing <= 0 || begin + (missing - 1) * intervalMs > lastBegin) return made;
    await clock.sleep(begin - clock.now(), signal);
  }
}

function inARow(made: Attempt[]): number {
  return made.length - 1 - made.findLastIndex(({ healthy }) => !healthy);
}

function notMade(check: HealthCheck, url: string, trouble: string): Outcome {
  const summary = `GET ${shown(url)} not made: ${trouble}`;
  const lastReason = shortened(summary, LONGEST_OF_A_CHECK);
  const result = { url: check.url, healthy: false, attempts: 0, successes: 0, lastReason, latencyMs: null };
  return { result, summary: lastReason };
}

function outcomeOf(check: HealthCheck, url: string, made: Attempt[]): Outcome {
  const streak = inARow(made);
  const failures = made.filter(({ healthy }) => !healthy);
  const last = made.at(-1);
  const lastReason = shortened(last?.reason ?? '', LONGEST_OF_A_CHECK);
  const lastFailure = shortened(failures.at(-1)?.reason ?? '', LONGEST_OF_A_CHECK);
  const healthy = streak >= check.consecutive;
  // When the last ones succeeded and only the time ran out, the failure alone would look like the end.
  const late =
    streak > 0 ? `, then ${streak} of ${check.consecutive} successes in a row in ${check.withinSeconds} s` : '';
  return {
    result: {
      url: shown(url),
      healthy,
      attempts: made.length,
      successes: made.length - failures.length,
      lastReason,
      latencyMs: last?.latencyMs ?? null,
    },
    summary: healthy ? lastReason : `${failures.length} of ${made.length} failed: ${lastFailure}${late}`,
  };
}

function allPassed(outcomes: Outcome[]): string {
  const [only, ...more] = outcomes;
  if (only === undefined) return 'no health check is configured';
  return more.length === 0 ? only.summary : `all ${outcomes.length} checks passed`;
}
