/** What can be asked of a run now, and what would happen then: the words of the confirmation. */
import type { Rollback } from '../../orchestrator/runs/runs.ts';
import type { Outcome, RunView } from '../../orchestrator/runs/view.ts';
import { instancesIn, someOf } from '../../orchestrator/runs/words.ts';
import type { RunDocument } from '../api/shapes.ts';

type Action = RunDocument['actions'][number];

/** `rollback` is what there is to roll back of a run that is over, where somebody is there to do it. */
export function actionsOf(view: RunView, rollback: Rollback | undefined): Action[] {
  if (view.endedAt !== undefined)
    return rollback === undefined ? [] : [{ verb: 'rollback', what: rollbackWords(rollback) }];
  // It ends as soon as it can, and cannot be asked for anything else.
  if (view.aborting === true) return [];
  return [
    ...(view.awaitsApproval === true ? [{ verb: 'approve', what: approveWords(view) } as const] : []),
    view.status === 'paused'
      ? { verb: 'resume', what: resumeWords(view) }
      : {
          verb: 'pause',
          what: `${dockWords(view, 'finished')}, nothing new begins. ${waitWords(view)}After a day the run halts.`,
        },
    { verb: 'abort', what: abortWords(view) },
  ];
}

function approveWords(view: RunView): string {
  return `The other ${instancesIn(count(view, 'pending'))} are patched${atATime(view)}.`;
}

function resumeWords(view: RunView): string {
  const left = count(view, 'pending');
  if (left === 0) return 'The run goes on to its end; every instance has been begun.';
  return `The run goes on: ${instancesIn(left)} still to be patched${atATime(view)}.`;
}

function abortWords(view: RunView): string {
  const [skipped, patched] = [count(view, 'pending'), count(view, 'patched')];
  const rest = [
    ...(skipped === 0 ? [] : [`${skipped} ${are(skipped)} left untouched`]),
    ...(patched === 0 ? [] : [`${patched} ${patched === 1 ? 'stays' : 'stay'} patched`]),
  ];
  const others = rest.length === 0 ? '' : `; ${rest.join(', ')}`;
  return `${dockWords(view, 'finished or rolled back')}${others}. Then the group is put back as it was.`;
}

function rollbackWords({ patched }: Rollback): string {
  const kept = patched.filter(({ snapshotId }) => snapshotId !== undefined);
  const without = patched.length - kept.length;
  const ids = someOf(kept.map(({ instanceId }) => instanceId));
  const first = `Puts back ${instancesIn(kept.length)} from their snapshots, newest first, one at a time: ${ids}.`;
  const left =
    without === 0
      ? ''
      : ` ${without} without a snapshot ${without === 1 ? 'stays' : 'stay'} as ${without === 1 ? 'it is' : 'they are'}.`;
  return `${first} What was written to their root volumes since is lost.${left}`;
}

/** `2 instances in the dock are finished`. */
function dockWords(view: RunView, does: string): string {
  const inDock = count(view, 'patching');
  return inDock === 0 ? 'No instance is in the dock' : `${instancesIn(inDock)} in the dock ${are(inDock)} ${does}`;
}

function waitWords(view: RunView): string {
  const left = count(view, 'pending');
  return left === 0 ? '' : `${instancesIn(left)} ${left === 1 ? 'waits' : 'wait'} for the run to be resumed. `;
}

/** How many of the wave that is next are out at once. */
function atATime(view: RunView): string {
  const next = view.instances.find(({ outcome }) => outcome === 'pending')?.wave;
  const concurrency = view.waves.find(({ number }) => number === next)?.concurrency;
  return concurrency === undefined ? '' : `, ${concurrency} at a time`;
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function count({ instances }: RunView, outcome: Outcome): number {
  return instances.filter((instance) => instance.outcome === outcome).length;
}
