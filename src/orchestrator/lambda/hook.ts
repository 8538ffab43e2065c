/** A hook that is an HTTP call, as a Lambda: what it asks may lie in the instances' network, as they do. */
import { z } from 'zod';
import type { HttpPost } from '../http/http.ts';
import { shown, targetOf } from '../http/target.ts';

const name = z.string().nullish();

const event = z.object({
  /** With `{privateIp} {publicIp} {instanceId} {privateDnsName}` to be filled in. */
  url: z.string(),
  timeoutSeconds: z.number().positive(),
  hook: z.enum(['beforeDetach', 'afterPatch', 'afterAttach']),
  runId: z.string(),
  groupName: z.string(),
  instance: z.object({ instanceId: z.string(), privateIp: name, publicIp: name, privateDnsName: name }),
});

export interface HookResult {
  ok: boolean;
  /** One line for a person: what was asked, and what it answered. */
  reason: string;
}

/** What is read of an answer: only its status counts. */
const MAX_BODY_BYTES = 1024;

/**
 * Takes `{ url, timeoutSeconds, hook, runId, groupName, instance }`; posts `{ hook, runId, group, instanceId }` as JSON, and follows no
 * redirect. Any answer but 2xx is a hook that failed: a result, not an error. Rejects when the event is malformed, or with the signal's reason.
 */
export function hookHandler(post: HttpPost) {
  return async (input: unknown, signal: AbortSignal = new AbortController().signal): Promise<HookResult> => {
    const { url, timeoutSeconds, hook, runId, groupName, instance } = event.parse(input);
    const target = targetOf(url, instance);
    if ('trouble' in target) return { ok: false, reason: `POST ${shown(url)} not made: ${target.trouble}` };
    const json = JSON.stringify({ hook, runId, group: groupName, instanceId: instance.instanceId });
    const asked = `POST ${shown(target.url)} →`;
    const limits = { timeoutMs: timeoutSeconds * 1000, maxBodyBytes: MAX_BODY_BYTES, insecure: false };
    try {
      const { status, latencyMs } = await post({ url: target.url, headers: {}, json, ...limits, signal });
      return { ok: status >= 200 && status <= 299, reason: `${asked} ${status} in ${latencyMs} ms` };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      return { ok: false, reason: `${asked} ${error instanceof Error ? error.message : String(error)}` };
    }
  };
}
