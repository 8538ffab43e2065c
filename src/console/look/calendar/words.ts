/** A policy in words, for people who do not read YAML. */
import { formatDuration } from '../../../policies/duration.ts';
import type { Environment, PatchRule } from '../../../policies/policy.ts';

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
