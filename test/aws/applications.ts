/**
 * The applications of a fleet's instances, as one server on loopback: `/{instanceId}/healthz`. Each look at one goes
 * into the gateway's record, so that a test can tell what was checked before what.
 */
import type { Gateway } from './gateway.ts';
import { type Listening, listen } from './listen.ts';
import type { Machines } from './machines.ts';

export interface Applications extends Listening {
  /** From now on this instance's application does not survive being patched; with its root volume back it answers again. */
  breakWhenPatched(instanceId: string): void;
}

/** Starts the applications of one fleet: 200 and `ok`, or 503 once broken. */
export async function startApplications(machines: Machines, gateway: Gateway): Promise<Applications> {
  const fragile = new Set<string>();
  const listening = await listen((request, response) => {
    const instanceId = /^\/(i-[0-9a-f]+)\/healthz$/.exec(request.url ?? '')?.[1];
    const broken = instanceId !== undefined && fragile.has(instanceId) && machines.isPatched(instanceId);
    const status = instanceId === undefined ? 404 : broken ? 503 : 200;
    const instanceIds = instanceId === undefined ? [] : [instanceId];
    gateway.record({ service: 'application', action: 'healthz', input: {}, instanceIds, at: Date.now(), status });
    response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'ok' : 'no');
  });
  return { ...listening, breakWhenPatched: (instanceId) => fragile.add(instanceId) };
}
