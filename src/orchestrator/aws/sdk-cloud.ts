/** The cloud port over the AWS SDK's own clients: AWS itself, or whatever answers at an endpoint URL. */
import packageJson from '../../../package.json' with { type: 'json' };
import { TaskFailure } from '../../interpreter/ports.ts';
import type { Cloud } from './cloud.ts';

export interface SdkCloudOptions {
  /** Absent: as the SDK finds it (AWS_REGION, the profile). */
  region?: string;
  /** A profile of the shared configuration files. */
  profile?: string;
  /** Where to send every call instead of to AWS. */
  endpointUrl?: string;
}

/**
 * Calls rejected by AWS, or that never reached it, reject with the SDK's errors; `explainAwsError` says what they mean for a person. Each
 * client is loaded with its first call: the EC2 one alone takes near half a second.
 */
export function sdkCloud(options: SdkCloudOptions = {}): Cloud {
  const config = clientConfig(options);
  return {
    autoscaling: lazily<Cloud['autoscaling']>(async () => {
      const { AutoScaling } = await import('@aws-sdk/client-auto-scaling');
      return new AutoScaling(config);
    }),
    cloudwatch: lazily<Cloud['cloudwatch']>(async () => {
      const { CloudWatch } = await import('@aws-sdk/client-cloudwatch');
      return new CloudWatch(config);
    }),
    ec2: lazily<Cloud['ec2']>(async () => {
      const { EC2 } = await import('@aws-sdk/client-ec2');
      return new EC2(config);
    }),
    elasticloadbalancingv2: lazily<Cloud['elasticloadbalancingv2']>(async () => {
      const { ElasticLoadBalancingV2 } = await import('@aws-sdk/client-elastic-load-balancing-v2');
      return new ElasticLoadBalancingV2(config);
    }),
    lambda: lazily<Cloud['lambda']>(async () => {
      const { Lambda } = await import('@aws-sdk/client-lambda');
      // A function may take its fifteen minutes before it answers, and one that was asked twice does its work twice.
      const requestHandler = { ...config.requestHandler, requestTimeout: 910_000 };
      return new Lambda({ ...config, requestHandler, maxAttempts: 1 });
    }),
    sns: lazily<Cloud['sns']>(async () => {
      const { SNS } = await import('@aws-sdk/client-sns');
      return new SNS(config);
    }),
    s3: lazily<Cloud['s3']>(async () => {
      const { S3 } = await import('@aws-sdk/client-s3');
      // At an endpoint that is one host name, buckets have no host names of their own.
      return new S3({ ...config, forcePathStyle: options.endpointUrl !== undefined });
    }),
    ssm: lazily<Cloud['ssm']>(async () => {
      const { SSM } = await import('@aws-sdk/client-ssm');
      return new SSM(config);
    }),
  };
}

/** What every client of the SDK is made with: where it sends its calls, how long it waits for one, and how often it tries. */
export function clientConfig({ region, profile, endpointUrl }: SdkCloudOptions) {
  return {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
    // Slows down by itself when AWS throttles; the state machines' own retries come on top.
    retryMode: 'adaptive' as const,
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
    customUserAgent: `drydock/${packageJson.version}`,
  };
}

/** The calls of a client that is made when the first of them is called; a client that could not be made is tried again. */
function lazily<Calls extends object>(make: () => Promise<Calls>): Calls {
  let client: Promise<Calls> | undefined;
  const made = () => {
    client ??= make().catch((error) => {
      client = undefined;
      throw error;
    });
    return client;
  };
  const call = (name: string) => async (input: unknown) => {
    const loaded = await made();
    const method: unknown = Reflect.get(loaded, name);
    if (typeof method === 'function') return Reflect.apply(method, loaded, [input]);
    throw new TaskFailure('States.Runtime', `The AWS SDK has no call ${name}.`);
  };
  // The type is that of what `make` gives: every member is a call of it.
  return new Proxy({} as Calls, { get: (_, name) => (typeof name === 'string' ? call(name) : undefined) });
}
