/** What happened to a fleet, read from the gateway's record: a short sentence for each thing that matters, in order. */
import type { RecordedCall } from './gateway.ts';

/** What a call that succeeded means for each instance that it names. */
const MOVES: Record<string, string> = {
  'autoscaling:DetachInstances': 'detach',
  'autoscaling:EnterStandby': 'stand by',
  'autoscaling:AttachInstances': 'attach',
  'autoscaling:ExitStandby': 'back from standby',
  'ec2:CreateSnapshot': 'snapshot',
  'ec2:CreateReplaceRootVolumeTask': 'restore',
  'ec2:TerminateInstances': 'terminate',
  'ssm:SendCommand': 'patch',
};

/**
 * `detach i-1`, `patch i-1`, `healthy i-1`, `minimum 3` and so on. Looks of the same result in a row are one; calls
 * that were refused, and calls that only read, are left out.
 */
export function milestones(calls: readonly RecordedCall[]): string[] {
  const said = calls.flatMap(milestone);
  return said.filter((sentence, index) => sentence !== said[index - 1]);
}

function milestone(call: RecordedCall): string[] {
  const { service, action, instanceIds, status } = call;
  if (service === 'application') return instanceIds.map((id) => `${status === 200 ? 'healthy' : 'sick'} ${id}`);
  if (status !== 200) return [];
  const move = MOVES[`${service}:${action}`];
  if (move !== undefined) return instanceIds.map((id) => `${move} ${id}`);
  if (action === 'UpdateAutoScalingGroup') return [`minimum ${field(call, 'MinSize')}`];
  if (action === 'ExecutePolicy') return ['one more'];
  if (action === 'SuspendProcesses') return [`suspend ${field(call, 'ScalingProcesses.member.1')}`];
  if (action === 'ResumeProcesses') return [`resume ${field(call, 'ScalingProcesses.member.1')}`];
  return [];
}

function field({ input }: RecordedCall, name: string): string {
  const value: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, name) : undefined;
  return typeof value === 'string' ? value : '?';
}
