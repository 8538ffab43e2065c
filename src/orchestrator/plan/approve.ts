/** Which of an instance's missing patches the policy approves, and what the others wait for. */
import { type Decision, decide } from '../../policies/approval.ts';
import { isListable } from '../../policies/baselines.ts';
import type { Environment, Policy } from '../../policies/policy.ts';
import type { FleetInstance, MissingPatch } from '../fleet/fleet.ts';
import type { FinishedRun, HeldPatch, PlannedPatch } from './types.ts';

export interface Approval {
  approved: PlannedPatch[];
  held: Omit<HeldPatch, 'instanceIds'>[];
}

/**
 * Decides over the missing patches of each instance at `now` (ISO 8601, UTC); by instance id. Instances mostly miss the same
 * patches, so each is decided over once.
 */
export function approve(
  instances: FleetInstance[],
  policy: Policy,
  environment: Environment,
  history: FinishedRun[],
  now: string,
): Map<string, Approval> {
  const decisions = new Map<string, Decision>();
  const decided = (patch: MissingPatch): Decision => {
    const key = JSON.stringify(patch);
    const decision = decisions.get(key) ?? decideOver(patch, policy, environment, history, Date.parse(now));
    decisions.set(key, decision);
    return decision;
  };
  return new Map(instances.map(({ instanceId, missing }) => [instanceId, approvalOf(missing, decided)]));
}

/** What a plan made at `now` (ms since 1970) decides over a missing patch. */
export function decideOver(
  patch: MissingPatch,
  policy: Policy,
  environment: Environment,
  history: FinishedRun[],
  now: number,
): Decision {
  const decision = decide(patch, policy, environment, history, now);
  // A run that installs by a list of ids leaves alone what has none: one such patch must not keep the others from being installed.
  if (!decision.approved || policy.patches.overrideList === undefined || isListable(patch.id)) return decision;
  const waitsFor = `${decision.rule} approves it, but it has no id by which patches.overrideList could name it; install it by other means`;
  return { approved: false, rule: decision.rule, waitsFor };
}

function approvalOf(missing: MissingPatch[], decided: (patch: MissingPatch) => Decision): Approval {
  const approval: Approval = { approved: [], held: [] };
  for (const patch of missing) {
    const { id, title, classification, severity, cves, releasedAt } = patch;
    const facts = { id, title, classification, severity, cves, ...(releasedAt === undefined ? {} : { releasedAt }) };
    const decision = decided(patch);
    if (decision.approved) approval.approved.push({ ...facts, rule: decision.rule, approvedSince: decision.since });
    else {
      const { rule, until, waitsFor } = decision;
      const when = { ...(rule === undefined ? {} : { rule }), ...(until === undefined ? {} : { until }) };
      approval.held.push({ ...facts, ...when, waitsFor });
    }
  }
  return approval;
}

/** Each held patch once, with the instances that wait for it. */
export function mergeHeld(approvals: Map<string, Approval>): HeldPatch[] {
  const held = new Map<string, HeldPatch>();
  for (const [instanceId, approval] of approvals) {
    for (const patch of approval.held) {
      const key = JSON.stringify([patch.id, patch.title, patch.waitsFor]);
      const known = held.get(key);
      if (known === undefined) held.set(key, { ...patch, instanceIds: [instanceId] });
      else known.instanceIds.push(instanceId);
    }
  }
  return [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, patch]) => patch);
}
