import { matchesGlob } from './pattern.ts';
import type { Environment, GroupMatch, Policy } from './policy.ts';

/**
 * The environment that an Auto Scaling group belongs to: that of the first entry of `groups` whose every given member
 * holds (exact name, pattern, all tags); undefined when none does, and then the policy says nothing of the group.
 */
export function matchGroup(
  policy: Policy,
  group: { name: string; tags: Record<string, string> },
): Environment | undefined {
  const entry = policy.groups.find(({ match }) => holds(match, group));
  return entry === undefined ? undefined : findEnvironment(policy, entry.environment);
}

/** The environment of this name; undefined when the policy has none. */
export function findEnvironment(policy: Policy, name: string): Environment | undefined {
  return Object.hasOwn(policy.environments, name) ? policy.environments[name] : undefined;
}

function holds(match: GroupMatch['match'], group: { name: string; tags: Record<string, string> }): boolean {
  const { name, pattern, tag = {} } = match;
  const tagsHold = Object.entries(tag).every(
    ([key, value]) => Object.hasOwn(group.tags, key) && group.tags[key] === value,
  );
  return (
    (name === undefined || name === group.name) &&
    (pattern === undefined || matchesGlob(pattern, group.name)) &&
    tagsHold
  );
}
