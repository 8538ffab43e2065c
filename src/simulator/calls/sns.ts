import type { PublishCommandInput, PublishCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../aws-error.ts';
import type { World } from '../world.ts';
import { answersOf, type Caller } from './caller.ts';

/** SNS's calls. */
export function snsCalls(world: World, call: Caller) {
  return { publish: answersOf(world, 'sns', call)('publish', publish) };
}

/** SNS takes printable ASCII of up to 100 characters as a subject, and 256 KiB as a message. */
function publish(world: World, input: PublishCommandInput): Omit<PublishCommandOutput, '$metadata'> {
  const { TopicArn = '', Subject, Message = '' } = input;
  const messages = world.topics.get(TopicArn);
  if (messages === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
  if (Subject !== undefined && !/^[\x20-\x7e]{1,99}$/.test(Subject)) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Subject');
  }
  if (Message === '' || Buffer.byteLength(Message) > 262_144) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Message');
  }
  messages.push({ message: Message, ...(Subject === undefined ? {} : { subject: Subject }) });
  return { MessageId: world.random.hex(32) };
}
