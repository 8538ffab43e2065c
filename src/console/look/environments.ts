/** The environments of a policy in the order in which patches come to them. */
import type { Environment, Policy } from '../../policies/policy.ts';

/** Those behind a gate after the one that they wait for. */
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
