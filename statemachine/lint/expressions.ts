/** The expressions of a state, and where they stand: what `$states` has in it depends on that. */
import { type Json, listOf, objectOf } from './json.ts';
import { type Node, parse } from './jsonata.ts';
import type { State } from './machine.ts';

export interface Expression {
  state: State;
  field: string;
  source: string;
  ast: Node;
  /** Whether `$states.result` and `$states.errorOutput` are there. */
  has: { result: boolean; errorOutput: boolean };
}

/** A string that ought to be an expression and is none. */
export interface BrokenExpression {
  state: State;
  field: string;
  trouble: string;
}

/** Fields that hold no expressions of this state: names, prose, and the states inside, which are states of their own. */
const WITHOUT = new Set([
  'Type',
  'Comment',
  'QueryLanguage',
  'Next',
  'Default',
  'Resource',
  'Retry',
  'Catch',
  'Choices',
  'ItemProcessor',
  'Iterator',
  'Branches',
]);

/** All expressions of a state, in the order in which they are written. */
export function expressionsOf(state: State): { expressions: Expression[]; broken: BrokenExpression[] } {
  const found: Found[] = [];
  const work = ['Task', 'Map', 'Parallel'].includes(state.type);
  for (const [name, value] of Object.entries(state.body)) {
    const result = work && (name === 'Assign' || name === 'Output');
    if (!WITHOUT.has(name)) collect(value, name, { result, errorOutput: false }, found);
  }
  const inside = [
    ...entries(state, 'Choices', { result: false, errorOutput: false }),
    ...entries(state, 'Catch', { result: false, errorOutput: true }),
  ];
  for (const { value, field, has } of inside) collect(value, field, has, found);
  return sorted(state, found);
}

interface Found {
  field: string;
  text: string;
  has: Expression['has'];
}

function entries(state: State, list: 'Choices' | 'Catch', has: Expression['has']) {
  return listOf(state.body[list]).flatMap((entry, at) =>
    Object.entries(objectOf(entry))
      .filter(([name]) => !['Next', 'Comment', 'ErrorEquals'].includes(name))
      .map(([name, value]) => ({ value, field: `${list}[${at}].${name}`, has })),
  );
}

function collect(value: Json, field: string, has: Expression['has'], found: Found[]): void {
  if (typeof value === 'string' && /\{%|%\}/.test(value)) found.push({ field, text: value, has });
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    collect(inner, Array.isArray(value) ? `${field}[${name}]` : `${field}.${name}`, has, found);
  }
}

function sorted(state: State, found: Found[]): { expressions: Expression[]; broken: BrokenExpression[] } {
  const expressions: Expression[] = [];
  const broken: BrokenExpression[] = [];
  for (const { field, text, has } of found) {
    const source = /^\{%(.*)%\}$/s.exec(text)?.[1];
    if (source === undefined) {
      broken.push({
        state,
        field,
        trouble: 'an expression is a whole string from {% to %}; here it would be taken as text',
      });
      continue;
    }
    const parsed = parse(source);
    if ('ast' in parsed) expressions.push({ state, field, source, ast: parsed.ast, has });
    else broken.push({ state, field, trouble: `JSONata does not read this: ${parsed.trouble}` });
  }
  return { expressions, broken };
}
