/** A group in the simulated cloud, an account that answers as it is told, and a doctor that looks at both. */
import type { EvaluationResult, SimulatePrincipalPolicyCommandInput } from '@aws-sdk/client-iam';
import type { Account } from '../../../src/orchestrator/doctor/account.ts';
import { type Diagnosis, examine, type Patient } from '../../../src/orchestrator/doctor/doctor.ts';
import type { Check, Finding } from '../../../src/orchestrator/doctor/finding.ts';
import { AwsError } from '../../../src/simulator/aws-error.ts';
import { policyOf } from '../../policies/policy-of.ts';
import { webFleet } from '../../simulator/fleet.ts';

export const USER = 'arn:aws:iam::123456789012:user/alice';

export const POLICY = policyOf(`
version: 1
name: shop
patches: { overrideList: "s3://lists/of-runs" }
environments: { staging: {} }
groups: [{ match: { name: web }, environment: staging }]
health: [{ url: "http://{privateIp}/healthz", consecutive: 3, interval: 5s, within: 5m }]
`);

export interface Told extends Partial<Account> {
  /** Decisions of IAM other than `allowed`, by action. */
  decisions?: Record<string, Partial<EvaluationResult>>;
}

/** Everything is well, but for what is told otherwise. `asked` are the simulations that IAM was asked for. */
export function patientOf(told: Told = {}, more: Partial<Patient> = {}) {
  const { decisions = {}, ...calls } = told;
  const fleet = webFleet();
  const asked: SimulatePrincipalPolicyCommandInput[] = [];
  const account: Account = {
    identity: async () => ({ account: '123456789012', arn: USER }),
    roleArn: async (name) => `arn:aws:iam::123456789012:role/path/${name}`,
    simulate: async (input) => {
      asked.push(input);
      return (input.ActionNames ?? []).map((action) => ({
        EvalActionName: action,
        EvalDecision: 'allowed' as const,
        ...decisions[action],
      }));
    },
    findBucket: async () => {},
    quotas: async () => [
      { QuotaName: 'Snapshots per Region', QuotaCode: 'L-309BACF6', Value: 100_000 },
      { QuotaName: 'Open Map Runs', Value: 1000 },
    ],
    ...calls,
  };
  const patient: Patient = {
    cloud: fleet.cloud,
    account,
    httpGet: async () => ({ status: 200, headers: {}, body: '', latencyMs: 3 }),
    clock: fleet.clock,
    region: 'eu-west-1',
    policy: POLICY,
    set: 'run',
    progress: () => {},
    ...more,
  };
  return { ...fleet, asked, examine: (): Promise<Diagnosis> => examine(patient) };
}

/** The findings of a check that are not well. */
export function troubles({ findings }: Diagnosis, check: Check): Finding[] {
  return findings.filter((each) => each.check === check && each.standing !== 'ok');
}

/** What AWS answers to a caller who may not. */
export const refuse =
  (code = 'AccessDenied', status = 403) =>
  async (): Promise<never> => {
    throw new AwsError(code, 'User: alice is not authorized to perform that', status);
  };
