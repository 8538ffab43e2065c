/** A run as the console shows it: what `runs show --json` prints, and what a person needs beside it. */
import type { Plan } from '../../orchestrator/plan/types.ts';
import { adviceOn, type Circumstances } from '../../orchestrator/runs/advice.ts';
import type { Rollback } from '../../orchestrator/runs/runs.ts';
import { type RunView, toContractJson } from '../../orchestrator/runs/view.ts';
import type { RunDocument } from '../api/shapes.ts';
import { actionsOf } from './actions.ts';

export interface DocumentOptions extends Circumstances {
  view: RunView;
  plan: Plan;
  /** What can be rolled back of it, where somebody is there to do it. */
  rollback: Rollback | undefined;
  /** Milliseconds since 1970, by the clock that the run goes by. */
  now: number;
}

export function documentOf({ view, plan, rollback, now, ...circumstances }: DocumentOptions): RunDocument {
  const { instances, ...contract } = toContractJson(view, plan);
  return {
    now: new Date(now).toISOString(),
    ...contract,
    plan: { ...plan },
    instances: instances.map((instance, at) => {
      const step = view.instances[at]?.step;
      return step === undefined ? instance : { ...instance, step };
    }),
    advice: adviceOn(view, circumstances) ?? null,
    capacity: { ...view.capacity, inService: view.capacity.inService ?? null },
    waves: view.waves,
    awaitsApproval: view.awaitsApproval === true,
    bakeUntil: view.bakeUntil ?? null,
    estimateSeconds: view.estimateSeconds ?? null,
    actions: actionsOf(view, rollback),
    held: plan.held.map(({ id, title, severity, cves, rule, until, waitsFor, instanceIds }) => ({
      id,
      title,
      severity,
      cves,
      rule: rule ?? null,
      until: until ?? null,
      waitsFor,
      instances: instanceIds.length,
    })),
  };
}
