/** JSONata as the npm package evaluates it, with nothing of our interpreter: only the clock, and the functions that Step Functions adds. */
import jsonata from 'jsonata';

/** A value, or in which way there is none; the problem completes the sentence "The JSONata expression … ". */
export type Evaluated = { value: unknown } | { error: string };

/** Evaluates an expression over `variables` at the time `now` (milliseconds since 1970). */
export async function evaluate(
  expression: string,
  variables: Record<string, unknown>,
  now: number,
): Promise<Evaluated> {
  try {
    const compiled = jsonata(expression);
    compiled.registerFunction('millis', () => now, '<:n>');
    compiled.registerFunction('now', () => new Date(now).toISOString(), '<s?s?:s>');
    compiled.registerFunction('parse', (text: string) => JSON.parse(text), '<s:x>');
    const value: unknown = await compiled.evaluate(undefined, variables);
    return value === undefined ? { error: 'returned nothing (undefined).' } : { value };
  } catch (error) {
    return { error: `threw an error: ${messageOf(error)}` };
  }
}

/** The evaluator throws plain objects. */
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
