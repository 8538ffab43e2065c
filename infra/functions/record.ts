/** The Lambda function `record`: hears from EventBridge that a command ended, and wakes the execution that waits for it. */
import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { clientConfig } from '../../src/orchestrator/aws/sdk-cloud.ts';
import { recordHandler } from '../../src/orchestrator/lambda/record.ts';
import { dynamodbClient, dynamodbTable } from '../../src/orchestrator/table/dynamodb.ts';
import { setting } from './environment.ts';

const stepFunctions = new SFNClient(clientConfig({}));

const record = recordHandler({
  table: dynamodbTable(await dynamodbClient()),
  tableName: setting('TABLE_NAME'),
  sendTaskSuccess: (input) => stepFunctions.send(new SendTaskSuccessCommand(input)),
  now: () => Date.now(),
});

/** Takes an event of EventBridge. */
export const handler = (event: unknown) => record(event);
