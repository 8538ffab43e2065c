/** The steps that an instance went through in a run, with their times. */
import type { HistoryEvent } from '../../../interpreter/ports.ts';
import { stateName } from '../../../orchestrator/runs/event-details.ts';
import { plainState, stepOf } from '../../../orchestrator/runs/steps.ts';
import type { InstanceDocument } from '../../api/shapes.ts';

type Steps = InstanceDocument['steps'];

/** States that close whatever step an instance is on: one that was passed over is not "checked in service" by being noted down. */
const CLOSING = ['Untag', 'RecordOutcome', 'KeepOutcome', 'Done'];

/** Of each execution that had it in hand, one after the other. A step that goes on has no end. */
export function stepsOf(histories: readonly HistoryEvent[][]): Steps {
  return histories.flatMap(stepsOfOne);
}

function stepsOfOne(history: readonly HistoryEvent[]): Steps {
  const steps: Steps = [];
  const close = (at: number) => {
    const open = steps.at(-1);
    if (open === undefined || open.to !== null) return;
    open.to = new Date(at).toISOString();
    open.seconds = (at - Date.parse(open.from)) / 1000;
  };
  for (const event of history) {
    if (/^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(event.type)) close(event.timestamp);
    if (!event.type.endsWith('StateEntered')) continue;
    const state = plainState(stateName(event) ?? '');
    const step = stepOf(state);
    if (step === undefined || CLOSING.includes(state) || step === steps.at(-1)?.step) continue;
    // A look that finds the command still at work is a part of the patching.
    const before = steps.at(-2);
    if (step === 'patching' && steps.at(-1)?.step === 'verifying' && before?.step === step) {
      steps.pop();
      Object.assign(before, { to: null, seconds: null });
      continue;
    }
    close(event.timestamp);
    steps.push({ step, from: new Date(event.timestamp).toISOString(), to: null, seconds: null });
  }
  return steps;
}
