/** What is read of a call's result is something that AWS answers. A name that does not exist is no error in JSONata, only empty. */
import { callOf, type Services } from '../aws/resource.ts';
import type { Shape } from '../aws/shape.ts';
import { expressionsOf } from '../expressions.ts';
import { textOf } from '../json.ts';
import { type Node, nodesOf } from '../jsonata.ts';
import { statesOf } from '../machine.ts';
import type { Rule } from '../rule.ts';

/** The rule by the schemas of these services. */
export function results(services: Services): Rule {
  return (machine) =>
    statesOf(machine)
      .filter(({ type }) => type === 'Task')
      .flatMap((state) => {
        const call = callOf(textOf(state.body.Resource) ?? '', services);
        if ('trouble' in call) return [];
        const { output } = call.operation;
        return expressionsOf(state)
          .expressions.filter(({ has }) => has.result)
          .flatMap(({ field, ast }) => {
            const reader: Reader = { result: output, bound: new Map(), unknown: [] };
            read(ast, undefined, reader);
            return reader.unknown.map((message) => ({ state: state.name, field, message }));
          });
      });
}

interface Reader {
  result: Shape;
  /** What local variables of the expression hold, where that is known. */
  bound: Map<string, Shape>;
  unknown: string[];
}

/** Follows the shape through a node; `context` is the shape of the current value. Undefined: it is not known. */
function read(node: Node, context: Shape | undefined, reader: Reader): Shape | undefined {
  switch (node.type) {
    case 'path':
      return readPath(nodesOf(node.steps), context, reader);
    case 'variable':
      return readPath([node], context, reader);
    case 'name':
      return memberOf(context, String(node.value), reader);
    case 'bind': {
      const [name] = nodesOf(node.lhs);
      const [value] = nodesOf(node.rhs);
      const shape = value && read(value, context, reader);
      if (shape) reader.bound.set(String(name?.value), shape);
      else reader.bound.delete(String(name?.value));
      return shape;
    }
    case 'lambda':
      // What the current value is when it is called is not known here.
      for (const body of nodesOf(node.body)) read(body, undefined, reader);
      return undefined;
    default:
      for (const inner of Object.values(node).flatMap(nodesOf)) read(inner, context, reader);
      return undefined;
  }
}

function readPath(steps: Node[], context: Shape | undefined, reader: Reader): Shape | undefined {
  const ofResult = steps[0]?.type === 'variable' && steps[0].value === 'states' && steps[1]?.value === 'result';
  let shape = ofResult ? reader.result : context;
  for (const [at, step] of steps.entries()) {
    if (ofResult && at < 2) continue;
    if (step.type === 'variable') shape = step.value === '' ? context : reader.bound.get(String(step.value));
    else if (step.type === 'sort') readInside(step, shape, reader);
    else shape = read(step, shape, reader);
    for (const filter of [...nodesOf(step.stages), ...nodesOf(step.predicate)]) {
      for (const expression of nodesOf(filter.expr)) read(expression, shape, reader);
    }
  }
  return shape;
}

function readInside(node: Node, context: Shape | undefined, reader: Reader): void {
  for (const inner of Object.values(node).flatMap(nodesOf)) read(inner, context, reader);
}

/** JSONata reads a member of a list as that of each of its items. */
function memberOf(shape: Shape | undefined, name: string, reader: Reader): Shape | undefined {
  if (shape?.kind === 'list') return memberOf(shape.item(), name, reader);
  if (shape?.kind === 'map') return shape.value();
  if (shape?.kind !== 'struct') return undefined;
  const member = shape.members.get(name);
  if (member === undefined) reader.unknown.push(`${shape.name} has no member ${name}: this reads nothing`);
  return member?.();
}
