/** What a rollout costs: list prices of US East (N. Virginia), above any free tier, each with the page that says so. */

export interface Price {
  /** Dollars for one of `unit`. */
  dollars: number;
  unit: string;
  source: string;
  /** Whether a page of AWS's own was found that says so. False: only others who quote AWS's price list. */
  isConfirmed: boolean;
}

/** A page of AWS with a table of prices, reckoned for US East (N. Virginia). */
const SOLUTION =
  'Cost of Automated Security Response on AWS (docs.aws.amazon.com/solutions/latest/automated-security-response-on-aws/cost.html)';
const DYNAMODB =
  'quoted from the AWS price list and from aws.amazon.com/dynamodb/pricing/on-demand, whose stored text has no numbers; AWS lowered it in November 2024, and AWS\'s page "Cost of Automated Security Response on AWS" still has the double of it';

export const PRICES = {
  stateTransition: {
    dollars: 0.000025,
    unit: 'state transition of a Standard workflow, retries too',
    source:
      'AWS Step Functions pricing (aws.amazon.com/step-functions/pricing): $0.0250 per 1,000 in US East (N. Virginia)',
    isConfirmed: true,
  },
  lambdaRequest: {
    dollars: 0.0000002,
    unit: 'invocation',
    source: 'How AWS Pricing Works: Lambda (docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html)',
    isConfirmed: true,
  },
  /** What Drydock deploys. */
  lambdaArm: {
    dollars: 0.0000133334,
    unit: 'GB-second on arm64',
    source: 'quoted from aws.amazon.com/lambda/pricing, whose stored text has the price of x86 only',
    isConfirmed: false,
  },
  lambdaX86: {
    dollars: 0.0000166667,
    unit: 'GB-second on x86_64',
    source: `${SOLUTION}: $0.0000166667 for every GB-second`,
    isConfirmed: true,
  },
  tableWrite: {
    dollars: 0.000000625,
    unit: 'write request unit: 1 KB, twice in a transaction',
    source: `$0.625 per million, ${DYNAMODB}`,
    isConfirmed: false,
  },
  tableRead: {
    dollars: 0.000000125,
    unit: 'read request unit: 4 KB read consistently, half of one eventually, two in a transaction',
    source: `$0.125 per million, ${DYNAMODB}`,
    isConfirmed: false,
  },
  objectPut: {
    dollars: 0.000005,
    unit: 'PUT, COPY, POST or LIST request',
    source: `${SOLUTION}: $0.005 per 1,000`,
    isConfirmed: true,
  },
  objectGet: {
    dollars: 0.0000004,
    unit: 'GET or other request',
    source: `${SOLUTION}: $0.0004 per 1,000`,
    isConfirmed: true,
  },
  snapshotStorage: {
    dollars: 0.05,
    unit: 'GB-month of changed blocks in a Standard snapshot',
    source:
      'quoted from the AWS price list, "$0.05 per GB-Month of snapshot data stored - US East (Northern Virginia)", in the form of 2017; later sources repeat it',
    isConfirmed: false,
  },
  runCommand: {
    dollars: 0,
    unit: 'command on an EC2 instance',
    source:
      'AWS Systems Manager Run Command (docs.aws.amazon.com/systems-manager/latest/userguide/run-command.html): at no additional cost when used on EC2 nodes',
    isConfirmed: true,
  },
  serviceEvent: {
    dollars: 0,
    unit: 'event of an AWS service, delivered in its own account',
    source: `Amazon EventBridge pricing (aws.amazon.com/eventbridge/pricing): AWS management events are ingested for free; ${SOLUTION}: no charge for rules`,
    isConfirmed: true,
  },
  notification: {
    dollars: 0.0000005,
    unit: 'request to publish to a standard topic; deliveries are billed by their protocol',
    source: `${SOLUTION}: $0.50 per 1 million requests after the first million of a month`,
    isConfirmed: true,
  },
  metricsRequest: {
    dollars: 0.00001,
    unit: 'CloudWatch API request after the first million of a month',
    source: `${SOLUTION}: API calls cost $0.01 per 1,000 requests`,
    isConfirmed: true,
  },
  logs: {
    dollars: 0.5,
    unit: 'GB of logs taken in: the state machines log every event',
    source: `${SOLUTION}: CloudWatch logs collection, $0.50 per GB`,
    isConfirmed: true,
  },
  trace: {
    dollars: 0.000005,
    unit: 'X-Ray trace recorded: state machines and functions are traced',
    source: `${SOLUTION}: $0.000005 per trace`,
    isConfirmed: true,
  },
} as const satisfies Record<string, Price>;
