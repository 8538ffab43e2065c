/** Whether an instance may be taken out at all: a sick one is not touched, and not blamed on the patch. */
import type { OperatingSystem } from '../../policies/policy.ts';
import type { FleetInstance } from '../fleet/fleet.ts';
import type { Problem } from './types.ts';

export type Eligible = FleetInstance & { operatingSystem: OperatingSystem };

/** Why an instance is left as it is: for people, and as a problem where a person should do something. */
export interface Untouchable {
  reason: string;
  problem?: Problem;
}

/** Tells the instances that can be patched from those that are left alone. */
export function sort(instances: FleetInstance[]): {
  eligible: Eligible[];
  untouchable: Map<FleetInstance, Untouchable>;
} {
  const eligible: Eligible[] = [];
  const untouchable = new Map<FleetInstance, Untouchable>();
  for (const instance of instances) {
    const why = untouchableBecause(instance);
    if (why !== undefined) untouchable.set(instance, why);
    else if (isKnown(instance)) eligible.push(instance);
  }
  return { eligible, untouchable };
}

/** Whether it serves: in service and healthy to its group and in every target group. */
export function serves({ lifecycleState, healthStatus, targets }: FleetInstance): boolean {
  return (
    lifecycleState === 'InService' &&
    healthStatus.toUpperCase() === 'HEALTHY' &&
    targets.every(({ state }) => state === 'healthy')
  );
}

function isKnown(instance: FleetInstance): instance is Eligible {
  return instance.operatingSystem !== undefined;
}

function untouchableBecause(instance: FleetInstance): Untouchable | undefined {
  const { instanceId, lifecycleState, healthStatus, targets, agent, operatingSystem } = instance;
  const problem = (code: string, message: string, remedy: string): Problem => ({
    level: 'warning',
    code,
    instanceId,
    message: `${instanceId}: ${message}`,
    remedy,
  });
  if (lifecycleState !== 'InService') {
    return {
      reason: `its lifecycle state is ${lifecycleState}`,
      problem: problem(
        'not-in-service',
        `its lifecycle state is ${lifecycleState}, so it is left as it is`,
        'Plan again once it is InService.',
      ),
    };
  }
  const sick = targets.find(({ state }) => state !== 'healthy');
  if (healthStatus.toUpperCase() !== 'HEALTHY' || sick !== undefined) {
    const reason =
      sick === undefined
        ? 'its group holds it for unhealthy'
        : `its target is ${sick.state}${sick.reason === undefined ? '' : ` (${sick.reason})`}`;
    return {
      reason: `sick already: ${reason}`,
      problem: problem(
        'unhealthy-before',
        `it is sick already: ${reason}; it is not touched`,
        'Mend or terminate it, then plan again.',
      ),
    };
  }
  if (agent.pingStatus === 'NotRegistered') {
    return {
      reason: 'Systems Manager does not know it',
      problem: problem(
        'agent-not-registered',
        'Systems Manager does not know it, so no command reaches it',
        'Install the SSM agent and give its role AmazonSSMManagedInstanceCore.',
      ),
    };
  }
  if (agent.pingStatus !== 'Online') {
    return {
      reason: `its agent is ${agent.pingStatus}`,
      problem: problem(
        'agent-offline',
        `its SSM agent is ${agent.pingStatus}, so no command reaches it`,
        'Restart the agent on it, or let the group replace the instance.',
      ),
    };
  }
  if (operatingSystem === undefined) {
    return {
      reason: 'its operating system is not one that policies know',
      problem: problem(
        'unsupported-operating-system',
        'its operating system is not one that policies know',
        'Patch it by other means.',
      ),
    };
  }
  if (instance.scannedAt === undefined) {
    return {
      reason: 'its patches were never looked at',
      problem: problem(
        'never-scanned',
        'its patches were never scanned, so nothing is known to be missing',
        'Run AWS-RunPatchBaseline with Operation Scan on it, or schedule the scan with Patch Manager.',
      ),
    };
  }
  return undefined;
}
