/** Which patches a patch baseline approves, as the agent would decide it. */
import type { OperatingSystem, PatchFilter, PatchRule } from '@aws-sdk/client-ssm';
import type { Patch } from './model.ts';
import { wildcard } from './paging.ts';
import type { World } from './world.ts';

/** The part of a baseline (as GetPatchBaseline gives it, and as BaselineOverride takes it) that decides. */
export interface ApprovalBaseline {
  OperatingSystem?: string | undefined;
  ApprovalRules?: { PatchRules?: PatchRule[] | undefined } | undefined;
  ApprovedPatches?: string[] | undefined;
  RejectedPatches?: string[] | undefined;
}

const DAY_MS = 86_400_000;

/** Patches for an operating system that exist now. */
export function released(world: World, operatingSystem: OperatingSystem): Patch[] {
  const all = world.catalogue.get(operatingSystem) ?? [];
  return all.filter((patch) => patch.releasedAt === undefined || Date.parse(patch.releasedAt) <= world.now);
}

/** Whether a baseline approves a patch at that moment (ms). Without a baseline everything that exists is approved. */
export function approves(baseline: ApprovalBaseline | undefined, patch: Patch, now: number): boolean {
  if (baseline === undefined) return true;
  if (named(baseline.RejectedPatches, patch.id)) return false;
  if (named(baseline.ApprovedPatches, patch.id)) return true;
  return (baseline.ApprovalRules?.PatchRules ?? []).some((rule) => ruleApproves(rule, patch, now));
}

/** Whether one of the patterns (`*` and `?`) names the patch. */
export function named(patterns: readonly string[] | undefined, id: string): boolean {
  return (patterns ?? []).some((pattern) => wildcard(pattern)(id));
}

function ruleApproves(rule: PatchRule, patch: Patch, now: number): boolean {
  const filters = rule.PatchFilterGroup?.PatchFilters ?? [];
  if (!filters.every((filter) => passes(filter, patch))) return false;
  if (!isSecurity(patch) && rule.EnableNonSecurity !== true && patch.operatingSystem !== 'WINDOWS') return false;
  // Debian's and Ubuntu's repositories carry no release dates: there a delay is not kept, silently.
  if (patch.releasedAt === undefined) return true;
  const releasedAt = Date.parse(patch.releasedAt);
  if (rule.ApproveUntilDate !== undefined)
    return releasedAt < Date.parse(`${rule.ApproveUntilDate}T00:00:00Z`) + DAY_MS;
  return releasedAt + (rule.ApproveAfterDays ?? 0) * DAY_MS <= now;
}

function passes(filter: PatchFilter, patch: Patch): boolean {
  const values = filter.Values ?? [];
  if (values.includes('*')) return true;
  switch (filter.Key) {
    case 'CLASSIFICATION':
      return values.includes(patch.classification);
    case 'SEVERITY':
    case 'MSRC_SEVERITY':
    case 'PRIORITY':
      return values.includes(patch.severity);
    case 'PATCH_ID':
    case 'NAME':
      return named(values, patch.id);
    case 'CVE_ID':
      return patch.cves.some((cve) => values.includes(cve));
    default:
      return true;
  }
}

/** Whether it closes a hole, by its classification. */
export function isSecurity(patch: Patch): boolean {
  return /security/i.test(patch.classification);
}
