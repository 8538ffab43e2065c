/** The types of events that runs have, to choose from: in the words of Step Functions, what went wrong first. */
export const EVENT_TYPES: { about: string; types: string[] }[] = [
  {
    about: 'Failures',
    types: [
      ...['ExecutionFailed', 'ExecutionAborted', 'ExecutionTimedOut', 'FailStateEntered'],
      ...['TaskFailed', 'TaskTimedOut', 'TaskStartFailed', 'TaskSubmitFailed'],
      ...['MapRunFailed', 'MapRunAborted', 'MapStateFailed', 'MapIterationFailed', 'MapIterationAborted'],
      ...['LambdaFunctionFailed', 'LambdaFunctionTimedOut'],
    ],
  },
  {
    about: 'States',
    types: ['Task', 'Choice', 'Wait', 'Pass', 'Map', 'Succeed'].flatMap((state) => [
      `${state}StateEntered`,
      `${state}StateExited`,
    ]),
  },
  {
    about: 'Tasks',
    types: [
      ...['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded'],
      ...['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded'],
    ],
  },
  {
    about: 'Executions and waves',
    types: [
      ...['ExecutionStarted', 'ExecutionSucceeded', 'ExecutionRedriven', 'MapRunStarted', 'MapRunSucceeded'],
      ...['MapStateStarted', 'MapStateSucceeded', 'MapIterationStarted', 'MapIterationSucceeded'],
    ],
  },
];
