/** What changed in a run since it was last looked at: for progress that is told line by line. */
import type { RunView } from '../../orchestrator/runs/view.ts';

export type Change =
  | ({ runId: string; group: string; status: RunView['status'] } & Pick<
      RunView,
      'bakeUntil' | 'awaitsApproval' | 'halted'
    >)
  | { runId: string; instanceId: string; wave: number; from: string; to: string; reason?: string };

/** Gives a function that tells what is new in a view, the run's own news around those of its instances. */
export function changes(): (view: RunView) => Change[] {
  const runs = new Map<string, string>();
  const instances = new Map<string, string>();
  return (view) => {
    const { runId, group, status, bakeUntil, awaitsApproval, halted } = view;
    const run: Change = {
      runId,
      group,
      status,
      ...(bakeUntil === undefined ? {} : { bakeUntil }),
      ...(awaitsApproval === undefined ? {} : { awaitsApproval }),
      ...(halted === undefined ? {} : { halted }),
    };
    const key = JSON.stringify(run);
    const isNew = runs.get(runId) !== key;
    runs.set(runId, key);
    const changed = view.instances.flatMap(({ instanceId, wave, step, outcome, reason }): Change[] => {
      const from = instances.get(`${runId} ${instanceId}`) ?? 'pending';
      const to = step ?? outcome;
      if (from === to) return [];
      // What a run that ended never came to is said by its end, not a line each.
      if (from === 'pending' && to === 'skipped' && view.endedAt !== undefined) return [];
      instances.set(`${runId} ${instanceId}`, to);
      return [{ runId, instanceId, wave, from, to, ...(step === undefined && reason ? { reason } : {}) }];
    });
    if (!isNew) return changed;
    return view.endedAt === undefined ? [run, ...changed] : [...changed, run];
  };
}
