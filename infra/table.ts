/** The table of locks, runs, plans and outcomes. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

/** The table `tableName`: on demand, so it costs nothing while nothing runs. */
export function itemTable(scope: Construct, id: string, tableName: string): CfnTable {
  const text = (attributeName: string) => ({ attributeName, attributeType: 'S' });
  const index = (indexName: string, hash: string, range: string) => ({
    indexName,
    keySchema: [
      { attributeName: hash, keyType: 'HASH' },
      { attributeName: range, keyType: 'RANGE' },
    ],
    projection: { projectionType: 'ALL' },
  });
  const table = new CfnTable(scope, id, {
    tableName,
    billingMode: 'PAY_PER_REQUEST',
    attributeDefinitions: ['pk', 'kind', 'startedAt', 'runId'].map(text),
    keySchema: [{ attributeName: 'pk', keyType: 'HASH' }],
    globalSecondaryIndexes: [index('runs', 'kind', 'startedAt'), index('ofRun', 'runId', 'pk')],
    timeToLiveSpecification: { attributeName: 'expiresAt', enabled: true },
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  });
  // A table that stayed behind would keep the policy from being deployed again. One with point-in-time recovery that is deleted is kept as a
  // backup for 35 days.
  table.applyRemovalPolicy(RemovalPolicy.DESTROY);
  return table;
}
