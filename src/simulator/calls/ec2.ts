import { AwsError } from '../aws-error.ts';
import type { World } from '../world.ts';
import { answersOf, type Caller } from './caller.ts';
import { describeInstances, describeStatus, reboot, terminateInstances } from './ec2-instances.ts';
import { createTags, deleteTags } from './ec2-tags.ts';
import {
  createSnapshot,
  deleteSnapshot,
  describeReplaceTasks,
  describeSnapshots,
  replaceRootVolume,
} from './ec2-volumes.ts';

/** EC2's calls. With `DryRun` each only tells whether it would be let through, which here it always is. */
export function ec2Calls(world: World, call: Caller) {
  const answers = answersOf(world, 'ec2', call);
  const answer = <Input extends { DryRun?: boolean | undefined }, Output>(
    action: string,
    handler: (world: World, input: Input) => Output,
  ) =>
    answers(action, (_: World, input: Input): Output => {
      if (input.DryRun === true) {
        throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
      }
      return handler(world, input);
    });
  return {
    describeInstances: answer('describeInstances', describeInstances),
    describeInstanceStatus: answer('describeInstanceStatus', describeStatus),
    rebootInstances: answer('rebootInstances', reboot),
    terminateInstances: answer('terminateInstances', terminateInstances),
    createSnapshot: answer('createSnapshot', createSnapshot),
    describeSnapshots: answer('describeSnapshots', describeSnapshots),
    deleteSnapshot: answer('deleteSnapshot', deleteSnapshot),
    createReplaceRootVolumeTask: answer('createReplaceRootVolumeTask', replaceRootVolume),
    describeReplaceRootVolumeTasks: answer('describeReplaceRootVolumeTasks', describeReplaceTasks),
    createTags: answer('createTags', createTags),
    deleteTags: answer('deleteTags', deleteTags),
  };
}
