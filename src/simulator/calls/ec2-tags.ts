import type { CreateTagsCommandInput, DeleteTagsCommandInput } from '@aws-sdk/client-ec2';
import { AwsError } from '../aws-error.ts';
import type { World } from '../world.ts';
import { machineNamed } from './ec2-instances.ts';
import { snapshotNamed, volumeNamed } from './ec2-volumes.ts';

const TAGS_A_RESOURCE = 50;

/** On instances, snapshots and volumes; `aws:` keys are AWS's own. */
export function createTags(world: World, input: CreateTagsCommandInput): Record<string, never> {
  const resources = (input.Resources ?? []).map((id) => tagsOf(world, id));
  const tags = (input.Tags ?? []).map((tag) => ({ key: tag.Key ?? '', value: tag.Value ?? '' }));
  for (const { key, value } of tags) checkTag(key, value);
  for (const resource of resources) {
    const keys = new Set([...resource.keys(), ...tags.map((tag) => tag.key)].filter((key) => !key.startsWith('aws:')));
    if (keys.size > TAGS_A_RESOURCE) throw new AwsError('TagLimitExceeded', 'More than 50 tags on one resource.');
  }
  for (const resource of resources) for (const { key, value } of tags) resource.set(key, value);
  return {};
}

/** A tag given with a value goes only if it has that value. */
export function deleteTags(world: World, input: DeleteTagsCommandInput): Record<string, never> {
  for (const id of input.Resources ?? []) {
    const resource = tagsOf(world, id);
    for (const { Key = '', Value } of input.Tags ?? []) {
      if (Value === undefined || resource.get(Key) === Value) resource.delete(Key);
    }
  }
  return {};
}

/** Throws for a key or value that EC2 refuses. */
export function checkTag(key: string, value: string): void {
  if (key === '' || key.startsWith('aws:')) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
    );
  }
  if (key.length > 127 || value.length > 255) {
    throw new AwsError('InvalidParameterValue', `Tag key or value exceeds the maximum length: ${key}`);
  }
}

function tagsOf(world: World, id: string): Map<string, string> {
  if (id.startsWith('snap-')) return snapshotNamed(world, id).tags;
  if (id.startsWith('vol-')) return volumeNamed(world, id).tags;
  return machineNamed(world, id).tags;
}
