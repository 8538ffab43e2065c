/** Which groups a person means, and the environment that the policy puts each in. */
import { findEnvironment, matchGroup } from '../../policies/groups.ts';
import type { Environment, Policy } from '../../policies/policy.ts';
import { DrydockError, EXIT } from '../errors.ts';
import type { ListedGroup } from './read.ts';
import { unknownGroup } from './unknown-group.ts';

export interface Selection {
  /** Auto Scaling groups by name. */
  groups?: readonly string[];
  /** All groups of this environment; with `groups`, those of them that are in it. */
  environment?: string;
}

export interface SelectedGroup {
  name: string;
  environment: Environment;
}

/**
 * The groups of `listed` that `selection` means, in the order it names them, else by name. Throws a `DrydockError` (exit
 * code 2) when it means none, one that is not there, or one that the policy says nothing of.
 */
export function selectGroups(listed: readonly ListedGroup[], policy: Policy, selection: Selection): SelectedGroup[] {
  const { groups, environment } = selection;
  if (environment !== undefined && findEnvironment(policy, environment) === undefined) {
    throw refusal(
      `the policy ${policy.name} has no environment ${environment}`,
      `It has ${Object.keys(policy.environments).join(', ')}.`,
    );
  }
  if (groups !== undefined) return [...new Set(groups)].map((name) => selectOne(listed, policy, name, environment));
  const selected = listed
    .flatMap((group) => {
      const found = matchGroup(policy, group);
      return found === undefined || found.name !== environment ? [] : [{ name: group.name, environment: found }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (selected.length > 0) return selected;
  throw refusal(
    `no Auto Scaling group of this account and region is in environment ${environment} by the policy ${policy.name}`,
    `Its groups section matches by name, pattern or tag; there are ${count(listed.length)} here.`,
  );
}

function selectOne(
  listed: readonly ListedGroup[],
  policy: Policy,
  name: string,
  wanted: string | undefined,
): SelectedGroup {
  const group = listed.find((each) => each.name === name);
  if (group === undefined)
    throw unknownGroup(
      name,
      listed.map((each) => each.name),
    );
  const environment = matchGroup(policy, group);
  if (environment === undefined) {
    throw refusal(
      `the policy ${policy.name} says nothing of the group ${name}: no entry of its groups section matches it`,
      'Add an entry that does, by name, pattern or tag.',
    );
  }
  if (wanted === undefined || environment.name === wanted) return { name, environment };
  throw refusal(`the group ${name} is in environment ${environment.name}, not ${wanted}`, 'Leave out one of the two.');
}

function count(groups: number): string {
  return groups === 1 ? '1 group' : `${groups} groups`;
}

function refusal(message: string, next: string): DrydockError {
  return new DrydockError(message, { exitCode: EXIT.badInput, next });
}
