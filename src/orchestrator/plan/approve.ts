/** Which of an instance's missing patches the policy approves, and what the others wait for. */
import { decide } from '../../policies/approval.ts';
import type { Environment, Policy } from '../../policies/policy.ts';
import type { FleetInstance } from '../fleet/fleet.ts';
import type { FinishedRun, HeldPatch, PlannedPatch } from './types.ts';

export interface Approval {
  approved: PlannedPatch[];
  held: Omit<HeldPatch, 'instanceIds'>[];
}

/** Decides over every missing patch of an instance at `now` (ISO 8601, UTC). */
export function approve(
  instance: FleetInstance,
  policy: Policy,
  environment: Environment,
  history: FinishedRun[],
  now: string,
): Approval {
  const approval: Approval = { approved: [], held: [] };
  for (const patch of instance.missing) {
    const { id, title, classification, severity, cves, releasedAt } = patch;
    const facts = { id, title, classification, severity, cves, ...(releasedAt === undefined ? {} : { releasedAt }) };
    const decision = decide(patch, policy, environment, history, Date.parse(now));
    if (decision.approved) approval.approved.push({ ...facts, rule: decision.rule, approvedSince: decision.since });
    else {
      const { rule, until, waitsFor } = decision;
      const when = { ...(rule === undefined ? {} : { rule }), ...(until === undefined ? {} : { until }) };
      approval.held.push({ ...facts, ...when, waitsFor });
    }
  }
  approval.approved.sort((a, b) => (a.id < b.id ? -1 : 1));
  return approval;
}

/** Each held patch once, with the instances that wait for it. */
export function mergeHeld(approvals: Map<string, Approval>): HeldPatch[] {
  const held = new Map<string, HeldPatch>();
  for (const [instanceId, approval] of approvals) {
    for (const patch of approval.held) {
      const known = held.get(patch.title);
      if (known === undefined) held.set(patch.title, { ...patch, instanceIds: [instanceId] });
      else known.instanceIds.push(instanceId);
    }
  }
  for (const { instanceIds } of held.values()) instanceIds.sort();
  return [...held.values()].sort((a, b) => (a.title < b.title ? -1 : 1));
}
