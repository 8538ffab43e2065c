/** What a run itself did between its instances, as its rollout's states tell it: guards, bakes, pauses, approvals, its restore. */
import { plainState } from '../../../orchestrator/runs/steps.ts';
import { waveName } from '../../../orchestrator/runs/words.ts';
import type { Timeline } from '../../api/shapes.ts';

export type MarkKind = Timeline['marks'][number]['kind'];

/** Times in ms since 1970; `to` is absent while it goes on. */
export interface Mark {
  kind: MarkKind;
  label: string;
  from: number;
  to?: number;
}

export interface Marks {
  readonly marks: readonly Mark[];
  enter(state: string, at: number): void;
  end(at: number): void;
}

/** In which part of the run a state of `rollout.asl.json` is. Those of a wave, and those that take no time, are in none. */
const PARTS: Record<MarkKind | 'ready', string[]> = {
  ready: [
    ...['MakePlan', 'Lock', 'LookAtLock', 'LookAtHolder', 'TakeLock', 'OpenRecord', 'LookAtGroup', 'LeaveLock'],
    ...['CloseUnbegun', 'TellUnbegun', 'PutOverrideList', 'MarkGroup', 'WaitForOthers', 'LookAtMark'],
    ...['SuspendProcesses', 'LowerMinimum'],
  ],
  guard: [
    ...['RenewLease', 'ReadRecord', 'LookAtAlarms', 'LookForNew', 'LookAtCalendars', 'WholeDeadline'],
    ...['LookBeforeWave', 'WaitForWhole', 'LookAfterWave'],
  ],
  pause: ['TellPaused', 'WaitWhileHeld'],
  approval: ['AskForApproval', 'TellApproval', 'WaitForApproval'],
  bake: ['BakeWave', 'ReadWhileBaking'],
  rollback: ['OrderRollback'],
  restore: [
    ...['LookToRestore', 'WaitToSettle', 'PutBackMinimum', 'ResumeProcesses', 'UnmarkGroup', 'ReleaseLock'],
    ...['FindOldSnapshots', 'RemoveSnapshots', 'CloseRecord', 'TellEnd'],
  ],
};

const PART_OF = new Map(
  Object.entries(PARTS).flatMap(([part, states]) =>
    states.map((state) => [state, part as keyof typeof PARTS] as const),
  ),
);

/** The parts in which the run waits for somebody, and looks now and then whether it may go on. */
const WAITING: ReadonlySet<string> = new Set(['pause', 'approval']);

interface Open {
  part: keyof typeof PARTS;
  mark: Mark;
  /** Since when it has been looking whether it may go on. */
  looksSince?: number;
}

/** The marks of a run whose waves are these, in their order. */
export function newMarks(waves: readonly { number: number; kind: 'canary' | 'wave' }[]): Marks {
  const marks: Mark[] = [];
  let open: Open | undefined;
  /** The mark of the rollback of the run by itself, beside whatever else is marked meanwhile. */
  let rollback: Mark | undefined;
  let begun = 0;

  const nameOf = (at: number) => {
    const wave = waves[at];
    return wave === undefined ? 'its end' : waveName(waves, wave.number);
  };
  const labels: Record<Open['part'], () => string> = {
    ready: () => 'locks the group and makes it ready',
    guard: () => (rollback === undefined ? `guards before ${nameOf(begun)}` : 'guards of the rollback'),
    pause: () => 'paused',
    approval: () => 'waits for approval',
    bake: () => (rollback === undefined ? `bake after ${nameOf(begun - 1)}` : 'bake of the rollback'),
    rollback: () => 'rolls back what it has patched',
    restore: () => 'puts the group back as it was',
  };
  const add = (part: Open['part'], from: number): Mark => {
    const mark: Mark = { kind: part === 'ready' ? 'guard' : part, label: labels[part](), from };
    marks.push(mark);
    return mark;
  };
  const close = (at: number) => {
    if (open === undefined) return;
    open.mark.to = open.looksSince ?? at;
    if (open.looksSince !== undefined) add('guard', open.looksSince).to = at;
    open = undefined;
  };
  const endRollback = (at: number) => {
    if (rollback !== undefined) rollback.to = at;
    rollback = undefined;
  };

  return {
    marks,
    enter: (name, at) => {
      const state = plainState(name);
      const part = PART_OF.get(state);
      if (state === 'Wave' || state === 'StoredWave') {
        close(at);
        begun += 1;
      }
      if (part === undefined) return;
      if (part === open?.part) {
        delete open.looksSince;
        return;
      }
      if (part === 'guard' && open !== undefined && WAITING.has(open.part)) {
        open.looksSince ??= at;
        return;
      }
      close(at);
      if (part === 'restore') endRollback(at);
      if (part === 'rollback') rollback = add(part, at);
      else open = { part, mark: add(part, at) };
    },
    end: (at) => {
      close(at);
      endRollback(at);
    },
  };
}
