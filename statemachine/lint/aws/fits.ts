/** Whether the arguments of a call, literal or made by an expression, fit the shape that AWS takes. */
import { isObject, type Json } from '../json.ts';
import { type Node, nodesOf, parse } from '../jsonata.ts';
import type { Shape } from './shape.ts';

export interface Misfit {
  field: string;
  message: string;
}

/** Everything in `value` that the shape does not allow. Of an expression only what it surely makes is looked at. */
export function misfits(value: Json, shape: Shape, field: string): Misfit[] {
  if (typeof value === 'string') {
    const source = /^\{%(.*)%\}$/s.exec(value)?.[1];
    if (source !== undefined) {
      const parsed = parse(source);
      return 'ast' in parsed ? misfitsOfNode(parsed.ast, shape, field) : [];
    }
  }
  switch (shape.kind) {
    case 'anything':
      return [];
    case 'struct':
      return isObject(value)
        ? misfitsOfMembers(new Map(Object.entries(value)), shape, field)
        : [expected('an object', value, field)];
    case 'map':
      if (!isObject(value)) return [expected('an object', value, field)];
      return Object.entries(value).flatMap(([key, item]) => misfits(item, shape.value(), `${field}.${key}`));
    case 'list':
      if (!Array.isArray(value)) return [expected('a list', value, field)];
      return value.flatMap((item, at) => misfits(item, shape.item(), `${field}[${at}]`));
    default:
      return typeof value === shape.kind ? [] : [expected(`a ${shape.kind}`, value, field)];
  }
}

type Struct = Extract<Shape, { kind: 'struct' }>;

function misfitsOfMembers(members: Map<string, Json>, shape: Struct, field: string): Misfit[] {
  return [
    ...[...members].flatMap(([name, value]) => {
      const member = shape.members.get(name);
      return member ? misfits(value, member(), `${field}.${name}`) : [unknownMember(name, shape, field)];
    }),
    ...missing(new Set(members.keys()), shape, field),
  ];
}

function missing(names: ReadonlySet<string>, { required, name }: Struct, field: string): Misfit[] {
  return required
    .filter((member) => !names.has(member))
    .map((member) => ({ field, message: `${name} needs ${member}` }));
}

function unknownMember(name: string, shape: Struct, field: string): Misfit {
  const same = [...shape.members.keys()].find((member) => member.toLowerCase() === name.toLowerCase());
  const hint =
    same === undefined ? `it has ${[...shape.members.keys()].slice(0, 12).join(', ')}` : `it is written ${same}`;
  return { field: `${field}.${name}`, message: `${shape.name} has no member ${name}: ${hint}` };
}

function expected(what: string, value: Json, field: string): Misfit {
  return { field, message: `must be ${what}, is ${JSON.stringify(value).slice(0, 60)}` };
}

/** The part of an expression that makes objects and lists by literals: constructors, `$merge`, conditions, and what ends a path. */
function misfitsOfNode(node: Node, shape: Shape, field: string): Misfit[] {
  if (shape.kind === 'list') return itemsOf(node).flatMap((item) => misfitsOfNode(item, shape.item(), `${field}[]`));
  if (shape.kind !== 'struct') return [];
  const objects = objectsOf(node);
  const wrong = objects.flatMap(({ pairs }) =>
    pairs.flatMap(([name, value]) => {
      const member = shape.members.get(name);
      return member ? misfitsOfNode(value, member(), `${field}.${name}`) : [unknownMember(name, shape, field)];
    }),
  );
  const [only] = objects;
  const complete = objects.length === 1 && only?.whole === true;
  return complete ? [...wrong, ...missing(new Set(only.pairs.map(([name]) => name)), shape, field)] : wrong;
}

interface ObjectNode {
  /** Literal names and what makes their values. */
  pairs: [string, Node][];
  /** Whether the object has no other members. */
  whole: boolean;
}

function objectsOf(node: Node): ObjectNode[] {
  if (node.type === 'unary' && node.value === '{') {
    const pairs = (Array.isArray(node.lhs) ? node.lhs : []).map((pair) => nodesOf(pair));
    const named = pairs.flatMap(([key, value]): [string, Node][] =>
      key?.type === 'string' && value !== undefined ? [[String(key.value), value]] : [],
    );
    return [{ pairs: named, whole: named.length === pairs.length }];
  }
  if (node.type === 'condition') return [...nodesOf(node.then), ...nodesOf(node.else)].flatMap(objectsOf).map(apart);
  if (node.type === 'path') return nodesOf(node.steps).slice(-1).flatMap(objectsOf);
  if (node.type === 'block') return nodesOf(node.expressions).slice(-1).flatMap(objectsOf);
  if (node.type === 'function' && nodesOf(node.procedure)[0]?.value === 'merge') {
    return nodesOf(node.arguments).flatMap(itemsOf).flatMap(objectsOf).map(apart);
  }
  return [];
}

/** One of several that make up the object, or may. */
function apart({ pairs }: ObjectNode): ObjectNode {
  return { pairs, whole: false };
}

/** The nodes that make the items of a list; a node that makes one item makes a list of one. */
function itemsOf(node: Node): Node[] {
  if (node.type === 'unary' && node.value === '[') return nodesOf(node.expressions).flatMap(itemsOf);
  return [node];
}
