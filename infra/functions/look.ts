/** The Lambda function `look`: how many instances of a group serve. */
import { sdkCloud } from '../../src/orchestrator/aws/sdk-cloud.ts';
import { lookHandler } from '../../src/orchestrator/lambda/look.ts';

const look = lookHandler(sdkCloud());

/** Takes the event of `lookHandler`. */
export const handler = (event: unknown) => look(event);
