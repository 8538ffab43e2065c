/** Alarms: executions that did not succeed, and events that nobody took. */
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** How an execution ends that did not succeed. */
const ENDS = ['ExecutionsFailed', 'ExecutionsAborted', 'ExecutionsTimedOut'];
const PERIOD_SECONDS = 300;

/** In ALARM when an execution of the state machine ends otherwise than well. `topics` are SNS topics that hear of it. */
export function executionAlarm(
  scope: Construct,
  id: string,
  { name, machineArn, topics }: { name: string; machineArn: string; topics: string[] },
): void {
  const counts = ENDS.map((metricName, index) => ({
    id: `m${index}`,
    returnData: false,
    metricStat: {
      metric: {
        namespace: 'AWS/States',
        metricName,
        dimensions: [{ name: 'StateMachineArn', value: machineArn }],
      },
      period: PERIOD_SECONDS,
      stat: 'Sum',
    },
  }));
  new CfnAlarm(scope, id, {
    ...ALARM,
    alarmName: name,
    alarmDescription: `An execution of ${name.replace(/-unsuccessful$/, '')} failed, was aborted or timed out.`,
    alarmActions: topics,
    metrics: [
      { id: 'unsuccessful', expression: `SUM(METRICS())`, label: 'unsuccessful executions', returnData: true },
      ...counts,
    ],
  });
}

/** In ALARM while an event lies in the queue: it reached neither `recover` nor `record`. */
export function deadLetterAlarm(
  scope: Construct,
  id: string,
  { name, queueName, topics }: { name: string; queueName: string; topics: string[] },
): void {
  new CfnAlarm(scope, id, {
    ...ALARM,
    alarmName: name,
    alarmDescription:
      'An event could not be handed on: a stopped rollout may not have been recovered. See drydock recover.',
    alarmActions: topics,
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: [{ name: 'QueueName', value: queueName }],
    statistic: 'Maximum',
    period: PERIOD_SECONDS,
  });
}

const ALARM = {
  comparisonOperator: 'GreaterThanThreshold',
  threshold: 0,
  evaluationPeriods: 1,
  // No executions is as it should be.
  treatMissingData: 'notBreaching',
};
