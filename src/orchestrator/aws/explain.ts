/** What an error of the AWS SDK means for the person at the terminal. */
import { DrydockError, EXIT } from '../errors.ts';
import { isClientSide } from './error-names.ts';

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired']);
const REFUSED_CREDENTIALS = new Set([
  'AuthFailure',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationErrorException',
  'NotAuthorized',
  'UnauthorizedOperation',
]);
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/**
 * Takes what a call was rejected with; gives the error to show (exit code 2: nothing was changed), or undefined when it is none of
 * the troubles with credentials, region, permissions or the way to AWS that a person can mend.
 */
export function explainAwsError(error: unknown): DrydockError | undefined {
  if (!(error instanceof Error)) return undefined;
  const explain = (what: string, next: string) =>
    new DrydockError(`${what}: ${error.message}`, { exitCode: EXIT.badInput, next, cause: error });

  if (/region is missing/i.test(error.message)) {
    return explain('No AWS region is set', 'Name one with --region, AWS_REGION, or in your AWS profile.');
  }
  if (EXPIRED.has(error.name) || /(token|session).*expired/i.test(error.message)) {
    return explain('Your AWS credentials have expired', 'Sign in again (`aws sso login`, or however you get them).');
  }
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError') {
    return explain(
      'There are no AWS credentials',
      'Sign in (`aws sso login`), set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile.',
    );
  }
  if (REFUSED_CREDENTIALS.has(error.name)) {
    return explain(
      'AWS does not accept your credentials',
      'Check the profile, the keys and the clock of this machine.',
    );
  }
  if (isDenied(error)) {
    return explain(
      'AWS denies the call',
      'See what is missing with `drydock doctor`; docs/permissions.md tells how to give it.',
    );
  }
  if (isThrottled(error)) {
    return explain('AWS throttles the calls of this account', 'Wait a minute, then try again.');
  }
  if ('code' in error && error.code === 'ERR_INVALID_URL') {
    return explain(
      'The endpoint that AWS calls are to go to is not a URL',
      'Check AWS_ENDPOINT_URL and `endpoint_url` in your AWS profile.',
    );
  }
  if ('code' in error && error.code === 'ENOTFOUND') {
    return explain(
      'AWS cannot be reached: there is no such host',
      'Check the name of the region, and whether AWS has this service there; else the network and, if you gave one, the endpoint URL.',
    );
  }
  if (isClientSide(error)) {
    return explain(
      'AWS cannot be reached',
      'Check the network, the region, the proxy settings and, if you gave one, the endpoint URL.',
    );
  }
  return undefined;
}

/** Whether the same call may well go through in a while: AWS throttles it, is in trouble itself, or cannot be reached just now. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isThrottled(error)) return true;
  if ('$fault' in error) return error.$fault === 'server';
  // Without a code it is the SDK's own refusal to call at all: no region, no credentials.
  return isClientSide(error) && ('code' in error || error.name === 'TimeoutError');
}

/** Whether AWS refused a call because there were too many. */
export function isThrottled(error: unknown): boolean {
  return error instanceof Error && THROTTLED.has(error.name);
}

/** Whether AWS refused a call because the caller lacks a permission. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && DENIED.has(error.name);
}

/** Hands on what reading AWS gives; where it fails in a way that a person can mend, rejects with the error that says so. */
export async function explained<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw explainAwsError(error) ?? error;
  }
}
