/** The policy that was deployed. */
import type { Cloud } from '../../src/orchestrator/aws/cloud.ts';
import { setting } from './environment.ts';

/**
 * Gives what reads its document. Another one has another key, and with it comes another environment: a process keeps the one it read.
 */
export function policyDocument(cloud: Pick<Cloud, 's3'>): () => Promise<string> {
  const where = { Bucket: setting('POLICY_BUCKET'), Key: setting('POLICY_KEY') };
  let document: string | undefined;
  return async () => {
    if (document !== undefined) return document;
    const { Body } = await cloud.s3.getObject(where);
    document = await Body?.transformToString();
    if (document === undefined) throw new Error(`the policy s3://${where.Bucket}/${where.Key} is empty`);
    return document;
  };
}
