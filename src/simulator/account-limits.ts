/**
 * How often an account may call what a rollout calls: AWS's defaults, each with the page that says so, in words of that page. What AWS does
 * not publish stands in `UNPUBLISHED`, without a number.
 */

/** A token bucket: each call takes a token, and the bucket fills up at a steady rate. */
export interface Limit {
  /**
   * `service:action`, as the simulated cloud counts calls and as Step Functions names those of the SDK; `service:*` for a bucket that all
   * calls of a service share, beside their own. `sfn:stateTransition` is no call: the engine counts it.
   */
  api: string;
  /** Tokens that come back in a second: what can be kept up. */
  perSecond: number;
  /** Tokens that a full bucket holds: how many at once. Absent: not published. */
  burst?: number;
  /** What takes a token, where that is not a call. */
  unit?: string;
  /** What each has a bucket of its own. Absent: an account in a Region. */
  per?: string;
  /** Where it holds. Absent: in every Region that no other limit of this API names. */
  regions?: readonly string[];
  /** Takes the place of the API's other limit for calls that name neither a filter nor the size of a page. Ids are not called filters there. */
  unfiltered?: true;
  /** Title of the page, its address, and what it says. */
  source: string;
}

/** A call, or all of a service, of which AWS says no number. */
export interface Unpublished {
  api: string;
  /** What AWS does say, and where. */
  known: string;
}

const EC2 =
  'Request throttling for the Amazon EC2 API (docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html), each API by itself';
const NON_MUTATING = `${EC2}: non-mutating actions, bucket 100, refill 20`;
const UNFILTERED = `${EC2}: unfiltered and unpaginated non-mutating actions, bucket 50, refill 10`;
const MUTATING = `${EC2}: mutating actions that are in no other table, bucket 50, refill 5`;
const UNCATEGORIZED = `${EC2}: uncategorized actions, in a row of its own`;

const ELB =
  'Request throttling for the Elastic Load Balancing API (docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html)';
const ELB_NON_MUTATING = `${ELB}: non-mutating, bucket 40, refill 10; the page does not say whether the actions of a category share one`;

const STEP_FUNCTIONS =
  'Step Functions service quotas (docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)';
const TRANSITIONS = `${STEP_FUNCTIONS}: StateTransition, Standard; new accounts have less until AWS raises it by their use`;
const START = `${STEP_FUNCTIONS}: StartExecution, Standard`;
const OTHER_QUOTAS = `${STEP_FUNCTIONS}: other quotas`;
/** US East (N. Virginia), US West (Oregon), Europe (Ireland): Step Functions allows more there. */
const LARGE = ['us-east-1', 'us-west-2', 'eu-west-1'] as const;

const NEW_TABLE =
  'DynamoDB on-demand capacity mode (docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html): new tables sustain up to 4,000 writes and 12,000 reads per second, then up to double the previous peak';
const PARTITION =
  'Best practices for partition keys in DynamoDB (docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html): a partition, 3,000 read units and 1,000 write units per second';
const READ = 'read units: 4 KB read consistently, or twice that eventually';
const WRITE = 'write units: 1 KB';

const LAMBDA = 'Lambda quotas (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)';
const S3 =
  'Optimizing Amazon S3 performance (docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html): at least 3,500 PUT/COPY/POST/DELETE or 5,500 GET/HEAD requests per second per partitioned prefix';
const SNS =
  'Amazon SNS endpoints and quotas (docs.aws.amazon.com/general/latest/gr/sns.html): Publish, messages per second to standard topics';

