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
    return { definition: loadDefinition(asJsonata(definition, kind === 'neutral')) };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    const [first] = error.problems;
    return { outOfScope: `${first?.path}: ${first?.message}` };
  }
}

/**
 * States without a word of either query language mean the same in both. A machine is run in JSONata mode when all its
 * JSONPath states are of that sort (`neutral` cases say so of themselves); otherwise it is left as it is, and refused.
 */
function asJsonata(definition: { [key: string]: Json }, neutral: boolean): Json {
  const states = isObject(definition.States) ? Object.values(definition.States) : [];
  const machine = definition.QueryLanguage ?? 'JSONPath';
  const jsonPathStates = states.filter((state) => isObject(state) && (state.QueryLanguage ?? machine) === 'JSONPath');
  if (!neutral && !jsonPathStates.every(isNeutral)) return definition;
  return { ...definition, QueryLanguage: 'JSONata' };
}

const NEUTRAL_FIELDS = ['Type', 'Comment', 'Next', 'End', 'Error', 'Cause', 'Seconds', 'Timestamp', 'Assign'];

function isNeutral(state: Json): boolean {
  if (!isObject(state)) return false;
  return (
    Object.keys(state).every((field) => NEUTRAL_FIELDS.includes(field)) && !/"[^"]*\.\$":/.test(JSON.stringify(state))
  );
}

function isObject(json: Json | undefined): json is { [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** The input as the machine sees it. */
export function inputOf({ input, events }: Case): Json {
  // A value that the recording masked in the definition's own input is told by the first event, as AWS saw it.
  const started = detailsIn(events[0]).input ?? {};
  if (input === undefined) return typeof started === 'string' ? parsed(started) : started;
  return JSON.parse(input);
}

function parsed(text: string): Json {
  return JSON.parse(text);
}

/** The `…EventDetails` member of a recorded event. */
export function detailsIn(event: RecordedEvent | undefined): { [key: string]: Json } {
  const [, details] = Object.entries(event ?? {}).find(([key]) => key.endsWith('EventDetails')) ?? [];
  return z.record(z.string(), z.json()).catch({}).parse(details);
}
