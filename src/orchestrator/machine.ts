/** What of a state machine's definition a picture of it shows: states and where each leads. */
import { z } from 'zod';

const choice = z.object({ Condition: z.string().default(''), Next: z.string() });
const catcher = z.object({ ErrorEquals: z.array(z.string()), Next: z.string() });

const machine = z.object({
  StartAt: z.string(),
  get States(): z.ZodRecord<z.ZodString, typeof state> {
    return z.record(z.string(), state);
  },
});

const state = z.object({
  Type: z.string(),
  Comment: z.string().optional(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(choice).default([]),
  Catch: z.array(catcher).default([]),
  get ItemProcessor(): z.ZodOptional<typeof machine> {
    return machine.optional();
  },
  get Branches(): z.ZodDefault<z.ZodArray<typeof machine>> {
    return z.array(machine).default([]);
  },
});

export type Machine = z.infer<typeof machine>;
export type State = z.infer<typeof state>;

/** Where a state leads when something is so: `label` says what, in the definition's own words. */
export type Transition =
  | { kind: 'next' | 'default'; to: string }
  | { kind: 'choice' | 'catch'; to: string; label: string };

/** An Amazon States Language definition without what no picture shows; throws when it is not one. */
export function readMachine(definition: unknown): Machine {
  return machine.parse(definition);
}

/** In the order in which the state tries them. A state that leads nowhere is an end. */
export function transitions({ Choices, Default, Next, Catch }: State): Transition[] {
  return [
    ...Choices.map(({ Condition, Next }) => ({ kind: 'choice' as const, to: Next, label: bare(Condition) })),
    ...(Default === undefined ? [] : [{ kind: 'default' as const, to: Default }]),
    ...(Next === undefined ? [] : [{ kind: 'next' as const, to: Next }]),
    ...Catch.map(({ ErrorEquals, Next }) => ({ kind: 'catch' as const, to: Next, label: ErrorEquals.join(', ') })),
  ];
}

/** A JSONata condition without its delimiters, on one line. */
function bare(condition: string): string {
  return condition.replace(/^\{%\s*|\s*%\}$/g, '').replace(/\s+/g, ' ');
}
