/** What a run meets beside permissions: agents, the bucket of its lists, health URLs, quotas. */

import type { ServiceQuota } from '@aws-sdk/client-service-quotas';
import type { Clock } from '../../interpreter/ports.ts';
import type { HealthCheck, Policy } from '../../policies/policy.ts';
import { isDenied } from '../aws/explain.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { mapLimited } from '../fleet/pages.ts';
import { checkHealth } from '../health/check.ts';
import type { HttpGet } from '../http/http.ts';
import type { Scope } from '../permissions/statements.ts';
import { sort } from '../plan/eligible.ts';
import type { Account } from './account.ts';
import { type Finding, said, troubleOf } from './finding.ts';

/** Whether every instance could be patched now, as a plan would see it. */
export function checkInstances(fleets: Fleet[]): Finding[] {
  return fleets.flatMap(({ group, instances }): Finding[] => {
    const { eligible, untouchable } = sort(instances);
    const fine: Finding = {
      check: 'instances',
      standing: 'ok',
      message: `${group.name}: ${eligible.length} of ${instances.length} in service and healthy, their agents online and their patches scanned`,
    };
    const troubles = untouchable.map(
      ({ problem }): Finding => ({
        check: 'instances',
        standing: 'bad',
        message: `${group.name}: ${problem.message}`,
        remedy: problem.remedy,
      }),
    );
    return eligible.length === 0 && instances.length > 0 ? troubles : [fine, ...troubles];
  });
}

/** Whether the bucket is there that runs put their lists into; whether the instances may read them is not seen from here. */
export async function checkOverrideList({ overrideList, partition }: Scope, account: Account): Promise<Finding[]> {
  if (overrideList === undefined) {
    const message =
      'the policy names no bucket (patches.overrideList): runs install what the registered baselines approve';
    return [{ check: 'override-list', standing: 'ok', message }];
  }
  const { bucket, prefix } = overrideList;
  const lists = `arn:${partition}:s3:::${bucket}/${prefix}*`;
  const read: Finding = {
    check: 'override-list',
    standing: 'not-checked',
    message: `whether the instances may read the lists in ${bucket}: that is up to their role and the bucket's policy`,
    remedy: 'Their role needs this statement.',
    statements: [{ Sid: 'ReadOverrideLists', Effect: 'Allow', Action: ['s3:GetObject'], Resource: [lists] }],
  };
  return [await bucketFinding(bucket, account), read];
}

async function bucketFinding(bucket: string, account: Account): Promise<Finding> {
  try {
    await account.findBucket(bucket);
    return { check: 'override-list', standing: 'ok', message: `the bucket ${bucket} is there` };
  } catch (error) {
    const mend = (message: string, remedy: string): Finding => ({
      check: 'override-list',
      standing: 'bad',
      message,
      remedy,
    });
    const another = 'name another in patches.overrideList.';
    const status = statusOf(error);
    if (status === 404) return mend(`there is no bucket ${bucket}`, `Create it, or ${another}`);
    if (status === 301) return mend(`the bucket ${bucket} is in another region`, `Create one here, and ${another}`);
    if (status !== 403) return troubleOf('override-list', `the bucket ${bucket}`, error);
    return {
      check: 'override-list',
      standing: 'not-checked',
      message: `whether the bucket ${bucket} is there: you may not list it, or it is another account's`,
      remedy: 'Allow yourself s3:ListBucket on it (drydock doctor --print-policy doctor).',
    };
  }
}

/** HeadBucket answers without a body: there is no code in it, only the status. */
function statusOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return metadata.httpStatusCode;
}

/** Instances of a group whose checks are made: each that does not answer costs its whole time limit. */
const HEALTH_A_GROUP = 10;
const AT_ONCE = 8;

export interface HealthAsked {
  policy: Policy;
  fleets: Fleet[];
  httpGet: HttpGet;
  clock: Clock;
}

