import jsonata from 'jsonata';
import type { Json } from '../ports.ts';
import { type Direct, directly } from './direct.ts';
import { AWS_FUNCTIONS, MOMENT } from './functions.ts';
import type { Moment } from './moment.ts';
import { plainJson } from './plain.ts';

/** A JSONata expression of a definition, compiled once when the definition is loaded. */
export interface Expression {
  /** What stands between `{%` and `%}`, trimmed: AWS quotes it in its causes. */
  readonly source: string;
  /** Where it stands in its state, as AWS writes it: `Output/result`, `Choices[0]/Condition`. */
  readonly location: string;
  readonly compiled: jsonata.Expression;
  /** Members of `$states` that it names: `input`, `result`, `errorOutput`, `context`. */
  readonly statesMembers: readonly string[];
  /** The variables that it names, with or without the evaluator's own functions among them. */
  readonly variables: readonly string[];
  /** How it is computed without the evaluator, where that can be. */
  readonly direct: Direct | undefined;
}

/** An expression that cannot be compiled, with the evaluator's own words. */
export class ExpressionSyntaxError extends Error {}

/**
 * Compiles what stands between `{%` and `%}`.
 * Throws ExpressionSyntaxError when it is not JSONata or calls `$eval`, which Step Functions does not allow.
 */
export function compileExpression(text: string, location: string): Expression {
  const source = text.trim();
  const known = compiledBefore.get(source) ?? compile(source);
  if (compiledBefore.size >= MOST_COMPILED) compiledBefore.clear();
  compiledBefore.set(source, known);
  return { source, location, ...known };
}

type Compiled = Omit<Expression, 'source' | 'location'>;

/**
 * By source. Compiling is most of what it takes to load a definition; a definition says the same thing in many places, and
 * is loaded anew for each kind of child.
 */
const compiledBefore = new Map<string, Compiled>();
/** More than the expressions of many definitions. */
const MOST_COMPILED = 5000;

/**
 * Evaluates an expression: `states` is what it sees as `$states`, `variables` what it sees as `$name`, `moment` its clock and dice.
 * Gives plain JSON, or undefined when the expression yields nothing; throws the evaluator's error.
 */
export async function evaluateExpression(
  expression: Expression,
  states: Readonly<Record<string, Json>>,
  variables: Readonly<Record<string, Json>>,
  moment: Moment,
): Promise<Json | undefined> {
  const direct = expression.direct?.({ states, variables, moment });
  if (direct !== undefined) return direct;
  const result: unknown = await expression.compiled.evaluate(
    undefined,
    bindings(expression, states, variables, moment),
  );
  return plainJson(result);
}

/** The evaluator binds one name after the other: it gets those that the expression names, of the many that an execution has. */
function bindings(
  { variables: names }: Expression,
  states: Readonly<Record<string, Json>>,
  variables: Readonly<Record<string, Json>>,
  moment: Moment,
): Record<string, unknown> {
  const bound: Record<string, unknown> = { [MOMENT]: moment };
  for (const name of names) {
    if (Object.hasOwn(variables, name)) bound[name] = variables[name];
  }
  bound.states = states;
  return bound;
}

function compile(source: string): Compiled {
  const compiled = parse(source);
  const seen = namesIn(compiled.ast());
  if (seen.variables.has('eval')) throw new ExpressionSyntaxError('$eval is not allowed in Step Functions');
  for (const [name, { implementation, signature }] of AWS_FUNCTIONS) {
    if (seen.variables.has(name)) compiled.registerFunction(name, implementation, signature);
  }
  return {
    compiled,
    statesMembers: [...seen.statesMembers],
    variables: [...seen.variables],
    direct: directly(compiled.ast()),
  };
}

function parse(source: string): jsonata.Expression {
  try {
    return jsonata(source);
  } catch (error) {
    throw new ExpressionSyntaxError(evaluatorMessage(error));
  }
}

/** The evaluator throws plain objects rather than Errors: its code and sentence, as AWS quotes them. */
export function evaluatorMessage(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const message = 'message' in error && typeof error.message === 'string' ? error.message : 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? `${error.code}: ${message}` : message;
}

interface Names {
  variables: Set<string>;
  statesMembers: Set<string>;
}

function namesIn(ast: unknown): Names {
  const names: Names = { variables: new Set(), statesMembers: new Set() };
  collectNames(ast, names, new Set());
  return names;
}

function collectNames(node: unknown, names: Names, visited: Set<object>): void {
  if (typeof node !== 'object' || node === null || visited.has(node)) return;
  visited.add(node);
  if ('type' in node && node.type === 'variable' && 'value' in node && typeof node.value === 'string') {
    names.variables.add(node.value);
  }
  if ('type' in node && node.type === 'path' && 'steps' in node && Array.isArray(node.steps)) {
    const [first, second]: unknown[] = node.steps;
    if (isNode(first, 'variable') && first.value === 'states' && isNode(second, 'name')) {
      names.statesMembers.add(second.value);
    }
  }
  for (const child of Object.values(node)) collectNames(child, names, visited);
}

function isNode(node: unknown, type: string): node is { value: string } {
  return (
    typeof node === 'object' &&
    node !== null &&
    'type' in node &&
    node.type === type &&
    'value' in node &&
    typeof node.value === 'string'
  );
}
