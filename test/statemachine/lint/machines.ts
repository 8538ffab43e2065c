import type { JsonObject } from '../../../statemachine/lint/json.ts';
import { inspect } from '../../../statemachine/lint/lint.ts';

/** A machine of these states, which begins with the first of them. */
export function machine(states: JsonObject): JsonObject {
  const [StartAt = ''] = Object.keys(states);
  return { QueryLanguage: 'JSONata', TimeoutSeconds: 60, StartAt, States: states };
}

/** A task as it should be, with what a test wants otherwise; it goes on to Done. */
export function task(otherwise: JsonObject = {}): JsonObject {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:ec2:describeInstances',
    Arguments: { InstanceIds: ['i-1'] },
    TimeoutSeconds: 30,
    Retry: [retrier()],
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
    Next: 'Done',
    ...otherwise,
  };
}

export function retrier(otherwise: JsonObject = {}): JsonObject {
  return {
    ErrorEquals: ['States.TaskFailed', 'States.Timeout'],
    BackoffRate: 2,
    MaxDelaySeconds: 30,
    MaxAttempts: 6,
    JitterStrategy: 'FULL',
    ...otherwise,
  };
}

export const done: JsonObject = { Type: 'Succeed' };

/** A task that calls `service:action` through the SDK. */
export function call(action: string, args: JsonObject | string, otherwise: JsonObject = {}): JsonObject {
  return task({ Resource: `arn:aws:states:::aws-sdk:${action}`, Arguments: args, ...otherwise });
}

/** What our rules say of a machine of these states: `State › field: message`. */
export async function complaints(states: JsonObject): Promise<string[]> {
  const problems = await inspect(machine(states));
  return problems.map(({ state, field, message }) => `${state} › ${field}: ${message}`);
}

/** What it says of a correct task with these changes. */
export function complaintsOfTask(otherwise: JsonObject): Promise<string[]> {
  return complaints({ Work: task(otherwise), Done: done });
}
