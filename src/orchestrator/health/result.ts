/** What a health check says of an instance, as it goes from the function that made it into a history, and from there onto a page. */
import { z } from 'zod';

export const checkResult = z.object({
  url: z.string(),
  healthy: z.boolean(),
  attempts: z.number(),
  /** All of them, not only those in a row. */
  successes: z.number(),
  /** What the last attempt, or what kept there from being one, said. */
  lastReason: z.string(),
  /** Of the last attempt; null when it got no answer. */
  latencyMs: z.number().nullable(),
});

export const healthResult = z.object({
  healthy: z.boolean(),
  /** One line for a person: what failed, or that nothing did. */
  reason: z.string(),
  checks: z.array(checkResult),
});

export type CheckResult = z.infer<typeof checkResult>;
export type HealthResult = z.infer<typeof healthResult>;
