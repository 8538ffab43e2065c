/** Health checks of simulated machines: without a network in virtual time, or over real HTTP on 127.0.0.1. */
import type { EngineClock } from '../orchestrator/engine/clock.ts';
import type { HttpGet, HttpPost } from '../orchestrator/http/http.ts';
import { nodeHttpGet } from '../orchestrator/http/node-http.ts';
import type { Loopback } from '../simulator/loopback.ts';
import type { SimulatedCloud } from '../simulator/simulated-cloud.ts';

/** Asks the simulated machine itself; the answer takes its time on `clock`. */
export function virtualHttpGet(cloud: SimulatedCloud, clock: EngineClock): HttpGet {
  return async ({ url, timeoutMs, signal }) => {
    const answer = answerAt(cloud, url);
    await clock.sleep(Math.min(answer.latencyMs, timeoutMs), signal);
    if (answer.latencyMs > timeoutMs) throw new Error(`no answer in ${timeoutMs / 1000} s`);
    return answer;
  };
}

function answerAt(cloud: SimulatedCloud, url: string) {
  try {
    return cloud.respond(url);
  } catch (error) {
    throw new Error('connection refused', { cause: error });
  }
}

/** Hooks and webhooks of a simulated rollout: taken for well received, and sent to nobody. */
export const simulatedHttpPost: HttpPost = async () => ({ status: 200, headers: {}, body: '', latencyMs: 0 });

/** Sends requests for the machines' addresses to their servers on this computer; the clock stands still meanwhile. */
export function loopbackHttpGet(loopback: Loopback, clock: EngineClock): HttpGet {
  const get = nodeHttpGet({ route: (host, port) => loopback.address(host, port) });
  return (request) => clock.busy(get(request));
}
