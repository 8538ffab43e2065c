/** What `drydock doctor` asks of AWS beside the calls of a rollout: who calls, what they may do, and how much of it there may be. */
import type { EvaluationResult, SimulatePrincipalPolicyCommandInput } from '@aws-sdk/client-iam';
import type { ServiceQuota } from '@aws-sdk/client-service-quotas';
import { clientConfig, type SdkCloudOptions } from '../aws/sdk-cloud.ts';
import { allPages } from '../fleet/pages.ts';

export interface Identity {
  account: string;
  arn: string;
}

/** Every call rejects with the SDK's errors. */
export interface Account {
  identity(): Promise<Identity>;
  /** The ARN of a role, which has a path where its session's has none. */
  roleArn(name: string): Promise<string>;
  simulate(input: SimulatePrincipalPolicyCommandInput): Promise<EvaluationResult[]>;
  /** Resolves when the bucket is there and the caller may list it. */
  findBucket(name: string): Promise<void>;
  quotas(service: string): Promise<ServiceQuota[]>;
}

/** The account behind the SDK's clients; each is loaded with its first call. */
export function sdkAccount(options: SdkCloudOptions): Account {
  const config = clientConfig(options);
  return {
    async identity() {
      const { STS } = await import('@aws-sdk/client-sts');
      const { Account = '', Arn = '' } = await new STS(config).getCallerIdentity({});
      return { account: Account, arn: Arn };
    },
    async roleArn(name) {
      const { IAM } = await import('@aws-sdk/client-iam');
      const { Role } = await new IAM(config).getRole({ RoleName: name });
      return Role?.Arn ?? '';
    },
    async simulate(input) {
      const { IAM } = await import('@aws-sdk/client-iam');
      const iam = new IAM(config);
      return allPages(async (token) => {
        const page = await iam.simulatePrincipalPolicy({ ...input, ...(token === undefined ? {} : { Marker: token }) });
        return { items: page.EvaluationResults, next: page.Marker };
      });
    },
    async findBucket(name) {
      const { S3 } = await import('@aws-sdk/client-s3');
      await new S3({ ...config, forcePathStyle: options.endpointUrl !== undefined }).headBucket({ Bucket: name });
    },
    async quotas(service) {
      const { ServiceQuotas } = await import('@aws-sdk/client-service-quotas');
      const quotas = new ServiceQuotas(config);
      return allPages(async (token) => {
        const page = await quotas.listServiceQuotas({
          ServiceCode: service,
          ...(token === undefined ? {} : { NextToken: token }),
        });
        return { items: page.Quotas, next: page.NextToken };
      });
    },
  };
}
