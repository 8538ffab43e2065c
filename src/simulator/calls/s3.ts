import type {
  GetObjectCommandInput,
  GetObjectCommandOutput,
  PutObjectCommandInput,
  PutObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { AwsError } from '../aws-error.ts';
import type { World } from '../world.ts';
import { answersOf, type Caller } from './caller.ts';

/** S3's calls. */
export function s3Calls(world: World, call: Caller) {
  const answer = answersOf(world, 's3', call);
  return { putObject: answer('putObject', putObject), getObject: answer('getObject', getObject) };
}

/** The body is text or bytes; a stream is refused. */
function putObject(world: World, input: PutObjectCommandInput): Omit<PutObjectCommandOutput, '$metadata'> {
  const { Body = '' } = input;
  if (typeof Body !== 'string' && !(Body instanceof Uint8Array)) {
    throw new AwsError('NotImplemented', 'The simulated cloud takes text or bytes as a body.', 501);
  }
  bucketNamed(world, input.Bucket).set(input.Key ?? '', Body);
  return { ETag: `"${world.random.hex(32)}"` };
}

function getObject(world: World, input: GetObjectCommandInput): Omit<GetObjectCommandOutput, '$metadata'> {
  const stored = bucketNamed(world, input.Bucket).get(input.Key ?? '');
  if (stored === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
  const bytes = Buffer.from(stored);
  const Body = Object.assign(new Blob([bytes]), {
    transformToString: async () => bytes.toString('utf8'),
    transformToByteArray: async () => new Uint8Array(bytes),
    transformToWebStream: () => new Blob([bytes]).stream(),
  });
  return { Body, ContentLength: bytes.length };
}

function bucketNamed(world: World, name: string | undefined): Map<string, string | Uint8Array> {
  const bucket = world.buckets.get(name ?? '');
  if (bucket === undefined) throw new AwsError('NoSuchBucket', `The specified bucket does not exist: ${name}`, 404);
  return bucket;
}
