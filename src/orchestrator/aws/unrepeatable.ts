/** Calls that would do their work twice when a process makes them that goes on with what a dead one left. */
import type { TaskRequest } from '../../interpreter/ports.ts';
import type { Dispatcher } from './dispatcher.ts';
import { awsTaskFailure } from './error-names.ts';

/** They take no client token. Definitions look for what such a call did before they make it again. */
const UNREPEATABLE = new Set(['ssm:sendCommand', 'autoscaling:executePolicy']);

/**
 * `runTask`, which does not repeat such a call: it fails as from Step Functions when the connection was lost before the answer came.
 * Nothing may stand before this that could fail: the next attempt of a Retry is a call of its own, and not a repeated one.
 */
export function neverTwice(runTask: Dispatcher['runTask']): Dispatcher['runTask'] {
  return async (request) => {
    const service = request.repeated === true ? unrepeatable(request) : undefined;
    if (service === undefined) return runTask(request);
    const lost = new Error('the process that made the call ended before its answer came');
    throw awsTaskFailure(service, Object.assign(lost, { code: 'ECONNRESET' }));
  };
}

/** The service of such a call. */
function unrepeatable({ resource }: TaskRequest): string | undefined {
  const [, service, action] = /:aws-sdk:([^:.]+):([^:.]+)$/.exec(resource) ?? [];
  return UNREPEATABLE.has(`${service}:${action}`) ? service : undefined;
}
