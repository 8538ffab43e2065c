import { z } from 'zod';
import { type Definition, DefinitionError, type Json, loadDefinition } from '../../../src/interpreter/index.ts';

const recordedEvent = z.looseObject({
  id: z.json(),
  previousEventId: z.json(),
  type: z.string(),
});

/** An event as AWS recorded it, with masks for what varies. */
export type RecordedEvent = z.infer<typeof recordedEvent>;

const caseSchema = z.object({
  name: z.string(),
  language: z.enum(['JSONata', 'mixed']),
  kind: z.enum(['recorded', 'neutral']),
  definition: z.record(z.string(), z.json()),
  input: z.string().optional(),
  events: z.array(recordedEvent).min(1),
});

/** A state machine, its input, and the history AWS recorded for it. */
export type Case = z.infer<typeof caseSchema>;

/** Reads a case file; throws when it is not one. */
export function parseCase(text: string): Case {
  return caseSchema.parse(JSON.parse(text));
}

/** A case is run, or it is out of scope for a reason. */
export type Scope = { definition: Definition } | { outOfScope: string };

/** Whether the interpreter can run a case. */
export function scopeOf({ kind, definition }: Case): Scope {
  try {
    return { definition: loadDefinition(asJsonata(withResources(definition), kind === 'neutral')) };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    const [first] = error.problems;
    return { outOfScope: `${first?.path}: ${first?.message}` };
  }
}

/** A Task whose Resource the recording masks called a Lambda function: any function's ARN stands in for it. */
function withResources(definition: { [key: string]: Json }): { [key: string]: Json } {
  const text = JSON.stringify(definition, (key, value: unknown) =>
    key === 'Resource' && typeof value === 'string' && !value.startsWith('arn:') ? STAND_IN : value,
  );
  return JSON.parse(text);
}

const STAND_IN = 'arn:aws:lambda:us-east-1:123456789012:function:masked';

/**
 * States without a word of either query language mean the same in both. A machine is run in JSONata mode when all its
 * JSONPath states are of that sort (`neutral` cases say so of themselves); otherwise it is left as it is, and refused.
 */
function asJsonata(definition: { [key: string]: Json }, neutral: boolean): Json {
  const states = isObject(definition.States) ? definition.States : {};
  const machine = definition.QueryLanguage ?? 'JSONPath';
  const runnable = Object.values(states).every(
    (state) => !isObject(state) || (state.QueryLanguage ?? machine) === 'JSONata' || isNeutral(state),
  );
  if (!neutral && !runnable) return definition;
  const inJsonata = Object.entries(states).map(([name, state]) => [
    name,
    isObject(state) && 'QueryLanguage' in state ? { ...state, QueryLanguage: 'JSONata' } : state,
  ]);
  return { ...definition, QueryLanguage: 'JSONata', States: Object.fromEntries(inJsonata) };
}

const NEUTRAL_FIELDS = [
  'Type',
  'QueryLanguage',
  'Comment',
  'Next',
  'End',
  'Error',
  'Cause',
  'Seconds',
  'Timestamp',
  'Assign',
];

function isNeutral(state: { [key: string]: Json }): boolean {
  const known = Object.keys(state).every((field) => NEUTRAL_FIELDS.includes(field));
  return known && !/"[^"]*\.\$":/.test(JSON.stringify(state));
}

function isObject(json: Json | undefined): json is { [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** The input as the machine saw it: as it was given, or, where that holds a stand-in, as the first event tells it. */
export function inputOf({ input, events }: Case): Json {
  if (input !== undefined && !/<[^<>]+>/.test(input)) return JSON.parse(input);
  const recorded = detailsIn(events[0]).input ?? {};
  return typeof recorded === 'string' ? JSON.parse(recorded) : recorded;
}

/** The `…EventDetails` member of a recorded event. */
export function detailsIn(event: RecordedEvent | undefined): { [key: string]: Json } {
  const [, details] = Object.entries(event ?? {}).find(([key]) => key.endsWith('EventDetails')) ?? [];
  return z.record(z.string(), z.json()).catch({}).parse(details);
}
