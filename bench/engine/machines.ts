/** State machines that both engines can run: what a JSONPath machine and a JSONata one write alike, which leaves out every expression. */
import type { Json } from '../../src/interpreter/ports.ts';

/** A machine, what it is given, and how many states are entered on its way. */
export interface Machine {
  definition: { StartAt: string; States: { [name: string]: Json } };
  input: Json;
  transitions: number;
}

const TASK = { Type: 'Task', Resource: 'arn:aws:lambda:eu-west-1:123456789012:function:echo' };
const PASS = { Type: 'Pass' };
const WAIT = { Type: 'Wait', Seconds: 1 };

/** What each item goes through; `waits` polls as rollouts do, `passes` never waits for anything. */
const CHAINS = {
  passes: [PASS, PASS, PASS, PASS, TASK, PASS, PASS, PASS, PASS, TASK],
  waits: [TASK, WAIT, TASK, WAIT, TASK, WAIT, TASK, WAIT, TASK, PASS],
} satisfies Record<string, { [name: string]: Json }[]>;

export type MachineName = keyof typeof CHAINS;

/** A Map of so many items, all at once, each through the chain of that name. */
export function machine(name: MachineName, items: number): Machine {
  const chain = CHAINS[name];
  const states = chain.map((state, at): [string, Json] => [
    `S${at}`,
    { ...state, ...(at + 1 < chain.length ? { Next: `S${at + 1}` } : { End: true }) },
  ]);
  const processor = { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'S0', States: Object.fromEntries(states) };
  return {
    definition: { StartAt: 'Each', States: { Each: { Type: 'Map', ItemProcessor: processor, End: true } } },
    input: Array.from({ length: items }, (_, id) => ({ id })),
    transitions: items * chain.length + 1,
  };
}

/** The names of the machine's states of a type. */
export function statesOf(name: MachineName, type: 'Task' | 'Wait'): string[] {
  return CHAINS[name].flatMap((state, at) => (state.Type === type ? [`S${at}`] : []));
}

export function isMachine(name: string): name is MachineName {
  return Object.hasOwn(CHAINS, name);
}

/** What a process that ran a machine says of it, as its only line on stdout. */
export interface Took {
  transitions: number;
  /** By the clock, once the machine was loaded and everything was warm. */
  seconds: number;
  /** The most memory that the process ever had. */
  peakMiB: number;
  /** What the heap held in the end, once collected. */
  inUseMiB: number;
}

/** Runs `once` so many times to warm up, then once more, and prints what that took. */
export async function tell(transitions: number, warmUps: number, once: () => Promise<void>): Promise<void> {
  for (let warm = 0; warm < warmUps; warm++) await once();
  const begun = performance.now();
  await once();
  const seconds = (performance.now() - begun) / 1000;
  globalThis.gc?.();
  const took: Took = {
    transitions,
    seconds,
    inUseMiB: process.memoryUsage().heapUsed / 2 ** 20,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
  console.log(JSON.stringify(took));
}
