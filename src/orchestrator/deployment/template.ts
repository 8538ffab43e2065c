/** A template as it is handed to CloudFormation. */
import { z } from 'zod';
import { DrydockError, EXIT } from '../errors.ts';
import type { Deployed } from '../step-functions/deployed.ts';
import { type Asset, assetUrl } from './assets.ts';
import type { TemplateResource } from './change-set.ts';

/** What a template may measure when it is sent along, and when it is read from a bucket, in bytes. */
const SENT_LIMIT = 51_200;
const READ_LIMIT = 1_000_000;

export interface StackTemplate {
  /** JSON. */
  text: string;
  /** The same template as a file, for when it is too long to be sent along. */
  asset: Asset;
}

/** Whether the template has to be read from its bucket. Throws a `DrydockError` (exit code 2) when it is too long even for that. */
export function isSentByBucket({ text }: StackTemplate): boolean {
  const bytes = Buffer.byteLength(text);
  if (bytes > READ_LIMIT) {
    throw new DrydockError(
      `nothing was deployed: the template measures ${bytes} bytes, and CloudFormation takes up to ${READ_LIMIT}`,
      {
        exitCode: EXIT.badInput,
        next: 'Divide the policy: fewer environments make fewer patch baselines and maintenance windows.',
      },
    );
  }
  return bytes > SENT_LIMIT;
}

/** The member of CreateChangeSet that says where the template is. */
export function templateInput(
  template: StackTemplate,
  deployed: Deployed,
): { TemplateBody: string } | { TemplateURL: string } {
  return isSentByBucket(template)
    ? { TemplateURL: assetUrl(template.asset, deployed) }
    : { TemplateBody: template.text };
}

const resources = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).optional(),
      DeletionPolicy: z.string().optional(),
    }),
  ),
});

/** The resources of a template in JSON, by logical id; none of what is no such template. */
export function templateResources(text: string): Record<string, TemplateResource> {
  try {
    return resources.parse(JSON.parse(text)).Resources;
  } catch {
    return {};
  }
}
