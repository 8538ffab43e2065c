/** The Lambda function `instance`: looks at one instance. Its health check is made by the function `health`, inside the instance's network. */
import { z } from 'zod';
import { sdkCloud } from '../../src/orchestrator/aws/sdk-cloud.ts';
import { healthResult } from '../../src/orchestrator/health/result.ts';
import { instanceHandler } from '../../src/orchestrator/lambda/instance.ts';
import { readingRecords } from '../../src/orchestrator/lambda/run-state.ts';
import { dynamodbClient, dynamodbTable } from '../../src/orchestrator/table/dynamodb.ts';
import { setting } from './environment.ts';

const cloud = sdkCloud();

/** A function lives for fifteen minutes: a check that would wait for longer than this ends with what it saw by then. */
const MOST_SECONDS = 780;
const withChecks = z.looseObject({ checks: z.array(z.looseObject({ withinSeconds: z.number() })) });

async function checkHealth(input: unknown) {
  const { checks, ...others } = withChecks.parse(input);
  const bounded = checks.map((check) => ({ ...check, withinSeconds: Math.min(check.withinSeconds, MOST_SECONDS) }));
  const Payload = JSON.stringify({ ...others, checks: bounded });
  const asked = { FunctionName: setting('HEALTH_FUNCTION'), Payload };
  const { FunctionError, Payload: said } = await cloud.lambda.invoke(asked);
  const answer = said?.transformToString() ?? '';
  if (FunctionError !== undefined) throw new Error(`${FunctionError}: ${answer.slice(0, 1000)}`);
  return healthResult.parse(JSON.parse(answer));
}

const now = () => Date.now();
const table = dynamodbTable(await dynamodbClient());
const look = instanceHandler({
  cloud,
  checkHealth,
  now,
  readRecord: readingRecords(table, setting('TABLE_NAME'), now),
});

/** Takes the event of `instanceHandler`. */
export const handler = (event: unknown) => look(event);
