/** Which region calls go to. */
import type { SdkCloudOptions } from './sdk-cloud.ts';

/**
 * The region that the AWS SDK settles on: the given one, AWS_REGION, or that of the profile. Rejects with the SDK's error when
 * there is none.
 */
export async function resolveRegion({ region, profile }: SdkCloudOptions): Promise<string> {
  if (region !== undefined) return region;
  const { AutoScaling } = await import('@aws-sdk/client-auto-scaling');
  const client = new AutoScaling(profile === undefined ? {} : { profile });
  return client.config.region();
}
