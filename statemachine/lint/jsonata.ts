/** What an expression needs from outside itself, read from JSONata's own syntax tree. */
import jsonata from 'jsonata';

/** A node of the tree, of which JSONata's types tell less than there is. */
export interface Node {
  readonly [member: string]: unknown;
}

/** A variable that an expression does not bind itself: one of the state machine's, `$states`, or a function. */
export interface Use {
  name: string;
  called: boolean;
  /** The names that follow it: `$states.result.Item` has `result` and `Item`. */
  members: string[];
}

/** The syntax tree of an expression (without `{%` and `%}`), or what is wrong with its syntax. */
export function parse(source: string): { ast: Node } | { trouble: string } {
  try {
    const ast: unknown = jsonata(source).ast();
    return isNode(ast) ? { ast } : { trouble: 'it is empty' };
  } catch (error) {
    const { message, position } = Object(error);
    return { trouble: `${message}${position === undefined ? '' : ` at position ${position}`}` };
  }
}

/** Every use of a variable that is not bound in the expression, in order. */
export function usesOf(ast: Node): Use[] {
  const uses: Use[] = [];
  walk(ast, new Set(), uses);
  return uses;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member's nodes: of a list all, of a node itself, of anything else none. */
export function nodesOf(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  return isNode(value) ? [value] : [];
}

/** The names that come right after the first step of a path: of `$states.result.Item[0]` `result` and `Item`. */
export function namesAfterFirst(path: Node): string[] {
  const steps = nodesOf(path.steps).slice(1);
  const end = steps.findIndex(({ type }) => type !== 'name');
  return steps.slice(0, end === -1 ? steps.length : end).map(({ value }) => String(value));
}

/** `bound` grows as binds come by, as JSONata's environments do; blocks and functions have one of their own. */
function walk(node: Node, bound: Set<string>, uses: Use[]): void {
  switch (node.type) {
    case 'variable':
      use(node, { called: false, members: [] }, bound, uses);
      walkRest(node, ['value'], bound, uses);
      break;
    case 'path': {
      const [first, ...rest] = nodesOf(node.steps);
      const within = new Set(bound);
      if (first?.type === 'variable') {
        use(first, { called: false, members: namesAfterFirst(node) }, within, uses);
        walkRest(first, ['value'], within, uses);
      } else if (first !== undefined) walk(first, within, uses);
      for (const step of [first, ...rest]) {
        for (const name of [step?.focus, step?.index]) if (typeof name === 'string') within.add(name);
        if (step !== undefined && step !== first) walk(step, within, uses);
      }
      walkRest(node, ['steps'], within, uses);
      break;
    }
    case 'function':
    case 'partial':
      for (const procedure of nodesOf(node.procedure)) {
        if (procedure.type === 'variable') use(procedure, { called: true, members: [] }, bound, uses);
        else walk(procedure, bound, uses);
      }
      walkRest(node, ['procedure'], bound, uses);
      break;
    case 'bind':
      walkBind(node, bound, uses);
      break;
    case 'block': {
      walkRest(node, [], new Set(bound), uses);
      break;
    }
    case 'lambda': {
      const parameters = nodesOf(node.arguments).map(({ value }) => String(value));
      walkRest(node, ['arguments'], new Set([...bound, ...parameters]), uses);
      break;
    }
    default:
      walkRest(node, [], bound, uses);
  }
}

function walkBind(node: Node, bound: Set<string>, uses: Use[]): void {
  const names = nodesOf(node.lhs).map(({ value }) => String(value));
  // A function may call itself: its body is looked at only when the name is bound.
  const recursive = nodesOf(node.rhs).some(({ type }) => type === 'lambda');
  if (recursive) for (const name of names) bound.add(name);
  for (const value of nodesOf(node.rhs)) walk(value, bound, uses);
  for (const name of names) bound.add(name);
}

function walkRest(node: Node, except: string[], bound: Set<string>, uses: Use[]): void {
  for (const [member, value] of Object.entries(node)) {
    if (except.includes(member)) continue;
    for (const inner of nodesOf(value)) walk(inner, bound, uses);
  }
}

function use(node: Node, how: Pick<Use, 'called' | 'members'>, bound: Set<string>, uses: Use[]): void {
  const name = String(node.value);
  // `$` is the current value and `$$` the whole input.
  if (name !== '' && name !== '$' && !bound.has(name)) uses.push({ name, ...how });
}
