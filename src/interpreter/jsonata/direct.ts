/**
 * Expressions of the plainest kinds, computed without the evaluator, which is asynchronous at every node: state machines mostly compare a
 * variable with a constant. Whatever the evaluator has rules of its own for (nothing, types that do not fit, paths through arrays) is left to it
 * (docs/decisions/0022-plain-expressions.md).
 */
import type { Json } from '../ports.ts';
import type { Moment } from './moment.ts';

/** What an expression sees. */
export interface Scope {
  /** `$states`. */
  readonly states: Readonly<Record<string, Json>>;
  /** `$name`, by name. */
  readonly variables: Readonly<Record<string, Json>>;
  readonly moment: Moment;
}

/** Gives what the evaluator would; undefined where it is to be asked. */
export type Direct = (scope: Scope) => Json | undefined;

interface Node {
  type: string;
  [part: string]: unknown;
}

interface Kind {
  /** What such a node is made of. Anything more (a filter, a grouping, an order, `[]`) asks more of it. */
  parts: readonly string[];
  build(node: Node): Direct | undefined;
}

const KINDS = new Map<string, Kind>([
  ['string', { parts: [], build: literal }],
  ['number', { parts: [], build: literal }],
  ['value', { parts: [], build: literal }],
  ['variable', { parts: [], build: variable }],
  ['path', { parts: ['steps'], build: path }],
  ['binary', { parts: ['lhs', 'rhs'], build: binary }],
  ['condition', { parts: ['condition', 'then', 'else'], build: condition }],
  ['block', { parts: ['expressions'], build: block }],
  ['function', { parts: ['procedure', 'arguments'], build: call }],
  ['unary', { parts: ['lhs', 'expressions'], build: made }],
]);

