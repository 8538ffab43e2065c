/**
 * The errors that are looked for exist. Step Functions names an error of an SDK integration after the class of the Java SDK: one that the
 * service's model declares has its own (`AutoScaling.ResourceContentionException`), any other is the service's (`AutoScaling.AutoScalingException`).
 */
import { type Services, sdkParts } from '../aws/resource.ts';
import { listOf, objectOf, textOf, textsOf } from '../json.ts';
import { statesOf } from '../machine.ts';
import type { Rule } from '../rule.ts';

const PREFIXES: Record<string, string> = {
  autoscaling: 'AutoScaling',
  cloudwatch: 'CloudWatch',
  ec2: 'Ec2',
  elasticloadbalancingv2: 'ElasticLoadBalancingV2',
  s3: 'S3',
  sfn: 'Sfn',
  ssm: 'Ssm',
};

/** The rule by the schemas of these services. */
export function errorNames(services: Services): Rule {
  return (machine) =>
    statesOf(machine).flatMap(({ name, body }) => {
      const known = errorsOf(textOf(body.Resource) ?? '', services);
      if (known === undefined) return [];
      return (['Retry', 'Catch'] as const).flatMap((list) =>
        listOf(body[list]).flatMap((entry, at) =>
          textsOf(objectOf(entry).ErrorEquals)
            .filter((error) => !error.startsWith('States.') && !known.has(error))
            .map((error) => ({ state: name, field: `${list}[${at}].ErrorEquals`, message: wrongWith(error, known) })),
        ),
      );
    });
}

/** What a call may fail with beside `States.…`; undefined where that is not known. */
function errorsOf(resource: string, services: Services): ReadonlySet<string> | undefined {
  const { service = '' } = sdkParts(resource) ?? {};
  const prefix = PREFIXES[service];
  const declared = services.get(service)?.errors;
  if (prefix === undefined || declared === undefined) return undefined;
  const names = declared.map((error) => `${error.replace(/(?:Fault|Exception)$/, '')}Exception`);
  return new Set([...names, `${prefix}Exception`, 'SdkClientException'].map((error) => `${prefix}.${error}`));
}

function wrongWith(error: string, known: ReadonlySet<string>): string {
  const same = [...known].find((name) => name.toLowerCase() === error.toLowerCase());
  if (same !== undefined) return `${error} is written ${same}`;
  const [prefix = ''] = [...known][0]?.split('.') ?? [];
  return `no call of this service fails with ${error}; what its model does not declare is ${prefix}.${prefix}Exception`;
}
