/** Progress as plain lines, one a change: for logs, CI and everything that is not a terminal. */
import type { InstanceView, RunView } from '../../orchestrator/runs/view.ts';
import { printable } from '../printable.ts';
import type { ProgressSink } from './sink.ts';

/** Gives `write` a line without its end for each thing that changed since the last update. `now` in ms. */
export function printLines(write: (line: string) => void, now: () => number): ProgressSink {
  const known = new Map<string, { run: string; instances: Map<string, string> }>();
  const say = (what: string) => write(`${clockTime(now())} ${printable(what)}`);
  return {
    say,
    update(view) {
      const before = known.get(view.runId) ?? { run: '', instances: new Map<string, string>() };
      known.set(view.runId, before);
      const run = runState(view);
      // Between first and last news of the run stand those of its instances.
      if (run !== before.run && view.endedAt === undefined) say(`${view.group} ${run}`);
      for (const instance of view.instances) sayInstance(instance, before.instances, say);
      if (run !== before.run && view.endedAt !== undefined) say(`${view.group} ${run}`);
      before.run = run;
    },
    end() {},
  };
}

function runState(view: RunView): string {
  const state = `run ${view.runId} ${view.status}`;
  if (view.bakeUntil !== undefined) return `${state}, baking until ${clockTime(Date.parse(view.bakeUntil))}`;
  return view.halted === undefined ? state : `${state} in wave ${view.halted.wave}: ${view.halted.reason}`;
}

function sayInstance(instance: InstanceView, before: Map<string, string>, say: (what: string) => void): void {
  const state = instance.step ?? instance.outcome;
  const last = before.get(instance.instanceId) ?? 'pending';
  if (state === last) return;
  before.set(instance.instanceId, state);
  const reason = instance.step === undefined && instance.reason ? `: ${instance.reason}` : '';
  say(`${instance.instanceId} wave ${instance.wave} ${last} → ${state}${reason}`);
}

function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/^.*T|\.\d+/g, '');
}