/** How to compute the expression of that syntax tree without the evaluator; undefined when any part needs it. */
export function directly(ast: unknown): Direct | undefined {
  if (!isNode(ast)) return undefined;
  const kind = KINDS.get(ast.type);
  return kind !== undefined && isMadeOf(ast, kind.parts) ? kind.build(ast) : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function isMadeOf(node: Node, parts: readonly string[]): boolean {
  const allowed = ['type', 'value', 'position', ...parts];
  return Object.entries(node).every(([part, value]) => value === undefined || allowed.includes(part));
}

/** What each node gives; undefined when one of them needs the evaluator. */
function allComputed(nodes: unknown): Direct[] | undefined {
  if (!Array.isArray(nodes)) return undefined;
  const all = nodes.map(directly).filter((each) => each !== undefined);
  return all.length === nodes.length ? all : undefined;
}

function literal({ value }: Node): Direct | undefined {
  return isScalar(value) ? () => value : undefined;
}

function variable({ value: name }: Node): Direct | undefined {
  if (typeof name !== 'string' || name === '' || name === '$') return undefined;
  return name === 'states' ? ({ states }) => states : ({ variables }) => own(variables, name);
}

/** Where every step is a member of an object. */
function path(node: Node): Direct | undefined {
  const steps = stepsOf(node);
  return steps && along(steps.start, steps.members);
}

/** The variable that a path begins with, and the names behind it; undefined where a step is more than a name. */
function stepsOf({ steps }: Node): { start: Direct; members: string[] } | undefined {
  const [first, ...rest]: unknown[] = Array.isArray(steps) ? steps : [];
  const start = isNode(first) && first.type === 'variable' ? directly(first) : undefined;
  const members = rest.flatMap((step) =>
    isNode(step) && step.type === 'name' && isMadeOf(step, []) ? [String(step.value)] : [],
  );
  return start === undefined || members.length < rest.length ? undefined : { start, members };
}

function along(start: Direct, members: readonly string[]): Direct {
  return (scope) => {
    let value = start(scope);
    for (const member of members) {
      if (!isObject(value)) return undefined;
      value = own(value, member);
    }
    return value;
  };
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: Readonly<Record<string, Json>>, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function binary({ value: operator, lhs, rhs }: Node): Direct | undefined {
  const left = directly(lhs);
  const right = directly(rhs);
  const operation = OPERATIONS.get(String(operator));
  if (left === undefined || right === undefined) return undefined;
  if (operator === 'and' || operator === 'or') return either(left, right, operator === 'or');
  return operation && ((scope) => operation(left(scope), right(scope)));
}

/** The second is not looked at when the first decides. */
function either(left: Direct, right: Direct, decisive: boolean): Direct {
  return (scope) => {
    const first = truth(left(scope));
    return first === undefined || first === decisive ? first : truth(right(scope));
  };
}

function truth(value: Json | undefined): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

type Operation = (left: Json | undefined, right: Json | undefined) => Json | undefined;

const OPERATIONS = new Map<string, Operation>([
  ['=', (a, b) => (isScalar(a) && isScalar(b) ? a === b : undefined)],
  ['!=', (a, b) => (isScalar(a) && isScalar(b) ? a !== b : undefined)],
  ['<', compared((a, b) => a < b)],
  ['<=', compared((a, b) => a <= b)],
  ['>', compared((a, b) => a > b)],
  ['>=', compared((a, b) => a >= b)],
  ['+', calculated((a, b) => a + b)],
  ['-', calculated((a, b) => a - b)],
  ['*', calculated((a, b) => a * b)],
  ['/', calculated((a, b) => a / b)],
  ['&', (a, b) => (isPlainText(a) && isPlainText(b) ? `${a}${b}` : undefined)],
  ['in', (a, b) => (isScalar(a) && Array.isArray(b) ? b.includes(a) : undefined)],
]);

function compared(holds: (a: number | string, b: number | string) => boolean): Operation {
  return (a, b) =>
    (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string')
      ? holds(a, b)
      : undefined;
}

function calculated(calculate: (a: number, b: number) => number): Operation {
  return (a, b) => (typeof a === 'number' && typeof b === 'number' ? finite(calculate(a, b)) : undefined);
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function condition(node: Node): Direct | undefined {
  const parts = allComputed([node.condition, node.then, node.else]);
  if (parts === undefined) return undefined;
  const [holds, then, otherwise] = parts;
  return (scope) => {
    const held = truth(holds?.(scope));
    return held === undefined ? undefined : (held ? then : otherwise)?.(scope);
  };
}

/** `(…)`, around one expression. */
function block({ expressions }: Node): Direct | undefined {
  const [only, ...others] = allComputed(expressions) ?? [];
  return others.length === 0 ? only : undefined;
}

/** `[…]` and `{…}`; a minus sign is left to the evaluator. */
function made(node: Node): Direct | undefined {
  return node.value === '[' ? array(node) : node.value === '{' ? object(node) : undefined;
}

/** Its items are taken into it: of those that are arrays the items, unless they are written as arrays themselves. */
function array({ expressions }: Node): Direct | undefined {
  const items = allComputed(expressions);
  if (items === undefined || !Array.isArray(expressions)) return undefined;
  const areWrittenOut = expressions.map((item) => isNode(item) && item.value === '[');
  return (scope) => {
    const values: Json[] = [];
    for (const [i, item] of items.entries()) {
      const value = item(scope);
      if (value === undefined) return undefined;
      if (Array.isArray(value) && !areWrittenOut[i]) for (const each of value) values.push(each);
      else values.push(value);
    }
    return values;
  };
}

function object({ lhs }: Node): Direct | undefined {
  if (!Array.isArray(lhs)) return undefined;
  const names = lhs.map(([name]: unknown[]) =>
    isNode(name) && name.type === 'string' ? String(name.value) : undefined,
  );
  const values = allComputed(lhs.map(([, member]: unknown[]) => member));
  const areOnesOwn = names.every((name) => name !== undefined && !(name in Object.prototype));
  if (values === undefined || !areOnesOwn || new Set(names).size < names.length) return undefined;
  return (scope) => {
    const filled: { [name: string]: Json } = {};
    for (const [i, name = ''] of names.entries()) {
      const member = values[i]?.(scope);
      if (member === undefined) return undefined;
      filled[name] = member;
    }
    return filled;
  };
}

function call({ procedure, arguments: given }: Node): Direct | undefined {
  if (!isNode(procedure) || procedure.type !== 'variable' || !isMadeOf(procedure, [])) return undefined;
  const name = String(procedure.value);
  if (name === 'exists') return unlessShadowed(name, exists(given));
  const implementation = FUNCTIONS.get(name);
  const computed = allComputed(given);
  if (implementation === undefined || computed?.length !== implementation.takes) return undefined;
  const [first, second] = computed;
  return unlessShadowed(name, (scope) => implementation.give(first?.(scope), second?.(scope), scope.moment));
}

/** A variable may have a function's name. */
function unlessShadowed(name: string, direct: Direct | undefined): Direct | undefined {
  return direct && ((scope) => (Object.hasOwn(scope.variables, name) ? undefined : direct(scope)));
}

/** Whether an object has a member: all that is said here of what is not there. The evaluator finds inherited ones too. */
function exists(given: unknown): Direct | undefined {
  const [node, ...others]: unknown[] = Array.isArray(given) ? given : [];
  const steps = isNode(node) && isMadeOf(node, ['steps']) && others.length === 0 ? stepsOf(node) : undefined;
  const member = steps?.members.pop();
  if (steps === undefined || member === undefined) return undefined;
  const holder = along(steps.start, steps.members);
  return (scope) => {
    const held = holder(scope);
    if (!isObject(held)) return undefined;
    return Object.hasOwn(held, member) || (member in held ? undefined : false);
  };
}

interface Implementation {
  takes: 0 | 1 | 2;
  give(first: Json | undefined, second: Json | undefined, moment: Moment): Json | undefined;
}

const FUNCTIONS = new Map<string, Implementation>([
  ['millis', { takes: 0, give: (_, __, moment) => moment.now }],
  ['now', { takes: 0, give: (_, __, moment) => timestamp(moment.now) }],
  ['fromMillis', { takes: 1, give: timestamp }],
  ['floor', { takes: 1, give: (value) => (typeof value === 'number' ? Math.floor(value) : undefined) }],
  ['ceil', { takes: 1, give: (value) => (typeof value === 'number' ? Math.ceil(value) : undefined) }],
  ['max', { takes: 1, give: (value) => extreme(value, Math.max) }],
  ['min', { takes: 1, give: (value) => extreme(value, Math.min) }],
  ['string', { takes: 1, give: (value) => (isPlainText(value) ? String(value) : undefined) }],
  ['uppercase', { takes: 1, give: (value) => (typeof value === 'string' ? value.toUpperCase() : undefined) }],
  ['contains', { takes: 2, give: contains }],
  ['not', { takes: 1, give: (value) => (typeof value === 'boolean' ? !value : undefined) }],
  ['count', { takes: 1, give: (value) => (Array.isArray(value) ? value.length : undefined) }],
  ['merge', { takes: 1, give: merge }],
  ['type', { takes: 1, give: typeName }],
]);

/** As ISO 8601, for the years in which the evaluator writes it as JavaScript does. */
function timestamp(millis: Json | undefined): string | undefined {
  const isPlain = typeof millis === 'number' && Number.isInteger(millis) && millis >= 0 && millis < YEAR_10000;
  return isPlain ? new Date(millis).toISOString() : undefined;
}

const YEAR_10000 = 253_402_300_800_000;

function extreme(values: Json | undefined, of: (...numbers: number[]) => number): number | undefined {
  if (!Array.isArray(values) || values.length === 0) return undefined;
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === values.length ? of(...numbers) : undefined;
}

function contains(text: Json | undefined, part: Json | undefined): boolean | undefined {
  return typeof text === 'string' && typeof part === 'string' ? text.includes(part) : undefined;
}

function merge(objects: Json | undefined): Json | undefined {
  if (!Array.isArray(objects)) return undefined;
  const all = objects.filter(isObject);
  // The evaluator loses this name.
  if (all.length < objects.length || all.some((each) => Object.hasOwn(each, '__proto__'))) return undefined;
  const merged: { [name: string]: Json } = {};
  for (const each of all) Object.assign(merged, each);
  return merged;
}

function typeName(value: Json | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** A text, or a number that is written as it is: the evaluator keeps fifteen digits. */
function isPlainText(value: Json | undefined): value is string | number {
  return typeof value === 'string' || (Number.isInteger(value) && Math.abs(Number(value)) < 1e15);
}
