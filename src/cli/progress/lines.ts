/** Progress as plain lines, one a change: for logs, CI and everything that is not a terminal. */
import { printable } from '../../orchestrator/printable.ts';
import { type Change, changes } from './changes.ts';
import type { ProgressSink } from './sink.ts';

/** Gives `write` a line without its end for each thing that changed since the last update. `now` in ms. */
export function printLines(write: (line: string) => void, now: () => number): ProgressSink {
  const newsOf = changes();
  const say = (what: string) => write(`${clockTime(now())} ${printable(what)}`);
  return {
    update: (view) => newsOf(view).map(sentence).forEach(say),
    say,
    end() {},
  };
}

/** Progress as JSON, one object a line with the time `at` which it was seen. `now` in ms. */
export function printJsonLines(write: (line: string) => void, now: () => number): ProgressSink {
  const newsOf = changes();
  return {
    update: (view) => {
      for (const change of newsOf(view)) write(JSON.stringify({ at: new Date(now()).toISOString(), ...change }));
    },
    say() {},
    end() {},
  };
}

function sentence(change: Change): string {
  if ('instanceId' in change) {
    const { instanceId, wave, from, to, reason } = change;
    return `${instanceId} wave ${wave} ${from} → ${to}${reason === undefined ? '' : `: ${reason}`}`;
  }
  const { group, runId, status, bakeUntil, awaitsApproval, halted } = change;
  const state = `${group} run ${runId} ${status}`;
  if (bakeUntil !== undefined) return `${state}, baking until ${clockTime(Date.parse(bakeUntil))}`;
  if (awaitsApproval === true) return `${state}, waits for approval: drydock runs approve ${runId}`;
  return halted === undefined ? state : `${state} in wave ${halted.wave}: ${halted.reason}`;
}

function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/^.*T|\.\d+/g, '');
}
