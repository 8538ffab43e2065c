/**
 * Error names as Step Functions gives them to Retry and Catch. It calls AWS through the Java SDK, and names an error after the class
 * that this SDK throws: an error that the service's model declares has a class of its own (`Ssm.InvocationDoesNotExistException`), any other is
 * the service's base class (`Ec2.Ec2Exception`, `AutoScaling.AutoScalingException`), and only its cause tells more.
 */
import { TaskFailure } from '../../interpreter/ports.ts';
import { withoutSecrets } from '../secrets.ts';

/** The service's part of an error name, by its part of a resource ARN. */
const SERVICES: Record<string, string> = {
  autoscaling: 'AutoScaling',
  cloudwatch: 'CloudWatch',
  dynamodb: 'DynamoDb',
  ec2: 'Ec2',
  elasticloadbalancingv2: 'ElasticLoadBalancingV2',
  lambda: 'Lambda',
  s3: 'S3',
  ssm: 'Ssm',
};

/**
 * Codes that any service may answer with. EC2's model declares none at all, and others declare one for a few of their calls: what the Java SDK
 * throws where such a call answers with it is not documented, so definitions take both names or neither.
 */
const UNDECLARED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InternalError',
  'InternalFailure',
  'InvalidAction',
  'InvalidClientTokenId',
  'InvalidParameterCombination',
  'InvalidParameterValue',
  'InvalidQueryParameter',
  'MalformedQueryString',
  'MissingAction',
  'MissingAuthenticationToken',
  'MissingParameter',
  'NotAuthorized',
  'OptInRequired',
  'RequestExpired',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'SignatureDoesNotMatch',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
  'ValidationError',
  'ValidationException',
]);

/** What goes wrong between here and AWS, before AWS has answered. */
const CLIENT_SIDE = new Set([
  'AbortError',
  'CredentialsProviderError',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'NetworkingError',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
]);

/** Takes what a call to `service` (`autoscaling`, `ssm` …) was rejected with; gives the failure of the task. */
export function awsTaskFailure(service: string, error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  return new TaskFailure(awsErrorName(service, error), cause(service, error));
}

/** `AutoScaling.ResourceContentionException` and the like. */
export function awsErrorName(service: string, error: unknown): string {
  const prefix = SERVICES[service] ?? service;
  const name = error instanceof Error ? error.name : '';
  if (isClientSide(error)) return `${prefix}.SdkClientException`;
  if (service === 'ec2' || UNDECLARED.has(name) || name === '') return `${prefix}.${prefix}Exception`;
  return `${prefix}.${name.replace(/(Fault|Exception)$/, '')}Exception`;
}

/** Whether AWS never answered: no connection, no credentials, no time left. */
export function isClientSide(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // A plain Error is the SDK's own (`Region is missing`): what AWS answers always has a code for its name.
  return error.name === 'Error' || CLIENT_SIDE.has(error.name) || CLIENT_SIDE.has(code);
}

/** The Java SDK's wording, which is what a definition can look at when the name says no more than the service. */
function cause(service: string, error: unknown): string {
  // AWS repeats a request that it refuses; this goes into a history.
  const message = withoutSecrets(error instanceof Error ? error.message : String(error));
  if (isClientSide(error)) return message;
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  const status = member(metadata, 'httpStatusCode') ?? '400';
  const requestId = member(metadata, 'requestId') ?? 'none';
  return `${message} (Service: ${SERVICES[service] ?? service}, Status Code: ${status}, Request ID: ${requestId})`;
}

function member(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found === undefined ? undefined : String(found);
}
