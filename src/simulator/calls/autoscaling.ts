import type { World } from '../world.ts';
import {
  describeActivities,
  describeGroups,
  describeHooks,
  describeInstances,
  describeRefreshes,
} from './autoscaling-describe.ts';
import { attach, detach, enterStandby, exitStandby, setProtection, terminateInstance } from './autoscaling-members.ts';
import { deletePolicy, executePolicy, putPolicy } from './autoscaling-policies.ts';
import { deleteTags, putTags, resume, setDesired, suspend, update } from './autoscaling-settings.ts';
import { answersOf, type Caller } from './caller.ts';

/** Auto Scaling's calls. */
export function autoscalingCalls(world: World, call: Caller) {
  const answer = answersOf(world, 'autoscaling', call);
  return {
    describeAutoScalingGroups: answer('describeAutoScalingGroups', describeGroups),
    describeAutoScalingInstances: answer('describeAutoScalingInstances', describeInstances),
    describeInstanceRefreshes: answer('describeInstanceRefreshes', describeRefreshes),
    describeLifecycleHooks: answer('describeLifecycleHooks', describeHooks),
    describeScalingActivities: answer('describeScalingActivities', describeActivities),
    detachInstances: answer('detachInstances', detach),
    attachInstances: answer('attachInstances', attach),
    enterStandby: answer('enterStandby', enterStandby),
    exitStandby: answer('exitStandby', exitStandby),
    updateAutoScalingGroup: answer('updateAutoScalingGroup', update),
    setDesiredCapacity: answer('setDesiredCapacity', setDesired),
    putScalingPolicy: answer('putScalingPolicy', putPolicy),
    executePolicy: answer('executePolicy', executePolicy),
    deletePolicy: answer('deletePolicy', deletePolicy),
    setInstanceProtection: answer('setInstanceProtection', setProtection),
    suspendProcesses: answer('suspendProcesses', suspend),
    resumeProcesses: answer('resumeProcesses', resume),
    createOrUpdateTags: answer('createOrUpdateTags', putTags),
    deleteTags: answer('deleteTags', deleteTags),
    terminateInstanceInAutoScalingGroup: answer('terminateInstanceInAutoScalingGroup', terminateInstance),
  };
}
