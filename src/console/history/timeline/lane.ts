/** The way of one instance through its run as a lane shows it: pieces of time, one behind the other. */
import { plainState, type Step, stepOf } from '../../../orchestrator/runs/steps.ts';
import type { LaneStep } from '../../api/shapes.ts';

/** Times in ms since 1970; `to` is absent while it goes on. */
export interface Piece {
  step: LaneStep;
  /** What a person calls it. */
  label: string;
  from: number;
  to?: number;
}

export interface Lane {
  readonly pieces: readonly Piece[];
  /** The execution that has the instance in hand has come to a state. */
  enter(state: string, at: number): void;
  /** That execution is over. Another may follow. */
  end(at: number): void;
}

const LANE_STEPS: Record<Step, LaneStep> = {
  waiting: 'wait',
  'looking before': 'look',
  'running a hook': 'hook',
  isolating: 'detach',
  draining: 'detach',
  snapshotting: 'detach',
  patching: 'patch',
  verifying: 'check',
  attaching: 'attach',
  'checking in service': 'check',
  'rolling back': 'rollback',
  replacing: 'rollback',
};

/** They write down what became of the instance, and belong to whatever came before. */
const WRITING = new Set(['RecordOutcome', 'KeepOutcome', 'Done']);

/** An empty lane. */
export function newLane(): Lane {
  const pieces: Piece[] = [];
  /** Whether the machine was rebooted on purpose, or its agent is waited for, in the step that goes on. */
  let reboots = false;

  const close = (at: number) => {
    const last = pieces.at(-1);
    if (last === undefined || last.to !== undefined) return;
    last.to = at;
    // States that pass in the same millisecond are no time in which something happened.
    if (last.from === at) pieces.pop();
  };

  const open = (step: LaneStep, label: string, at: number) => {
    const last = pieces.at(-1);
    if (last?.step === step && last.label === label && (last.to === undefined || last.to === at)) {
      delete last.to;
      return;
    }
    // A look that finds the command still at work is a part of the patching.
    if (step === 'patch' && last?.label === 'verifying' && pieces.at(-2)?.step === 'patch') pieces.pop();
    else close(at);
    const before = pieces.at(-1);
    if (step === 'patch' && before?.step === step && last?.label === 'verifying') {
      delete before.to;
      return;
    }
    if (before?.step === step && before.label === label && before.to === at) delete before.to;
    else pieces.push({ step, label, from: at });
  };

  return {
    pieces,
    enter: (name, at) => {
      const state = plainState(name);
      const step = stepOf(state);
      if (step === undefined || WRITING.has(state)) return;
      // A reboot that the patch command makes itself is part of the command: history shows only those that are waited for.
      if (state === 'RebootOnce' || state === 'WaitInDock') reboots = true;
      else if (step !== 'patching' && state !== 'LookInDock') reboots = false;
      if (reboots) open('reboot', 'rebooting', at);
      else open(LANE_STEPS[step], step, at);
    },
    end: (at) => {
      reboots = false;
      close(at);
    },
  };
}