/** What AWS publishes, of the calls of a rollout, of the functions beside it and of the console. Each account in each Region, by default. */
export const LIMITS: readonly Limit[] = [
  { api: 'ec2:describeInstances', perSecond: 20, burst: 100, source: NON_MUTATING },
  { api: 'ec2:describeInstances', perSecond: 10, burst: 50, unfiltered: true, source: UNFILTERED },
  { api: 'ec2:describeInstanceStatus', perSecond: 20, burst: 100, source: NON_MUTATING },
  { api: 'ec2:describeInstanceStatus', perSecond: 10, burst: 50, unfiltered: true, source: UNFILTERED },
  { api: 'ec2:describeSnapshots', perSecond: 20, burst: 100, source: NON_MUTATING },
  { api: 'ec2:describeSnapshots', perSecond: 10, burst: 50, unfiltered: true, source: UNFILTERED },
  { api: 'ec2:describeReplaceRootVolumeTasks', perSecond: 20, burst: 100, source: NON_MUTATING },
  { api: 'ec2:createTags', perSecond: 10, burst: 100, source: UNCATEGORIZED },
  { api: 'ec2:deleteTags', perSecond: 10, burst: 100, source: UNCATEGORIZED },
  { api: 'ec2:createSnapshot', perSecond: 5, burst: 100, source: UNCATEGORIZED },
  { api: 'ec2:deleteSnapshot', perSecond: 5, burst: 100, source: UNCATEGORIZED },
  { api: 'ec2:createReplaceRootVolumeTask', perSecond: 5, burst: 50, source: MUTATING },
  { api: 'ec2:rebootInstances', perSecond: 5, burst: 50, source: MUTATING },
  { api: 'ec2:terminateInstances', perSecond: 5, burst: 100, source: UNCATEGORIZED },
  {
    api: 'ec2:terminateInstances',
    perSecond: 20,
    burst: 1000,
    unit: 'instances',
    source: `${EC2}: resource token buckets, TerminateInstances`,
  },

  {
    api: 'elasticloadbalancingv2:*',
    perSecond: 10,
    burst: 40,
    source: `${ELB}: the account-level bucket that all its API actions share; what Auto Scaling calls on the account's behalf has its own`,
  },
  { api: 'elasticloadbalancingv2:describeTargetHealth', perSecond: 10, burst: 40, source: ELB_NON_MUTATING },
  { api: 'elasticloadbalancingv2:describeTargetGroups', perSecond: 10, burst: 40, source: ELB_NON_MUTATING },
  { api: 'elasticloadbalancingv2:describeTargetGroupAttributes', perSecond: 10, burst: 40, source: ELB_NON_MUTATING },

  { api: 'sfn:stateTransition', perSecond: 5000, burst: 5000, regions: LARGE, source: TRANSITIONS },
  { api: 'sfn:stateTransition', perSecond: 800, burst: 800, source: TRANSITIONS },
  { api: 'sfn:startExecution', perSecond: 300, burst: 1300, regions: LARGE, source: START },
  { api: 'sfn:startExecution', perSecond: 150, burst: 800, source: START },
  { api: 'sfn:describeExecution', perSecond: 15, burst: 300, regions: LARGE, source: OTHER_QUOTAS },
  { api: 'sfn:describeExecution', perSecond: 10, burst: 250, source: OTHER_QUOTAS },
  { api: 'sfn:stopExecution', perSecond: 200, burst: 1000, regions: LARGE, source: OTHER_QUOTAS },
  { api: 'sfn:stopExecution', perSecond: 25, burst: 500, source: OTHER_QUOTAS },
  { api: 'sfn:getExecutionHistory', perSecond: 20, burst: 400, source: OTHER_QUOTAS },
  { api: 'sfn:listExecutions', perSecond: 5, burst: 200, regions: LARGE, source: OTHER_QUOTAS },
  { api: 'sfn:listExecutions', perSecond: 2, burst: 100, source: OTHER_QUOTAS },
  { api: 'sfn:sendTaskSuccess', perSecond: 500, burst: 3000, regions: LARGE, source: OTHER_QUOTAS },
  { api: 'sfn:sendTaskSuccess', perSecond: 300, burst: 1500, source: OTHER_QUOTAS },

  ...['getItem', 'query'].flatMap((action): Limit[] => [
    { api: `dynamodb:${action}`, perSecond: 3000, unit: READ, per: 'partition', source: PARTITION },
    { api: `dynamodb:${action}`, perSecond: 12_000, unit: READ, per: 'table', source: NEW_TABLE },
  ]),
  ...['putItem', 'updateItem', 'deleteItem'].flatMap((action): Limit[] => [
    { api: `dynamodb:${action}`, perSecond: 1000, unit: WRITE, per: 'partition', source: PARTITION },
    { api: `dynamodb:${action}`, perSecond: 4000, unit: WRITE, per: 'table', source: NEW_TABLE },
  ]),

  {
    api: 'lambda:invoke',
    perSecond: 10_000,
    source: `${LAMBDA}: synchronous invocations, 10 times the concurrency limit, which is 1,000`,
  },
  {
    api: 'lambda:invoke',
    perSecond: 100,
    burst: 1000,
    unit: 'new execution environments',
    per: 'function',
    source: `${LAMBDA}: 1,000 execution environments every 10 seconds; by its page "Lambda scaling behavior" refilled continuously`,
  },

  { api: 's3:putObject', perSecond: 3500, per: 'prefix', source: S3 },
  { api: 's3:getObject', perSecond: 5500, per: 'prefix', source: S3 },

  {
    api: 'cloudwatch:describeAlarms',
    perSecond: 9,
    source:
      'CloudWatch service quotas (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html): rate of DescribeAlarms requests, 9 per second',
  },

  { api: 'sns:publish', perSecond: 30_000, regions: ['us-east-1'], source: SNS },
  { api: 'sns:publish', perSecond: 9000, regions: ['us-west-2', 'eu-west-1'], source: SNS },
  {
    api: 'sns:publish',
    perSecond: 1500,
    regions: [
      'us-east-2',
      'us-west-1',
      'ap-south-1',
      'ap-northeast-2',
      'ap-southeast-1',
      'ap-southeast-2',
      'ap-northeast-1',
      'eu-central-1',
    ],
    source: SNS,
  },
  { api: 'sns:publish', perSecond: 300, source: SNS },
];

