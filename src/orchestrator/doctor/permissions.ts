/** Whether the caller may do all that a run does. */

import type { Cloud } from '../aws/cloud.ts';
import { isDenied } from '../aws/explain.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { type PermissionSet, statementsFor } from '../permissions/sets.ts';
import type { Scope } from '../permissions/statements.ts';
import type { Account, Identity } from './account.ts';
import { type Finding, said } from './finding.ts';
import { probe } from './probes.ts';
import { principalOf, simulate } from './simulation.ts';

export interface PermissionsAsked {
  account: Account;
  cloud: Cloud;
  identity: Identity;
  set: PermissionSet;
  /** With the groups, region and account that are meant. */
  scope: Scope;
  fleets: Fleet[];
}

/** Simulates the policies of the caller; where IAM does not let them be, tries what can be tried without effect. */
export async function checkPermissions(asked: PermissionsAsked): Promise<Finding[]> {
  const { account, cloud, identity, set, scope, fleets } = asked;
  const principal = await principalOf(identity, account);
  if ('root' in principal) return [root()];
  const statements = statementsFor(set, scope);
  // What the policy has no use for is in no statement, and need not be allowed.
  const actions = [...new Set(statements.flatMap(({ Action }) => Action))].sort();
  if ('trouble' in principal) return [notSimulated(principal.trouble), ...(await probe(actions, cloud, fleets, scope))];
  const groupArns = fleets.map(({ group }) => group.arn);
  try {
    const findings: Finding[] = [];
    for (const statement of statements) {
      findings.push(...(await simulate(statement, principal.arn, groupArns, account)));
    }
    return [...findings, NOT_SEEN];
  } catch (error) {
    const why = isDenied(error) ? 'iam:SimulatePrincipalPolicy is denied' : said(error);
    return [notSimulated(why), ...(await probe(actions, cloud, fleets, scope))];
  }
}

function root(): Finding {
  return {
    check: 'permissions',
    standing: 'ok',
    message: 'these are the credentials of the root user, who may do everything in the account',
    remedy: 'Use a role that may do less: drydock doctor --print-policy run.',
  };
}

function notSimulated(why: string): Finding {
  return {
    check: 'permissions',
    standing: 'not-checked',
    message: `your policies were not simulated: ${why}`,
    remedy:
      'Allow yourself iam:SimulatePrincipalPolicy (drydock doctor --print-policy doctor), which tells of every action.',
  };
}

const NOT_SEEN: Finding = {
  check: 'permissions',
  standing: 'not-checked',
  message: 'session policies, and the policies of buckets and keys: IAM does not simulate them',
};
