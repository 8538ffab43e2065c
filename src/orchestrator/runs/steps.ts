/** What a person calls the part of the way that an instance is on, by the state of `patch-instance.asl.json` it is in. */
export const STEPS = {
  waiting: ['Begin', 'ReadRun', 'MayNotKnow', 'MayI', 'WaitWhilePaused'],
  'looking before': [
    'LookAtMembership',
    'StillInService',
    'LookAtMachine',
    'MachineRuns',
    'LookAtTargets',
    'HealthyBefore',
    'CheckBefore',
    'WasHealthy',
    'WhereWasIt',
  ],
  isolating: [
    'TagInstance',
    'Isolate',
    'Detach',
    'EnterStandby',
    'LookAfterIsolate',
    'TakenOut',
    'NotTakenOut',
    'CountUntouched',
  ],
  draining: ['WaitForDrain', 'LookAtDrain', 'LeftTheGroup', 'LookAtDrainedTargets', 'Drained', 'ResumeRecovered'],
  snapshotting: ['Snapshot', 'CreateSnapshot', 'TagPatching'],
  patching: [
    'WaitForSent',
    'FindPatchCommand',
    'AlreadySent',
    'SendPatchCommand',
    'AwaitPatch',
    'WaitForPatch',
    'LookAtCommand',
    'PatchEnded',
    'LookAtAgent',
    'AgentSilent',
    'RebootOnce',
    'CancelPatch',
  ],
  verifying: [
    'LookAtPatchStates',
    'PatchStateNow',
    'WaitForPatchState',
    'LookForMissing',
    'AllInstalled',
    'AgentDeadline',
    'LookForAgent',
    'AgentBack',
    'WaitForAgent',
  ],
  checking: ['CheckInDock', 'HealthyInDock'],
  attaching: [
    'Reattach',
    'Attach',
    'ExitStandby',
    'RetryAttach',
    'WaitForService',
    'LookAtService',
    'BackInService',
    'LookAtServingTargets',
    'LookAtLeaving',
    'GivenUp',
    'Serving',
  ],
  'checking in service': ['CheckInService', 'HealthyInService', 'Protect', 'Untag', 'RecordOutcome', 'Done'],
  'rolling back': [
    'CountFailure',
    'Isolated',
    'LookAtMachineState',
    'HowToRollBack',
    'SnapshotDeadline',
    'LookAtSnapshot',
    'SnapshotReady',
    'WaitForSnapshot',
    'RestoreRootVolume',
    'WaitForRestore',
    'LookAtRestore',
    'Restored',
  ],
  replacing: [
    'TakeReplacing',
    'NoteDesired',
    'RoomToReplace',
    'NoteRaise',
    'RaiseDesired',
    'NoteRaised',
    'WaitForReplacement',
    'LookForReplacement',
    'ReplacementServes',
    'TerminateBroken',
    'Quarantine',
    'LeaveReplacing',
    'CloseAsFailed',
    'NoteNotWhole',
  ],
} as const;

export type Step = keyof typeof STEPS;

const BY_STATE = new Map<string, Step>(
  Object.entries(STEPS).flatMap(([step, states]) => states.map((state) => [state, step as Step])),
);

/** What a second Map adds to the names of the same states. */
const WORD = / \(.+\)$/;

/** The step that a state belongs to; undefined for states inside a Map and for ones that are not of `patch-instance`. */
export function stepOf(state: string): Step | undefined {
  return BY_STATE.get(state.replace(WORD, ''));
}
