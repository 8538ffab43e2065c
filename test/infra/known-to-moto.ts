/** A template as far as Moto's CloudFormation knows its types. */
import { REGION } from '../aws/clients.ts';
import { resourcesOf } from './template.ts';

/** Types that Moto's CloudFormation does not know; listed in test/aws/README.md. */
export const LACKING = [
  'AWS::CloudWatch::Alarm',
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::MaintenanceWindow',
  'AWS::SSM::MaintenanceWindowTask',
  'AWS::SSM::PatchBaseline',
  'AWS::StepFunctions::StateMachineAlias',
  'AWS::StepFunctions::StateMachineVersion',
];
/** The template without what Moto does not know; whatever refers to an alias gets an ARN in its place. */
export function withoutLacking(template: Record<string, unknown>): unknown {
  const resources = resourcesOf(template);
  const isLacking = (id: string) => LACKING.includes(resources[id]?.Type ?? '');
  const mended = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(mended);
    if (typeof value !== 'object' || value === null) return value;
    if ('Ref' in value && typeof value.Ref === 'string' && isLacking(value.Ref)) {
      return `arn:aws:states:${REGION}:123456789012:stateMachine:${value.Ref}`;
    }
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mended(member)]));
  };
  return {
    ...template,
    Resources: mended(Object.fromEntries(Object.entries(resources).filter(([id]) => !isLacking(id)))),
  };
}
