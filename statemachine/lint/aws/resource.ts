/** What a Task's `Resource` names. */

import { OPTIMISED } from './optimised.ts';
import { loadService, SERVICES, type Service } from './sdk.ts';
import type { Operation } from './shape.ts';

export type AwsCall = { service: string; operation: Operation } | { trouble: string };

export type Services = ReadonlyMap<string, Service>;

/** Loads the schemas of the services that the resources name; a few hundred milliseconds for EC2's. */
export async function loadServices(resources: readonly string[]): Promise<Services> {
  const names = new Set(resources.map((resource) => sdkParts(resource)?.service ?? ''));
  const loaded = await Promise.all([...names].map(async (name) => [name, await loadService(name)] as const));
  return new Map(loaded.flatMap(([name, service]) => (service ? [[name, service] as const] : [])));
}

/** Finds what the resource calls, or says why it calls nothing. */
export function callOf(resource: string, services: Services): AwsCall {
  const sdk = sdkParts(resource);
  if (sdk !== undefined) {
    const { service, action } = sdk;
    const known = services.get(service);
    if (known === undefined)
      return { trouble: `no client of ${service} is here to check it by; there are ${SERVICES.join(', ')}` };
    const operation = known.operations.get(action);
    return operation
      ? { service, operation }
      : { trouble: `${service} has no action ${action}${similar(action, known)}` };
  }
  const name = /^arn:aws:states:::([\w-]+:\w+(?:\.sync(?::2)?)?)(?:\.waitForTaskToken)?$/.exec(resource)?.[1] ?? '';
  const operation = OPTIMISED.get(name);
  if (operation !== undefined) return { service: name.split(':')[0] ?? '', operation };
  return {
    trouble: `not an integration that is known here: aws-sdk:<service>:<action>, ${[...OPTIMISED.keys()].join(', ')}`,
  };
}

/** The service and action of an SDK integration; undefined for any other resource. */
export function sdkParts(resource: string): { service: string; action: string } | undefined {
  const [, service, action] = /^arn:aws:states:::aws-sdk:(\w+):(\w+)(?:\.waitForTaskToken)?$/.exec(resource) ?? [];
  return service === undefined || action === undefined ? undefined : { service, action };
}

function similar(action: string, { operations }: Service): string {
  const same = [...operations.keys()].find((name) => name.toLowerCase() === action.toLowerCase());
  return same === undefined ? '' : `; it is written ${same}`;
}
