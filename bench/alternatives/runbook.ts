/**
 * A model of the Automation runbook AWS-PatchAsgInstance, run over the group by Automation's rate control, one instance after another.
 *
 * Steps, in their order: "Document Steps" of AWS-PatchAsgInstance in the Systems Manager Automation runbook reference: createTags,
 * executeAutomation (AWS-ASGEnterStandby), runCommand (AWS-RunPatchBaseline), sleep (`WaitForReboot`, default PT5M),
 * executeAutomation (AWS-ASGExitStandby), createTags, sleep (`WaitForInstance`, default PT2M). What follows when one fails is in
 * the document itself: Standby `onFailure: Abort`, the command `onFailure: Continue` and critical, the tags `Continue`. So an instance
 * goes back into service however the command ended, is tagged `Completed`, and the execution says Failed: the reference warns of it.
 *
 * The document looks at no application. Automation can be told to heed a CloudWatch alarm ("Configure Automation to monitor CloudWatch
 * alarms"): when it is on, the execution under way stops, here at its next sleep, and those that wait are cancelled. That is the second tool
 * here, with an alarm at one unhealthy host: one in Standby is none.
 *
 * In their favour: the stacks that AWS-ASGEnterStandby and AWS-ASGExitStandby make and delete for their Lambda function take no time here;
 * and the group's process AZRebalance is suspended, as it may be: otherwise the group evens out its zones whenever one instance in
 * Standby leaves them uneven, and terminates others for it, patched ones too.
 */
import { type Alarm, NO_ALARM, unhealthyHostAlarm } from './alarm.ts';
import { accepted, inService, install, within } from './instances.ts';
import type { Outcome, ScenarioWorld } from './scenario.ts';

/** The defaults of the runbook's own parameters, in seconds. */
export const WAIT_FOR_REBOOT_SECONDS = 300;
export const WAIT_FOR_INSTANCE_SECONDS = 120;
const UNHEALTHY_HOSTS = 1;

export async function runbook(world: ScenarioWorld): Promise<Outcome> {
  return patchOneByOne(world, NO_ALARM);
}

export async function runbookWithAlarm(world: ScenarioWorld): Promise<Outcome> {
  const alarm = unhealthyHostAlarm(world, UNHEALTHY_HOSTS);
  const outcome = await patchOneByOne(world, alarm);
  alarm.remove();
  return outcome;
}

/**
 * `MaxConcurrency` 1: the sleep "before the next instance" means one after another. `MaxErrors` 0, which is "Control automations at
 * scale"'s way to stop after the first execution that failed; told to go on, 100 %.
 */
async function patchOneByOne(world: ScenarioWorld, alarm: Alarm): Promise<Outcome> {
  const { cloud, group, scenario } = world;
  const processes = { AutoScalingGroupName: group, ScalingProcesses: ['AZRebalance'] };
  await cloud.autoscaling.suspendProcesses(processes);
  let failed = false;
  for (const id of await inService(world)) {
    if (!(await patchAsgInstance(world, id, alarm))) failed = true;
    if (alarm.isOn() || (failed && scenario.afterFailure === 'stop')) break;
  }
  await cloud.autoscaling.resumeProcesses(processes);
  return { verdict: alarm.isOn() ? 'halted' : failed ? 'failed' : 'succeeded' };
}

/** One execution; gives whether it says Success. */
async function patchAsgInstance(world: ScenarioWorld, id: string, alarm: Alarm): Promise<boolean> {
  const { cloud, group } = world;
  const tag = (Value: string) =>
    accepted(cloud.ec2.createTags({ Resources: [id], Tags: [{ Key: 'AutoPatchInstanceInASG', Value }] }));
  const standby = { AutoScalingGroupName: group, InstanceIds: [id] };
  await tag('InProgress');
  const entered = await accepted(cloud.autoscaling.enterStandby({ ...standby, ShouldDecrementDesiredCapacity: true }));
  if (!entered) return false;
  const installed = await install(world, id, 'RebootIfNeeded');
  if (await within(world, WAIT_FOR_REBOOT_SECONDS, alarm.isOn)) return false;
  if (!(await accepted(cloud.autoscaling.exitStandby(standby)))) return false;
  await tag('Completed');
  if (await within(world, WAIT_FOR_INSTANCE_SECONDS, alarm.isOn)) return false;
  return installed;
}
