/** The patches of a run, each once, with how many instances were to get it and how many have. */
import type { RunDocument } from '../../../api/shapes.ts';
import { listAt, textAt } from './loose.ts';

export interface RunPatch {
  id: string;
  title: string;
  severity: string;
  classification: string;
  cves: string[];
  rule: string;
  approvedSince: string | undefined;
  /** Instances that were to get it, and those that are patched. */
  planned: number;
  installed: number;
}

type Run = Pick<RunDocument, 'instances' | 'plan'>;

/** Those of the most instances first. What the plan says of each is taken from it where it says so. */
export function patchesOf({ instances, plan }: Run): RunPatch[] {
  const told = patchesToldBy(plan);
  const found = new Map<string, RunPatch>();
  for (const { outcome, patches } of instances) {
    for (const { id, cves, rule } of patches) {
      const patch = found.get(id) ?? { ...aboutOf(told.get(id)), id, cves, rule, planned: 0, installed: 0 };
      patch.planned += 1;
      if (outcome === 'patched') patch.installed += 1;
      found.set(id, patch);
    }
  }
  return [...found.values()].toSorted((a, b) => b.planned - a.planned || a.id.localeCompare(b.id));
}

function aboutOf(told: unknown): Pick<RunPatch, 'title' | 'severity' | 'classification' | 'approvedSince'> {
  return {
    title: textAt(told, 'title') ?? '',
    severity: textAt(told, 'severity') ?? '',
    classification: textAt(told, 'classification') ?? '',
    approvedSince: textAt(told, 'approvedSince'),
  };
}

function patchesToldBy(plan: unknown): Map<string, unknown> {
  const told = new Map<string, unknown>();
  for (const wave of listAt(plan, 'waves')) {
    for (const instance of listAt(wave, 'instances')) {
      for (const patch of listAt(instance, 'patches')) {
        const id = textAt(patch, 'id');
        if (id !== undefined && !told.has(id)) told.set(id, patch);
      }
    }
  }
  return told;
}
