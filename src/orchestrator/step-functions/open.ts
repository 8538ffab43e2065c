/** A deployment's runs over the AWS SDK's own clients. */
import { randomUUID } from 'node:crypto';
import { clientConfig, type SdkCloudOptions, sdkCloud } from '../aws/sdk-cloud.ts';
import { realClock } from '../engine/clock.ts';
import type { RunHistory } from '../engine/history.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { withFirstSeen } from '../fleet/first-seen.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { type RunRecords, runRecords } from '../runs/records.ts';
import type { Runs } from '../runs/runs.ts';
import { dynamodbClient, dynamodbTable, runItems } from '../table/dynamodb.ts';
import type { RunItems } from '../table/run-items.ts';
import type { ItemTable } from '../table/table.ts';
import { type Deployed, deployedName } from './deployed.ts';
import { stepFunctionsHistory } from './history.ts';
import { type OrderStore, stepFunctionsRuns } from './runs.ts';
import { stepFunctionsClient } from './sdk-client.ts';

export interface OpenDeployment {
  runs: Runs;
  /** The executions of its state machines. */
  history: RunHistory;
  records: RunRecords;
  table: ItemTable;
  items: RunItems;
  /** Dates patches without a release date by when the deployment's table first saw them, and notes those that it never did. */
  withFirstSeen(fleet: Fleet): Promise<Fleet>;
}

/** Opens the runs of a deployment. No call is made before one is asked for. */
export async function openDeployment(
  deployed: Deployed,
  options: Omit<SdkCloudOptions, 'region'>,
): Promise<OpenDeployment> {
  const here = { ...options, region: deployed.region };
  const client = await dynamodbClient(here);
  const table = dynamodbTable(client);
  const tableName = deployedName(deployed.policy);
  const items = runItems(client, tableName);
  const calls = await stepFunctionsClient(here);
  const records = runRecords(table, tableName);
  const runs = stepFunctionsRuns({
    deployed,
    calls,
    records,
    items,
    recordItem: async (runId) =>
      (await table.getItem({ TableName: tableName, Key: { pk: { S: `run#${runId}` } }, ConsistentRead: true })).Item,
    orders: orderStore(deployed, here),
    clock: realClock(),
    uuid: randomUUID,
    random: Math.random,
  });
  return {
    runs,
    history: stepFunctionsHistory(calls),
    records,
    table,
    items,
    withFirstSeen: (fleet) => withFirstSeen(fleet, table, tableName),
  };
}

/** The output of the stack that names the bucket for what an execution's input cannot hold. */
const BUCKET_OUTPUT = 'OrdersBucket';

function orderStore(deployed: Deployed, options: SdkCloudOptions): OrderStore {
  const stack = deployedName(deployed.policy);
  return {
    bucket: async () => {
      const { CloudFormation } = await import('@aws-sdk/client-cloudformation');
      const { Stacks = [] } = await new CloudFormation(clientConfig(options)).describeStacks({ StackName: stack });
      const output = Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === BUCKET_OUTPUT)?.OutputValue;
      if (output !== undefined) return output;
      throw new DrydockError(
        `the plan is too large for the input of an execution, and the stack ${stack} names no bucket for it (${BUCKET_OUTPUT})`,
        { exitCode: EXIT.badInput, next: 'Nothing was touched. Deploy this version with drydock deploy.' },
      );
    },
    put: async ({ bucket, key, body }) => {
      await sdkCloud(options).s3.putObject({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' });
    },
  };
}
