import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { FUNCTIONS } from '../../infra/bundle.ts';
import { patchRolloutStack } from '../../infra/synthesize.ts';
import { policyOf } from '../policies/policy-of.ts';
import { FULL_POLICY, folder, SYNTHESIS_MS } from './template.ts';

const outdir = folder();

const reported = z.object({ violations: z.array(z.object({ ruleName: z.string() })) });

/** What the AWS Solutions pack finds in the stack, as `AwsSolutions-IAM5[Resource::*]`. */
function findings(policyText: string): string[] {
  const app = new App({ outdir, analyticsReporting: false });
  patchRolloutStack(app, policyOf(policyText), { stackName: 'drydock-full', policyText });
  const pack = new AwsSolutionsChecks(app);
  const found: string[] = [];
  Validations.of(app).addPlugins({
    name: 'findings',
    // A pack that is added itself would print what it finds, and end the process with an error code.
    validate: (context) => {
      found.push(...reported.parse(pack.validate(context)).violations.map(({ ruleName }) => ruleName));
      return { success: true, violations: [] };
    },
  });
  app.synth();
  return found;
}

const HERE = '<AWS::Region>:<AWS::AccountId>';
const on = (service: string, rest: string) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${service}:${rest}]`;

/** What stays, and why: of IAM5 wildcards in resources. */
const ACCEPTED: Record<string, string> = {
  'AwsSolutions-S1': 'a log of who read a list of instance ids would be larger than what it watches',
  'AwsSolutions-IAM5[Resource::<Orders.Arn>/runs/*]': 'what a run keeps there is named after it',
  'AwsSolutions-IAM5[Resource::*]': 'what AWS limits to no resource: each action has its reason in permissions.test.ts',
  [on('dynamodb', `${HERE}:table/drydock-full/index/*`)]: 'both indexes of its own table',
  ...Object.fromEntries(
    FUNCTIONS.map((name) => [
      on('logs', `${HERE}:log-group:/aws/lambda/drydock-full-${name}:*`),
      'the streams of its own log group, which Lambda names',
    ]),
  ),
  [on('autoscaling', `${HERE}:autoScalingGroup:*:autoScalingGroupName/web`)]: 'a group has an id that only it knows',
  [on('autoscaling', `${HERE}:autoScalingGroup:*:autoScalingGroupName/web-stg-*`)]: 'the pattern of the policy',
  [on('ssm', '<AWS::Region>:*:document/AWS-RunPatchBaseline')]: 'the document is of AWS, in no account',
  [on('ec2', `${HERE}:instance/*`)]: 'instances come and go; what is done to them asks for the tag of a run',
  [on('ec2', '<AWS::Region>:*:replace-root-volume-task/*')]: 'has no id before it is made',
  [on('ec2', '<AWS::Region>:*:snapshot/*')]: 'has no id before it is made, and carries the tag of a run',
  [on('ec2', '<AWS::Region>:*:volume/*')]: 'root volumes of instances that come and go; only read and replaced',
  [on('s3', '::patch-lists/drydock/*')]: 'one list for each run, under the prefix of the policy',
  ...Object.fromEntries(
    ['rollout', 'recover'].flatMap((name) => [
      [on('states', `${HERE}:execution:drydock-full-${name}:*`), 'its own executions, each with a name of its own'],
      [on('states', `${HERE}:execution:drydock-full-${name}/*:*`), 'the children of its own Distributed Maps'],
    ]),
  ),
};

it('the AWS Solutions pack finds nothing but what stays for a reason', { timeout: SYNTHESIS_MS }, () => {
  const found = findings(FULL_POLICY);
  expect(found.filter((finding) => ACCEPTED[finding] === undefined)).toEqual([]);
  // A reason for what is not there any more hides the next thing of that name.
  expect(Object.keys(ACCEPTED).filter((accepted) => !found.includes(accepted))).toEqual([]);
});
