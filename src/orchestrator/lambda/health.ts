/** The health check as a Lambda: instances are private, and only a function in their network reaches them. */
import { z } from 'zod';
import type { Clock } from '../../interpreter/ports.ts';
import { checkHealth } from '../health/check.ts';
import type { HealthResult } from '../health/result.ts';
import type { HttpGet } from '../http/http.ts';

const name = z.string().nullish();

const healthCheck = z.object({
  url: z.string(),
  status: z.array(z.object({ from: z.int(), to: z.int() })),
  body: z.string(),
  json: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  headers: z.record(z.string(), z.string()),
  consecutive: z.int().min(1),
  // Without a pause between attempts a check that fails at once would be an attack.
  intervalSeconds: z.number().positive(),
  timeoutSeconds: z.number().positive(),
  withinSeconds: z.number().nonnegative(),
  maxLatencyMs: z.number().positive().exactOptional(),
  followRedirects: z.boolean(),
  insecure: z.boolean(),
});

const event = z.object({
  instance: z.object({ instanceId: z.string(), privateIp: name, publicIp: name, privateDnsName: name }),
  checks: z.array(healthCheck),
  /** A single attempt of each check counts: a look at how things are, not a wait until they are well. */
  once: z.boolean().default(false),
});

export interface HealthDependencies {
  httpGet: HttpGet;
  clock: Clock;
}

/**
 * Takes `{ instance, checks, once? }`, the checks as a `HealthCheck` of the policy has them; gives a `HealthResult`.
 * Unhealthy is a result, not an error; rejects when the event is malformed, or with the signal's reason.
 */
export function healthHandler({ httpGet, clock }: HealthDependencies) {
  return async (input: unknown, signal: AbortSignal = new AbortController().signal): Promise<HealthResult> => {
    const { instance, checks, once } = event.parse(input);
    const asked = once ? checks.map((check) => ({ ...check, consecutive: 1, withinSeconds: 0 })) : checks;
    return checkHealth({ checks: asked, instance, httpGet, clock, signal });
  };
}
