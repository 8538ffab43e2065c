/** The audit report: which instance got which patch, when, by which run, and how long that took from the patch's release. */
import type { Plan } from '../plan/types.ts';
import { tookBack } from './rollback.ts';
import type { RunView } from './view.ts';

/** One patch on one instance. Times are ISO 8601, UTC. */
export interface InstalledPatch {
  instanceId: string;
  group: string;
  environment: string;
  patch: string;
  title: string;
  classification: string;
  severity: string;
  cves: string[];
  /** The policy's rule that approved it. */
  rule: string;
  /** Null where nobody knows it. */
  releasedAt: string | null;
  installedAt: string;
  /** From release to installed; null where the release is not known. */
  days: number | null;
  policy: { name: string; fingerprint: string };
  runId: string;
  engine: RunView['engine'];
  trigger: string;
}

/** How long patches of a severity took in an environment, in days from release to installed. */
export interface Latency {
  environment: string;
  severity: string;
  patches: number;
  medianDays: number | null;
  longestDays: number | null;
}

const DAY_MS = 86_400_000;

/** What runs installed and left installed: neither what they rolled back themselves, nor what a rollback among them took back later. */
export function installedByAll(runs: readonly { view: RunView; plan: Plan }[]): InstalledPatch[] {
  const takenBack = new Set(runs.flatMap(({ view }) => takenBackIn(view)));
  return runs
    .flatMap(({ view, plan }) => installedBy(view, plan))
    .filter((patch) => !takenBack.has(installedIn(patch)));
}

/** What a rollback of an earlier run took back, as `installedIn` names it; nothing for any other run. */
export function takenBackIn(view: RunView): string[] {
  const { rollbackOf } = view;
  if (rollbackOf === undefined || !isRollback(view)) return [];
  const taken = view.instances.filter(({ outcome }) => tookBack(outcome));
  return taken.map(({ instanceId }) => installedIn({ runId: rollbackOf, instanceId }));
}

/** A run, and an instance in it, as one text. */
export function installedIn({ runId, instanceId }: Pick<InstalledPatch, 'runId' | 'instanceId'>): string {
  return `${runId}\n${instanceId}`;
}

function isRollback({ runId, rollbackOf }: RunView): boolean {
  return rollbackOf !== undefined && rollbackOf !== runId;
}

/** What a run installed and left installed: an instance that was rolled back has none of it, and a rollback installs nothing. */
export function installedBy(view: RunView, plan: Plan): InstalledPatch[] {
  if (isRollback(view)) return [];
  const outcomes = new Map(view.instances.map((instance) => [instance.instanceId, instance]));
  return plan.waves.flatMap(({ instances }) =>
    instances.flatMap(({ instanceId, patches }) => {
      const { outcome, endedAt } = outcomes.get(instanceId) ?? {};
      if (outcome !== 'patched' || endedAt === undefined) return [];
      return patches.map(
        ({ id, title, classification, severity, cves, rule, releasedAt }): InstalledPatch => ({
          instanceId,
          group: view.group,
          environment: view.environment,
          patch: id,
          title,
          classification,
          severity,
          cves,
          rule,
          releasedAt: releasedAt ?? null,
          installedAt: endedAt,
          days: releasedAt === undefined ? null : daysBetween(releasedAt, endedAt),
          policy: view.policy,
          runId: view.runId,
          engine: view.engine,
          trigger: view.trigger,
        }),
      );
    }),
  );
}

/** Patches that took so many days; null: their release is not known. */
export interface CountedDays extends Pick<InstalledPatch, 'environment' | 'severity' | 'days'> {
  /** How many; absent: one. */
  count?: number;
}

/** By environment and severity, in the order of their names. */
export function latencies(installed: readonly CountedDays[]): Latency[] {
  const groups = Map.groupBy(installed, ({ environment, severity }) => `${environment}\n${severity}`);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, of]) => {
      const [environment = '', severity = ''] = key.split('\n');
      const dated = of
        .flatMap(({ days, count = 1 }) => (days === null ? [] : [{ days, count }]))
        .sort((a, b) => a.days - b.days);
      return {
        environment,
        severity,
        patches: sum(of),
        medianDays: medianOf(dated),
        longestDays: dated.at(-1)?.days ?? null,
      };
    });
}

/** Of an even number the upper one. */
function medianOf(sorted: readonly { days: number; count: number }[]): number | null {
  let below = Math.floor(sum(sorted) / 2);
  for (const { days, count } of sorted) {
    if (below < count) return days;
    below -= count;
  }
  return null;
}

function sum(of: readonly { count?: number }[]): number {
  return of.reduce((all, { count = 1 }) => all + count, 0);
}

function daysBetween(from: string, to: string): number {
  return Math.round(((Date.parse(to) - Date.parse(from)) / DAY_MS) * 10) / 10;
}
