/** What a recovery says of itself at its end: by its output, or where something is not whole by the cause with which it fails. */
import { z } from 'zod';
import type { ExecutionDescription } from '../engine/verbs.ts';
import type { Recovery } from './runs.ts';

const mended = z.object({ instanceId: z.string(), outcome: z.string(), reason: z.string() });
const report = z.object({
  mended: z.array(mended).default([]),
  restored: z.array(z.string()).default([]),
  undelivered: z.array(z.string()).default([]),
  notWhole: z.string().exactOptional(),
});

/** The report of a `recover` execution that is over. */
export function recoveryReport(
  ended: Pick<ExecutionDescription, 'status' | 'output' | 'error' | 'cause'>,
): Omit<Recovery, 'runId' | 'group'> {
  const { status, output, error, cause } = ended;
  if (status === 'SUCCEEDED') return report.parse(JSON.parse(output ?? '{}'));
  const said = report.safeParse(parsed(cause ?? '')).data;
  const notWhole = said?.notWhole ?? cause ?? error ?? status;
  return { mended: [], restored: [], undelivered: [], ...said, notWhole };
}

/** Stopped or timed out, it says nothing that it would have written itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
