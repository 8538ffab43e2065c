/** The calls of AWS that deploying, removing and looking at a deployment make. */
import type {
  CreateChangeSetInput,
  CreateChangeSetOutput,
  DeleteChangeSetInput,
  DeleteStackInput,
  DescribeChangeSetInput,
  DescribeChangeSetOutput,
  DescribeStackEventsInput,
  DescribeStackEventsOutput,
  DescribeStacksInput,
  DescribeStacksOutput,
  ExecuteChangeSetInput,
  GetTemplateInput,
  GetTemplateOutput,
  ListStackResourcesInput,
  ListStackResourcesOutput,
} from '@aws-sdk/client-cloudformation';
import type { HeadBucketRequest, HeadObjectRequest, PutObjectRequest } from '@aws-sdk/client-s3';
import type {
  DescribeMaintenanceWindowExecutionsRequest,
  DescribeMaintenanceWindowExecutionsResult,
  DescribeMaintenanceWindowsRequest,
  DescribeMaintenanceWindowsResult,
} from '@aws-sdk/client-ssm';
import { clientConfig, type SdkCloudOptions } from '../aws/sdk-cloud.ts';

/** CloudFormation. Calls reject with the SDK's errors. */
export interface StackCalls {
  createChangeSet(input: CreateChangeSetInput): Promise<CreateChangeSetOutput>;
  deleteChangeSet(input: DeleteChangeSetInput): Promise<unknown>;
  deleteStack(input: DeleteStackInput): Promise<unknown>;
  describeChangeSet(input: DescribeChangeSetInput): Promise<DescribeChangeSetOutput>;
  describeStackEvents(input: DescribeStackEventsInput): Promise<DescribeStackEventsOutput>;
  describeStacks(input: DescribeStacksInput): Promise<DescribeStacksOutput>;
  executeChangeSet(input: ExecuteChangeSetInput): Promise<unknown>;
  getTemplate(input: GetTemplateInput): Promise<GetTemplateOutput>;
  listStackResources(input: ListStackResourcesInput): Promise<ListStackResourcesOutput>;
}

/** The bucket of the assets. Calls reject with the SDK's errors. */
export interface AssetCalls {
  headBucket(input: HeadBucketRequest): Promise<unknown>;
  headObject(input: HeadObjectRequest): Promise<unknown>;
  putObject(input: Omit<PutObjectRequest, 'Body'> & { Body: Uint8Array }): Promise<unknown>;
}

/** Maintenance windows. Calls reject with the SDK's errors. */
export interface WindowCalls {
  describeMaintenanceWindows(input: DescribeMaintenanceWindowsRequest): Promise<DescribeMaintenanceWindowsResult>;
  describeMaintenanceWindowExecutions(
    input: DescribeMaintenanceWindowExecutionsRequest,
  ): Promise<DescribeMaintenanceWindowExecutionsResult>;
}

/** The SDK's client of CloudFormation, with the time limits and retries of all others. */
export async function stackCalls(options: SdkCloudOptions): Promise<StackCalls> {
  const { CloudFormation } = await import('@aws-sdk/client-cloudformation');
  return new CloudFormation(clientConfig(options));
}

const UPLOAD_MS = 5 * 60_000;

/** The SDK's client of S3. */
export async function assetCalls(options: SdkCloudOptions): Promise<AssetCalls> {
  const { S3 } = await import('@aws-sdk/client-s3');
  const config = clientConfig(options);
  return new S3({
    ...config,
    // Code goes up by whatever line there is.
    requestHandler: { ...config.requestHandler, requestTimeout: UPLOAD_MS },
    // At an endpoint that is one host name, buckets have no host names of their own.
    forcePathStyle: options.endpointUrl !== undefined,
  });
}

/** The SDK's client of Systems Manager. */
export async function windowCalls(options: SdkCloudOptions): Promise<WindowCalls> {
  const { SSM } = await import('@aws-sdk/client-ssm');
  return new SSM(clientConfig(options));
}