/** One attempt at each check of some instances of each group, made from here. */
export async function checkUrls({ policy, fleets, httpGet, clock }: HealthAsked): Promise<Finding[]> {
  if (policy.health.length === 0) {
    return [{ check: 'health', standing: 'ok', message: 'the policy has no health check: target groups alone judge' }];
  }
  const chosen = fleets.flatMap(({ group, instances }) =>
    instances.slice(0, HEALTH_A_GROUP).map((instance) => ({ group: group.name, instance })),
  );
  const left = fleets.reduce((sum, { instances }) => sum + Math.max(0, instances.length - HEALTH_A_GROUP), 0);
  const { signal } = new AbortController();
  const checks: HealthCheck[] = policy.health.map((check) => ({ ...check, consecutive: 1, withinSeconds: 0 }));
  const found = await mapLimited(chosen, AT_ONCE, async ({ group, instance }) => {
    const { privateIp, publicIp, privateDnsName, instanceId } = instance;
    const named = {
      instanceId,
      privateIp: privateIp ?? null,
      publicIp: publicIp ?? null,
      privateDnsName: privateDnsName ?? null,
    };
    const result = await checkHealth({ checks, instance: named, httpGet, clock, signal });
    return result.checks.map((check) => urlFinding(`${group} ${instanceId}`, check));
  });
  const rest: Finding = { check: 'health', standing: 'not-checked', message: `the checks of ${left} more instances` };
  return [...found.flat(), ...(left > 0 ? [rest] : [])];
}

function urlFinding(who: string, check: { healthy: boolean; lastReason: string; latencyMs: number | null }): Finding {
  const message = `${who}: ${check.lastReason}`;
  if (check.healthy) return { check: 'health', standing: 'ok', message };
  if (check.latencyMs !== null) {
    return {
      check: 'health',
      standing: 'bad',
      message,
      remedy: 'A run leaves it alone until it answers as the policy expects.',
    };
  }
  return {
    check: 'health',
    standing: 'not-checked',
    message: `${message} (from here)`,
    remedy:
      'The embedded engine checks from where it runs: run it where this is reachable. On AWS a function in the VPC makes the checks.',
  };
}

/** Quotas that a run can come near, by their names in Service Quotas. */
const QUOTAS: { service: string; name: RegExp; need: (fleets: Fleet[]) => number; what: string }[] = [
  {
    service: 'ebs',
    name: /^snapshots per region$/i,
    need: (fleets) => fleets.reduce((sum, { instances }) => sum + instances.length, 0),
    what: 'one snapshot an instance, beside those that are there already',
  },
  {
    service: 'states',
    name: /^open map runs$/i,
    need: (fleets) => fleets.length,
    what: 'one at a time for each group, where runs are carried out by Step Functions',
  },
];

/** Whether the account's quotas leave room for a run on all groups at once. */
export function checkQuotas(fleets: Fleet[], account: Account): Promise<Finding[]> {
  return Promise.all(
    QUOTAS.map(async ({ service, name, need, what }): Promise<Finding> => {
      try {
        const quota = (await account.quotas(service)).find(({ QuotaName = '' }) => name.test(QuotaName));
        return quotaFinding(quota, service, need(fleets), what);
      } catch (error) {
        const remedy = 'Allow yourself servicequotas:ListServiceQuotas (drydock doctor --print-policy doctor).';
        return {
          check: 'quotas',
          standing: 'not-checked',
          message: `the quotas of ${service}: ${said(error)}`,
          ...(isDenied(error) ? { remedy } : {}),
        };
      }
    }),
  );
}

function quotaFinding(quota: ServiceQuota | undefined, service: string, need: number, what: string): Finding {
  if (quota?.Value === undefined) {
    return { check: 'quotas', standing: 'not-checked', message: `${service}: Service Quotas does not tell of ${what}` };
  }
  const message = `${service}: ${quota.QuotaName} is ${quota.Value}; a run needs ${need} (${what})`;
  if (need <= quota.Value) return { check: 'quotas', standing: 'ok', message };
  const remedy = `Ask for a higher quota ${quota.QuotaCode ?? ''} in Service Quotas, or run group by group.`;
  return { check: 'quotas', standing: 'bad', message, remedy };
}
