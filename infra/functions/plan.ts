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

const tableName = setting('TABLE_NAME');
const cloud = sdkCloud();
const client = await dynamodbClient();
const table = dynamodbTable(client);
const records = runRecords(table, tableName);

const where = { Bucket: setting('POLICY_BUCKET'), Key: setting('POLICY_KEY') };
let document: string | undefined;

/** The policy that was deployed. Another one has another key, and with it comes another environment: this process keeps the one it read. */
async function policyText(): Promise<string> {
  if (document !== undefined) return document;
  const { Body } = await cloud.s3.getObject(where);
  document = await Body?.transformToString();
  if (document === undefined) throw new Error(`the policy s3://${where.Bucket}/${where.Key} is empty`);
  return document;
}

/** Takes and gives what `planHandler` does. */
export const handler = planHandler({
  cloud,
  region: setting('AWS_REGION'),
  policyText,
  history: (policy) => keptFinishedRuns(runItems(client, tableName), records, policy),
  withFirstSeen: (fleet) => withFirstSeen(fleet, table, tableName),
  patchedBy: (runId) => patchedBy(runItems(client, tableName), runId),
  keepPlan: (runId, made) => records.keepPlan(runId, made),
  ordersBucket: setting('ORDERS_BUCKET'),
  uuid: randomUUID,
});
