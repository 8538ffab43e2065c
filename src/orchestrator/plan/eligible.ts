/** Whether an instance may be taken out at all: a sick one is not touched, and not blamed on the patch. */
import type { OperatingSystem } from '../../policies/policy.ts';
import type { FleetInstance } from '../fleet/fleet.ts';
import type { Problem } from './types.ts';

export type Eligible = FleetInstance & { operatingSystem: OperatingSystem };

/** Why an instance is left as it is. */
interface Obstacle {
  code: string;
  reason: string;
  remedy: string;
}

export interface Untouchable {
  instance: FleetInstance;
  reason: string;
  /** A warning, not an error: the others can be patched all the same. */
  problem: Problem;
}

/** Tells the instances that can be patched from those that are left alone. */
export function sort(instances: FleetInstance[]): { eligible: Eligible[]; untouchable: Untouchable[] } {
  const eligible: Eligible[] = [];
  const untouchable: Untouchable[] = [];
  for (const instance of instances) {
    const obstacle = obstacleOf(instance);
    if (obstacle !== undefined) untouchable.push(leftAlone(instance, obstacle));
    else if (isKnown(instance)) eligible.push(instance);
    else untouchable.push(leftAlone(instance, UNKNOWN_SYSTEM));
  }
  return { eligible, untouchable };
}

/** Whether it serves: in service and healthy to its group and in every target group. */
export function serves(instance: FleetInstance): boolean {
  return instance.lifecycleState === 'InService' && sicknessOf(instance) === undefined;
}

function leftAlone(instance: FleetInstance, { code, reason, remedy }: Obstacle): Untouchable {
  const { instanceId } = instance;
  const message = `${instanceId}: not touched, ${reason}`;
  return { instance, reason, problem: { level: 'warning', code, instanceId, message, remedy } };
}

function isKnown(instance: FleetInstance): instance is Eligible {
  return instance.operatingSystem !== undefined;
}

const UNKNOWN_SYSTEM: Obstacle = {
  code: 'unsupported-operating-system',
  reason: 'its operating system is not one that policies know',
  remedy: 'Patch it by other means.',
};

function sicknessOf({ healthStatus, targets }: FleetInstance): string | undefined {
  if (healthStatus.toUpperCase() !== 'HEALTHY') return `its group holds it for ${healthStatus}`;
  const sick = targets.find(({ state }) => state !== 'healthy');
  if (sick === undefined) return undefined;
  return `its target is ${sick.state}${sick.reason === undefined ? '' : ` (${sick.reason})`}`;
}

function obstacleOf(instance: FleetInstance): Obstacle | undefined {
  const { lifecycleState, agent } = instance;
  if (lifecycleState !== 'InService') {
    return {
      code: 'not-in-service',
      reason: `its lifecycle state is ${lifecycleState}`,
      remedy: 'Plan again once it is InService.',
    };
  }
  const sickness = sicknessOf(instance);
  if (sickness !== undefined) {
    return {
      code: 'unhealthy-before',
      reason: `it is sick already: ${sickness}`,
      remedy: 'Mend or terminate it, then plan again.',
    };
  }
  if (agent.pingStatus === 'NotRegistered') {
    return {
      code: 'agent-not-registered',
      reason: 'Systems Manager does not know it, so no command reaches it',
      remedy: 'Install the SSM agent and give its role AmazonSSMManagedInstanceCore.',
    };
  }
  if (agent.pingStatus !== 'Online') {
    return {
      code: 'agent-offline',
      reason: `its SSM agent is ${agent.pingStatus}, so no command reaches it`,
      remedy: 'Restart the agent on it, or let the group replace the instance.',
    };
  }
  if (isKnown(instance) && instance.scannedAt === undefined) {
    return {
      code: 'never-scanned',
      reason: 'its patches were never scanned, so nothing is known to be missing',
      remedy: 'Run AWS-RunPatchBaseline with Operation Scan on it, or schedule the scan with Patch Manager.',
    };
  }
  return undefined;
}
