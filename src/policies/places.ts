/** The places outside that a policy names: an S3 prefix, SNS topics, webhooks. */
import { urlProblem } from './url.ts';

const TOPIC = /^arn:aws(?:-[a-z]+)*:sns:[a-z]{2}(?:-[a-z]+)+-\d:\d{12}:[A-Za-z0-9_-]{1,251}(?:\.fifo)?$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Why nobody can be notified there, or undefined when somebody can. */
export function notifyProblem(target: string): string | undefined {
  if (TOPIC.test(target)) return undefined;
  if (/^arn:[^:]*:sns:/.test(target)) return 'an SNS topic ARN is arn:aws:sns:region:account:name';
  if (target.startsWith('arn:')) return 'of ARNs only those of SNS topics are taken';
  const loopback = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$)/.test(target);
  return urlProblem(target, loopback ? ['http:'] : ['https:']);
}

/** Why a run cannot put its list of patches there, or undefined when it can. */
export function overrideListProblem(place: string): string | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(place) ?? [];
  if (bucket === undefined) return 'AWS-RunPatchBaseline reads a private list only from s3://bucket/prefix';
  if (!BUCKET.test(bucket)) return `${bucket} is no bucket name`;
  return /^[A-Za-z0-9!_.*()/-]*$/.test(prefix) ? undefined : 'the prefix holds characters that a shell would read';
}
