/** A policy in words, for people who do not read YAML. */
import { formatDuration } from '../../../policies/duration.ts';
import type { Environment, PatchRule, Policy } from '../../../policies/policy.ts';

/** The environments in the order in which patches come to them: those behind a gate after the one that they wait for. */
export function inGateOrder({ environments }: Pick<Policy, 'environments'>): Environment[] {
  const ordered = new Map<string, Environment>();
  const add = (environment: Environment | undefined, above: readonly string[]): void => {
    if (environment === undefined || ordered.has(environment.name) || above.includes(environment.name)) return;
    const { after } = environment.gate ?? {};
    if (after !== undefined && Object.hasOwn(environments, after)) {
      add(environments[after], [...above, environment.name]);
    }
    ordered.set(environment.name, environment);
  };
  for (const environment of Object.values(environments)) add(environment, []);
  return [...ordered.values()];
}

/** When patches are approved in an environment. */
export function environmentWords({ leadSeconds, gate }: Environment): string {
  const lead =
    leadSeconds === 0
      ? 'Each patch once the delay of its rule is over'
      : `Each patch ${formatDuration(leadSeconds)} before the delay of its rule is over, never before its release`;
  if (gate === undefined) return `${lead}.`;
  const soak = formatDuration(gate.soakSeconds);
  return `${lead}, and only once a run in ${gate.after} has succeeded with it at least ${soak} ago.`;
}

/** Which patches a rule is for. `isFirst`: no rule comes before it. */
export function matchWords({ match }: PatchRule, isFirst: boolean): string {
  const parts = [...some('class', match.classification), ...some('severity', match.severity), ...some('id', match.id)];
  if (parts.length > 0) return parts.join(', and ');
  return isFirst ? 'every patch' : 'every other patch';
}

function some(what: string, words: readonly string[]): string[] {
  return words.length === 0 ? [] : [`${what} ${words.join(' or ')}`];
}
