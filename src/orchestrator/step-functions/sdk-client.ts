/** The calls of Step Functions that follow and begin runs, and the SDK's client for them. */
import type { SFN } from '@aws-sdk/client-sfn';
import { clientConfig, type SdkCloudOptions } from '../aws/sdk-cloud.ts';

export type StepFunctionsCalls = Pick<
  SFN,
  'startExecution' | 'describeExecution' | 'listExecutions' | 'getExecutionHistory'
>;

/** A client with the time limits and retries of all others. */
export async function stepFunctionsClient(options: SdkCloudOptions = {}): Promise<StepFunctionsCalls> {
  const { SFN } = await import('@aws-sdk/client-sfn');
  return new SFN(clientConfig(options));
}
