/** The Lambda function `notify`: tells whom the policy names how its runs go. */
import { sdkCloud } from '../../src/orchestrator/aws/sdk-cloud.ts';
import { realClock } from '../../src/orchestrator/engine/clock.ts';
import { nodeHttpPost } from '../../src/orchestrator/http/node-http.ts';
import { notifyHandler } from '../../src/orchestrator/lambda/notify.ts';
import { parsePolicy } from '../../src/policies/parse.ts';
import { formatProblem } from '../../src/policies/problem.ts';
import { policyDocument } from './policy-document.ts';

const cloud = sdkCloud();
const policyText = policyDocument(cloud);

/** Whom the policy names as it is deployed now: who was taken out of it since the run began hears no more. */
async function places(): Promise<string[]> {
  const parsed = parsePolicy(await policyText(), 'policy');
  if ('policy' in parsed) return parsed.policy.notify;
  throw new Error(parsed.problems.map(formatProblem).join('\n'));
}

const tell = notifyHandler({
  places,
  publish: (input) => cloud.sns.publish(input),
  post: nodeHttpPost(),
  clock: realClock(),
  random: Math.random,
});

/** Takes and gives what `notifyHandler` does. */
export const handler = (event: unknown) => tell(event);
