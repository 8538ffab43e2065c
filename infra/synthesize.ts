/** From a policy to its CloudFormation template and the files that go with it, without asking AWS anything. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CliCredentialsStackSynthesizer, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { deployedName } from '../src/orchestrator/step-functions/deployed.ts';
import type { OperatingSystem, Policy } from '../src/policies/policy.ts';
import type { LeftOut } from './patch-baselines.ts';
import { PatchRollout } from './patch-rollout.ts';

export interface SynthesizeOptions {
  /** The document that the policy was parsed from, as YAML: the deployed functions make plans from it. */
  policyText: string;
  /** Where the template and the assets are written: a folder, made when it is not there. */
  outDir: string;
  /** Default: `drydock-` and the policy's name, which is where the other commands look for it. */
  stackName?: string;
  /** Operating systems to make patch baselines for. Default: all on which Patch Manager can keep the policy. */
  operatingSystems?: readonly OperatingSystem[];
  /** The bucket for the assets, where it is not that of `cdk bootstrap`. */
  assetBucket?: string;
}

/** A file that has to lie in the bucket before the stack is created. */
export interface StackAsset {
  path: string;
  objectKey: string;
  /** `${AWS::AccountId}` and `${AWS::Region}` in it stand for those of the stack. */
  bucketName: string;
}

export interface Synthesized {
  stackName: string;
  template: Record<string, unknown>;
  /** Definitions, code, the policy, and last the template itself, for one that is too long to be sent along. */
  assets: StackAsset[];
  /** The patch baselines that were left out, and why. */
  leftOut: readonly LeftOut[];
}

/** Throws when a baseline that was asked for cannot keep the policy, and when the functions' code does not compile. */
export async function synthesize(policy: Policy, options: SynthesizeOptions): Promise<Synthesized> {
  const stackName = options.stackName ?? deployedName(policy.name);
  const app = new App({ outdir: options.outDir, analyticsReporting: false, treeMetadata: false });
  const stack = patchRolloutStack(app, policy, { ...options, stackName });
  const { leftOut } = stack;
  const assembly = app.synth().getStackByName(stackName);
  const manifest = assetManifest.parse(
    JSON.parse(readFileSync(join(options.outDir, `${stackName}.assets.json`), 'utf8')),
  );
  const assets = Object.values(manifest.files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(
      ({ bucketName, objectKey }): StackAsset => ({ path: join(options.outDir, source.path), objectKey, bucketName }),
    ),
  );
  return { stackName, template: template.parse(assembly.template), assets, leftOut };
}

/** The stack of one policy. Assets go to the bucket of `cdk bootstrap`; its roles are not used, so that nothing but the bucket has to be there. */
export function patchRolloutStack(
  app: App,
  policy: Policy,
  { stackName, policyText, operatingSystems, assetBucket }: Omit<SynthesizeOptions, 'outDir'> & { stackName: string },
): Stack & { leftOut: readonly LeftOut[] } {
  const stack = new Stack(app, stackName, {
    stackName,
    description: `Drydock: patch rollouts by the policy ${policy.name}.`,
    // @ts-expect-error CDK's own types do not fit together under exactOptionalPropertyTypes (bootstrapQualifier).
    synthesizer: new CliCredentialsStackSynthesizer(
      assetBucket === undefined ? {} : { fileAssetsBucketName: assetBucket },
    ),
    tags: { 'drydock:policy': policy.name },
  });
  // The parts of a construct `Default` have ids without a hash in the template.
  const { leftOut } = new PatchRollout(stack, 'Default', {
    policy,
    policyText,
    ...(operatingSystems !== undefined && { operatingSystems }),
  });
  return Object.assign(stack, { leftOut });
}

const template = z.record(z.string(), z.unknown());

/** What CDK writes of the assets of a stack. */
const assetManifest = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string() }),
      destinations: z.record(z.string(), z.object({ bucketName: z.string(), objectKey: z.string() })),
    }),
  ),
});
