import type { DescribeAlarmsCommandInput, DescribeAlarmsOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import { page } from '../paging.ts';
import type { World } from '../world.ts';
import { answersOf, type Caller } from './caller.ts';

/** CloudWatch's calls. */
export function cloudwatchCalls(world: World, call: Caller) {
  return { describeAlarms: answersOf(world, 'cloudwatch', call)('describeAlarms', describeAlarms) };
}

/** Metric alarms only; unknown names are left out, not refused. */
function describeAlarms(world: World, input: DescribeAlarmsCommandInput): DescribeAlarmsOutput {
  const names = input.AlarmNames ?? [];
  if (names.length > 100)
    throw new AwsError('ValidationError', `${names.length} alarm names were given; at most 100 are allowed.`);
  const alarms = names.length > 0 ? names.flatMap((name) => world.alarms.get(name) ?? []) : [...world.alarms.values()];
  const found = alarms.filter(
    (alarm) =>
      (input.StateValue === undefined || alarm.StateValue === input.StateValue) &&
      (alarm.AlarmName ?? '').startsWith(input.AlarmNamePrefix ?? ''),
  );
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxRecords,
    limit: 100,
    tokenError: 'InvalidNextToken',
  });
  return {
    MetricAlarms: items.map((alarm) => ({ ...alarm })),
    CompositeAlarms: [],
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}
