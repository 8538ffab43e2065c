/** The Lambda function `hook`: HTTP calls that a policy names as hooks, from inside the instances' network. It calls nothing of AWS. */
import { nodeHttpPost } from '../../src/orchestrator/http/node-http.ts';
import { hookHandler } from '../../src/orchestrator/lambda/hook.ts';

const ask = hookHandler(nodeHttpPost());

/** Takes the event of `hookHandler`. */
export const handler = (event: unknown) => ask(event);
