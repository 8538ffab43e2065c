/** The Lambda function `health`: HTTP checks of an instance, from inside its network. It calls nothing of AWS. */
import { realClock } from '../../src/orchestrator/engine/clock.ts';
import { nodeHttpGet } from '../../src/orchestrator/http/node-http.ts';
import { healthHandler } from '../../src/orchestrator/lambda/health.ts';

const check = healthHandler({ httpGet: nodeHttpGet(), clock: realClock() });

/** Takes the event of `healthHandler`. */
export const handler = (event: unknown) => check(event);
