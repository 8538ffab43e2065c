import type { World } from '../world.ts';

/**
 * Runs one call on the simulated cloud: takes its time, lets everything happen that is due by then, may be throttled or lost, and answers.
 * `answer` throws what AWS refuses.
 */
export type Caller = <Output>(service: string, action: string, input: object, answer: () => Output) => Promise<Output>;

/** Gives what makes a service's calls out of handlers: `(action, handler)` to `(input) => Promise<output>`. */
export function answersOf(world: World, service: string, call: Caller) {
  return <Input extends object, Output>(action: string, handler: (world: World, input: Input) => Output) =>
    (input: Input): Promise<Output> =>
      call(service, action, input, () => handler(world, input));
}