const SSM =
  'Not in "Systems Manager endpoints and quotas" (docs.aws.amazon.com/general/latest/gr/ssm.html): it gives transactions per second for actions of Automation, Parameter Store, Session Manager and State Manager, has no section on Run Command, and none of rates under Patch Manager and Maintenance Windows.';

/** What AWS does not publish. A remembered number has no place here. */
export const UNPUBLISHED: readonly Unpublished[] = [
  {
    api: 'autoscaling:*',
    known:
      'One bucket for all calls: "Amazon EC2 Auto Scaling throttles API requests based on a shared API bucket" (Auto Scaling API Reference, Welcome: API request rate), per account and per Region (re:Post, "How do I keep my Auto Scaling API calls from being throttled?"). Neither its size nor its refill rate is said there or in "Amazon EC2 Auto Scaling endpoints and quotas". DescribeAutoScalingGroups "might be throttled" for a group of many instances; IncludeInstances: false helps.',
  },
  {
    api: 'ssm:sendCommand',
    known: `${SSM} A command for more nodes than "the account quota for pending invocations" ends as Rate Exceeded (Systems Manager User Guide, "Understanding command statuses"); how many that is, is not said either.`,
  },
  ...[
    'getCommandInvocation',
    'listCommandInvocations',
    'cancelCommand',
    'describeInstanceInformation',
    'describeInstancePatchStates',
    'describeInstancePatches',
    'describeAvailablePatches',
    'getMaintenanceWindow',
    'getMaintenanceWindowExecution',
    'getCalendarState',
  ].map((action) => ({ api: `ssm:${action}`, known: SSM })),
  {
    api: 'sfn:mapRunChild',
    known:
      'How fast a Distributed Map starts its children. "Using Map state in Distributed mode" (docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html) asks for the permission to call StartExecution and gives no rate; neither page says whether a child takes a token of StartExecution.',
  },
];

/** The buckets that a call takes from, in that Region: its own, and those that the whole service shares. None: nothing is published of it. */
export function limitsOf(
  api: string,
  { region, unfiltered = false }: { region: string; unfiltered?: boolean },
): Limit[] {
  const [service] = api.split(':');
  const holds = ({ api: of, regions }: Limit) =>
    regions?.includes(region) ?? !LIMITS.some((other) => other.api === of && other.regions?.includes(region));
  const found = LIMITS.filter((limit) => (limit.api === api || limit.api === `${service}:*`) && holds(limit));
  const smaller = unfiltered && found.some((limit) => limit.unfiltered);
  return found.filter((limit) => limit.api !== api || (limit.unfiltered ?? false) === smaller);
}
