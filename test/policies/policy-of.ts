import { findEnvironment } from '../../src/policies/groups.ts';
import { parsePolicy } from '../../src/policies/parse.ts';
import type { Environment, PatchRule, Policy } from '../../src/policies/policy.ts';
import { formatProblem, type PolicyProblem } from '../../src/policies/problem.ts';

/** The policy that a text says; fails with its problems when it says none. */
export function policyOf(text: string): Policy {
  const result = parsePolicy(text, 'policy.yaml');
  if ('problems' in result) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.policy;
}

/** The problems of a text; fails when it has none. */
export function problemsOf(text: string): PolicyProblem[] {
  const result = parsePolicy(text, 'policy.yaml');
  if ('policy' in result) throw new Error('the policy has no problems');
  return result.problems;
}

/** The environment of this name; fails when the policy has none. */
export function environmentOf(policy: Policy, name: string): Environment {
  const environment = findEnvironment(policy, name);
  if (environment === undefined) throw new Error(`no environment ${name}`);
  return environment;
}

/** The rule of this name; fails when the policy has none. */
export function ruleOf(policy: Policy, name: string): PatchRule {
  const rule = policy.patches.rules.find((each) => each.name === name);
  if (rule === undefined) throw new Error(`no rule ${name}`);
  return rule;
}
