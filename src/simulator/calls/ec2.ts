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

/** EC2's calls. */
export function ec2Calls(world: World, call: Caller) {
  const answer = answersOf(world, 'ec2', call);
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
