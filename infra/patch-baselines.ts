/** Patch baselines and patch groups: what Patch Manager approves in each environment, for each operating system. */
import { CfnResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { deployedName } from '../src/orchestrator/step-functions/deployed.ts';
import { type BaselineProblem, compileBaselines } from '../src/policies/baselines.ts';
import { OPERATING_SYSTEMS, type OperatingSystem, type Policy } from '../src/policies/policy.ts';

/** What instances carry in their tag `Patch Group` for the baselines of an environment. */
export function patchGroup(policy: string, environment: string): string {
  return `${deployedName(policy)}-${environment}`;
}

/** A baseline that is not there, because Patch Manager cannot keep the policy on that operating system. */
export type LeftOut = BaselineProblem & { environment: string };

/**
 * A baseline for each environment and operating system, and its patch group. Of `asked` systems none may be left out: an Error says why
 * the policy cannot be kept there. When none are asked for, it is all on which it can.
 */
export function patchBaselines(scope: Construct, policy: Policy, asked?: readonly OperatingSystem[]): LeftOut[] {
  const inside = new Construct(scope, 'Baseline');
  const leftOut: LeftOut[] = [];
  for (const environment of Object.values(policy.environments)) {
    const { baselines, problems } = compileBaselines(policy, environment, asked ?? OPERATING_SYSTEMS);
    leftOut.push(...problems.map((problem) => ({ ...problem, environment: environment.name })));
    for (const baseline of baselines) {
      new CfnResource(inside, `${environment.name}-${baseline.OperatingSystem}`, {
        type: 'AWS::SSM::PatchBaseline',
        properties: { ...baseline, PatchGroups: [patchGroup(policy.name, environment.name)] },
      });
    }
  }
  if (asked !== undefined && leftOut.length > 0) throw new Error(leftOut.map(sentence).join('\n'));
  return leftOut;
}

function sentence({ environment, operatingSystem, message, remedy }: LeftOut): string {
  return `${environment}, ${operatingSystem}: ${message}; ${remedy}`;
}
