/** The parts of the way that the states of each machine make up, in the order in which a run comes to them. */
import { STEPS, stepOf } from '../../../orchestrator/runs/steps.ts';
import type { Graph } from '../../api/shapes.ts';

/** Of `rollout.asl.json`; those of `patch-instance.asl.json` are the steps that an instance is said to be on. */
const ROLLOUT: Record<string, readonly string[]> = {
  'plan and lock': [
    'Ordered',
    'MakePlan',
    'AnythingToDo',
    'NothingToDo',
    'NotPlanned',
    'Lock',
    'LookAtLock',
    'LookAtHolder',
    'HolderLives',
    'TakeLock',
    'GroupLocked',
    'NotLocked',
    'Unbegun',
    'TellUnbegun',
  ],
  'take the group': [
    'OpenRecord',
    'LookAtGroup',
    'GroupIsFree',
    'LeaveLock',
    'CloseUnbegun',
    'OverrideList',
    'PutOverrideList',
    'MarkGroup',
    'WaitForOthers',
    'LookAtMark',
    'MarkIsOurs',
    'Suspend',
    'SuspendProcesses',
    'Capacity',
    'LowerMinimum',
  ],
  guards: [
    'RenewLease',
    'ReadRecord',
    'Steer',
    'TellPaused',
    'WaitWhileHeld',
    'Alarms',
    'LookAtAlarms',
    'AlarmsQuiet',
    'OnFailure',
    'OrderRollback',
    'MoreWaves',
    'LookForNew',
    'AnyNew',
    'Unapproved',
    'AskForApproval',
    'AnyoneToAsk',
    'TellApproval',
    'WaitForApproval',
    'LookAtCalendars',
    'CalendarsOpen',
    'TimeLeft',
  ],
  wave: ['WholeDeadline', 'LookBeforeWave', 'WholeBeforeWave', 'WaitForWhole', 'Wave', 'StoredWave', 'AfterWave'],
  bake: ['BakeWave', 'ReadWhileBaking', 'StillBaking', 'LookAfterWave', 'PatchedServe', 'LearnFromFirst'],
  'put the group back': [
    'LookToRestore',
    'WaitToSettle',
    'RestoreMinimum',
    'PutBackMinimum',
    'Resume',
    'ResumeProcesses',
    'Unmark',
    'UnmarkGroup',
    'ReleaseLock',
    'FindOldSnapshots',
    'AnyOldSnapshots',
    'RemoveSnapshots',
  ],
  end: ['CloseRecord', 'TellEnd', 'Ended', 'NotWhole', 'Halted', 'Aborted', 'Failed', 'Succeeded'],
};

const PART_OF = new Map(Object.entries(ROLLOUT).flatMap(([part, states]) => states.map((state) => [state, part])));

/** What a definition that is older or newer than this console may have. */
export const OTHER = 'other';

export interface Parts {
  /** In order. */
  labels: readonly string[];
  of(state: string): string;
}

const PARTS: Record<Graph['machine'], Parts> = {
  rollout: { labels: [...Object.keys(ROLLOUT), OTHER], of: (state) => PART_OF.get(state) ?? OTHER },
  'patch-instance': { labels: [...Object.keys(STEPS), OTHER], of: (state) => stepOf(state) ?? OTHER },
};

/** The parts of a machine. */
export function partsOf(machine: Graph['machine']): Parts {
  return PARTS[machine];
}
