/** One attempt of a check: ask, follow redirects where that is wished, judge the answer. */
import type { HealthCheck } from '../../policies/policy.ts';
import type { HttpAnswer, HttpGet } from '../http/http.ts';
import { shown, urlToAsk } from '../http/target.ts';
import { acceptsStatus, whatIsWrong } from './expectation.ts';

const MAX_HOPS = 3;
const MAX_BODY_BYTES = 64 * 1024;
const REDIRECTS = [301, 302, 303, 307, 308];

export interface Attempt {
  healthy: boolean;
  /** `GET http://10.0.1.5:80/healthz → 503 in 12 ms, expected 200-299`. */
  reason: string;
  /** All hops together; null when there was no answer. */
  latencyMs: number | null;
}

/** Asks `url` once as `check` says. Rejects only with the signal's reason. */
export async function attempt(
  check: HealthCheck,
  url: string,
  httpGet: HttpGet,
  signal: AbortSignal,
): Promise<Attempt> {
  let hop: Hop = { url, spentMs: 0 };
  for (let hops = 0; ; hops++) {
    const answer = await ask(check, hop, httpGet, signal);
    if ('trouble' in answer) return { healthy: false, reason: `${line(hop.url)} ${answer.trouble}`, latencyMs: null };
    const latencyMs = hop.spentMs + answer.latencyMs;
    const next = redirect(check, hop.url, answer, hops);
    if (next !== undefined && 'url' in next) {
      hop = { url: next.url, spentMs: latencyMs };
      continue;
    }
    const wrong = next?.trouble ?? whatIsWrong(check, { ...answer, latencyMs });
    const reason = `${line(hop.url)} ${answer.status} in ${Math.round(latencyMs)} ms`;
    return { healthy: wrong === undefined, reason: wrong === undefined ? reason : `${reason}, ${wrong}`, latencyMs };
  }
}

interface Hop {
  url: string;
  /** What the hops before it took of the time. */
  spentMs: number;
}

async function ask(
  check: HealthCheck,
  { url, spentMs }: Hop,
  httpGet: HttpGet,
  signal: AbortSignal,
): Promise<HttpAnswer | { trouble: string }> {
  const timeoutMs = check.timeoutSeconds * 1000 - spentMs;
  if (timeoutMs <= 0) return { trouble: `no answer in ${check.timeoutSeconds} s` };
  try {
    const { headers, insecure } = check;
    return await httpGet({ url, headers, insecure, timeoutMs, maxBodyBytes: MAX_BODY_BYTES, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { trouble: error instanceof Error ? error.message : String(error) };
  }
}

/** Where the answer sends us, or why we do not go there; undefined when the answer is to be judged as it is. */
function redirect(
  check: HealthCheck,
  from: string,
  { status, headers }: HttpAnswer,
  hops: number,
): { url: string } | { trouble: string } | undefined {
  const location = headers.location;
  if (!REDIRECTS.includes(status) || location === undefined) return undefined;
  if (!check.followRedirects) {
    return acceptsStatus(check, status) ? undefined : { trouble: `redirect to ${shown(location)} not followed` };
  }
  const target = urlToAsk(location, from);
  const to = 'url' in target ? shown(target.url) : shown(location);
  const refused = (why: string) => ({ trouble: `redirect to ${to} not followed: ${why}` });
  if (hops >= MAX_HOPS) return refused(`it is the ${MAX_HOPS + 1}th in a row`);
  if ('trouble' in target) return refused(target.trouble);
  const [here, there] = [new URL(from), new URL(target.url)];
  if (here.hostname !== there.hostname) return refused('it leads to another host');
  // The check's headers may hold a secret, which would go over the wire in the clear.
  if (here.protocol === 'https:' && there.protocol === 'http:') return refused('it leads from https to http');
  return target;
}

function line(url: string): string {
  return `GET ${shown(url)} →`;
}
