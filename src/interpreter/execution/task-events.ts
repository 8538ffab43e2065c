import type { Resource } from '../definition/types.ts';
import type { HistoryEvent, Json } from '../ports.ts';
import { errorDetails, type StateFailure } from './failure.ts';
import type { Payload } from './payload.ts';
import type { Strand } from './strand.ts';
import { NOT_TRUNCATED } from './visit.ts';

/** A Task's evaluated limits. */
export interface Limits {
  timeoutSeconds: number | undefined;
  heartbeatSeconds: number | undefined;
}

/** Records what happens to one call of a task. */
export interface TaskEvents {
  scheduled(args: Payload, limits: Limits): void;
  started(): HistoryEvent;
  submitted(output: Payload): void;
  succeeded(output: Payload): void;
  failed(failure: StateFailure): void;
}

/** Lambda functions named by their own ARN have events of their own; everything else has the Task… ones. */
export function eventsOf(strand: Strand, resource: Resource): TaskEvents {
  return resource.kind === 'function' ? functionEvents(strand, resource) : integrationEvents(strand, resource);
}

function integrationEvents(strand: Strand, resource: Resource): TaskEvents {
  const who = { resource: resource.name, resourceType: resource.type };
  const output = ({ text }: Payload) => ({ output: text, outputDetails: NOT_TRUNCATED, ...who });
  return {
    scheduled: (args, limits) =>
      strand.append('TaskScheduled', {
        parameters: args.text,
        region: strand.run.region,
        ...who,
        ...inSeconds(limits),
      }),
    started: () => strand.append('TaskStarted', who),
    submitted: (payload) => strand.append('TaskSubmitted', output(payload)),
    succeeded: (payload) => strand.append('TaskSucceeded', output(payload)),
    failed: (failure) =>
      strand.append(isTimeout(failure) ? 'TaskTimedOut' : 'TaskFailed', { ...errorDetails(failure), ...who }),
  };
}

function functionEvents(strand: Strand, resource: Resource): TaskEvents {
  return {
    scheduled: (args, { timeoutSeconds }) =>
      strand.append('LambdaFunctionScheduled', {
        input: args.text,
        inputDetails: NOT_TRUNCATED,
        resource: resource.arn,
        ...inSeconds({ timeoutSeconds, heartbeatSeconds: undefined }),
      }),
    started: () => strand.append('LambdaFunctionStarted'),
    submitted: () => {},
    succeeded: ({ text }) => strand.append('LambdaFunctionSucceeded', { output: text, outputDetails: NOT_TRUNCATED }),
    failed: (failure) =>
      strand.append(isTimeout(failure) ? 'LambdaFunctionTimedOut' : 'LambdaFunctionFailed', errorDetails(failure)),
  };
}

function inSeconds({ timeoutSeconds, heartbeatSeconds }: Limits): { [key: string]: Json } {
  return {
    ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
  };
}

function isTimeout({ error }: StateFailure): boolean {
  return error === 'States.Timeout' || error === 'States.HeartbeatTimeout';
}
