/** Looks at everything that a run needs, and says of each thing how it stands. Changes nothing. */
import type { Clock } from '../../interpreter/ports.ts';
import { matchGroup } from '../../policies/groups.ts';
import type { Policy } from '../../policies/policy.ts';
import type { Cloud } from '../aws/cloud.ts';
import { DrydockError } from '../errors.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { findGroups, readFleet } from '../fleet/read.ts';
import { type Selection, selectGroups } from '../fleet/select.ts';
import type { HttpGet } from '../http/http.ts';
import { type PermissionSet, scopeOf } from '../permissions/sets.ts';
import type { Account, Identity } from './account.ts';
import { type Finding, troubleOf } from './finding.ts';
import { checkPermissions } from './permissions.ts';
import { checkInstances, checkOverrideList, checkQuotas, checkUrls } from './surroundings.ts';

export interface Patient {
  cloud: Cloud;
  account: Account;
  httpGet: HttpGet;
  clock: Clock;
  region: string;
  policy: Policy;
  /** What the credentials are to be good for. */
  set: PermissionSet;
  /** Absent: all groups that the policy puts in an environment. */
  selection?: Selection;
  /** Told what is looked at next. */
  progress(line: string): void;
}

export interface Diagnosis {
  /** Absent when the credentials did not do. */
  identity?: Identity;
  region: string;
  policy: string;
  groups: string[];
  findings: Finding[];
}

/** All findings at once: what could not be looked at is one of them. */
export async function examine(patient: Patient): Promise<Diagnosis> {
  const { cloud, account, policy, region, set, progress } = patient;
  const about = { region, policy: policy.name };
  progress('asking AWS who you are');
  const asked = await account.identity().catch((error: unknown) => troubleOf('credentials', 'your credentials', error));
  if ('standing' in asked) return { ...about, groups: [], findings: [asked, REST_NOT_CHECKED] };
  const [, partition = 'aws'] = asked.arn.split(':');
  progress('reading the groups');
  const { fleets, findings: reading } = await readGroups(patient);
  const groups = fleets.map(({ group }) => group.name);
  const scope = scopeOf(policy, { partition, region, account: asked.account }, groups.length === 0 ? {} : { groups });
  progress(`checking permissions, agents and health URLs of ${groups.join(', ') || 'no group'}`);
  const sections = await Promise.all([
    checkPermissions({ account, cloud, identity: asked, set, scope, fleets }),
    checkInstances(fleets),
    checkOverrideList(scope, account),
    checkUrls({ ...patient, fleets }),
    checkQuotas(fleets, account),
  ]);
  const who: Finding = {
    check: 'credentials',
    standing: 'ok',
    message: `${asked.arn} in account ${asked.account}, region ${region}`,
  };
  return { identity: asked, ...about, groups, findings: [who, ...reading, ...sections.flat()] };
}

const REST_NOT_CHECKED: Finding = {
  check: 'permissions',
  standing: 'not-checked',
  message: 'everything else: without credentials AWS tells nothing',
};

/** The groups that are meant. A selection that means none is bad input and rejects; a group that cannot be read is a finding. */
async function readGroups({ cloud, policy, selection, region, clock }: Patient) {
  const findings: Finding[] = [];
  const fleets: Fleet[] = [];
  try {
    const listed = await findGroups(cloud);
    const names =
      selection === undefined
        ? listed.filter((group) => matchGroup(policy, group) !== undefined).map(({ name }) => name)
        : selectGroups(listed, policy, selection).map(({ name }) => name);
    if (names.length === 0) findings.push(noGroups(policy, listed.length));
    const now = new Date(clock.now()).toISOString();
    for (const name of names.sort()) fleets.push(await readFleet(cloud, name, { region, now }));
  } catch (error) {
    if (error instanceof DrydockError) throw error;
    findings.push(troubleOf('instances', 'the groups cannot be read', error));
  }
  return { fleets, findings };
}

function noGroups({ name }: Policy, count: number): Finding {
  return {
    check: 'instances',
    standing: 'bad',
    message: `the policy ${name} matches none of the ${count} Auto Scaling groups of this account and region`,
    remedy: 'Its groups section matches by name, pattern or tag; check --region and --profile too.',
  };
}
