/** The Lambda function `plan`: makes the plan of a run that was begun without one, by the policy that was deployed. */
import { randomUUID } from 'node:crypto';
import { sdkCloud } from '../../src/orchestrator/aws/sdk-cloud.ts';
import { withFirstSeen } from '../../src/orchestrator/fleet/first-seen.ts';
import { planHandler } from '../../src/orchestrator/lambda/plan.ts';
import { runRecords } from '../../src/orchestrator/runs/records.ts';
import { patchedBy } from '../../src/orchestrator/runs/rollback.ts';
import { keptFinishedRuns } from '../../src/orchestrator/step-functions/kept.ts';
import { dynamodbClient, dynamodbTable, runItems } from '../../src/orchestrator/table/dynamodb.ts';
import { setting } from './environment.ts';
import { policyDocument } from './policy-document.ts';

const tableName = setting('TABLE_NAME');
const cloud = sdkCloud();
const client = await dynamodbClient();
const table = dynamodbTable(client);
const records = runRecords(table, tableName);

/** Takes and gives what `planHandler` does. */
export const handler = planHandler({
  cloud,
  region: setting('AWS_REGION'),
  policyText: policyDocument(cloud),
  history: (policy) => keptFinishedRuns(runItems(client, tableName), records, policy),
  withFirstSeen: (fleet) => withFirstSeen(fleet, table, tableName),
  patchedBy: (runId) => patchedBy(runItems(client, tableName), runId),
  keepPlan: (runId, made) => records.keepPlan(runId, made),
  ordersBucket: setting('ORDERS_BUCKET'),
  uuid: randomUUID,
});
