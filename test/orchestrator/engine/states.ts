import type { Json } from '../../../src/interpreter/ports.ts';

/** A Task state that calls something that the test's world answers. */
export function taskOf(next: string | undefined, more: { [key: string]: Json } = {}): Json {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:ec2:describeInstances',
    ...(next === undefined ? { End: true } : { Next: next }),
    ...more,
  };
}

/** A Distributed Map over `$states.input.items` whose children run `states`. */
export function fleetMapOf(
  startAt: string,
  states: { [name: string]: Json },
  more: { [key: string]: Json } = {},
): Json {
  return {
    Type: 'Map',
    Items: '{% $states.input.items %}',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: startAt,
      States: states,
    },
    End: true,
    ...more,
  };
}
