/** A definition as the rules look at it: its states in scopes, and the ways from one to the next. */
import { type Json, type JsonObject, listOf, objectOf, textOf } from './json.ts';

export interface Machine {
  definition: JsonObject;
  /** Outer ones before those inside them; the first is the machine's own. */
  scopes: Scope[];
}

/** States that lead to each other: of the machine itself, of a branch of a Parallel, of the processor of a Map. */
export interface Scope {
  startAt: string;
  states: Map<string, State>;
  /** The Map or Parallel that it is in. */
  outer?: State;
  /** Whether it sees the variables of the scopes around it: not as the child of a Distributed Map. */
  seesOuter: boolean;
}

export interface State {
  name: string;
  type: string;
  body: JsonObject;
  scope: Scope;
}

/** A way from a state to another one. */
export interface Edge {
  from: State;
  to: State;
  kind: 'next' | 'choice' | 'default' | 'catch';
  /** Where it is written: `Next`, `Choices[1]`, `Catch[0]`. */
  field: string;
  /** What is assigned on it. */
  assign: JsonObject;
}

/** Reads a definition; what is missing in it is missing in the machine. */
export function machineOf(definition: JsonObject): Machine {
  const scopes: Scope[] = [];
  addScope(scopes, definition, undefined);
  return { definition, scopes };
}

/** All states, those of outer scopes before those inside. */
export function statesOf(machine: Machine): State[] {
  return machine.scopes.flatMap((scope) => [...scope.states.values()]);
}

/** The ways out of a state, in the order in which they are tried. */
export function edgesOf(state: State): Edge[] {
  const { body } = state;
  const assign = objectOf(body.Assign);
  const choices = listOf(body.Choices).map((choice, at) => {
    const rule = objectOf(choice);
    return edge(state, rule.Next, 'choice', `Choices[${at}]`, objectOf(rule.Assign));
  });
  const catches = listOf(body.Catch).map((item, at) => {
    const catcher = objectOf(item);
    return edge(state, catcher.Next, 'catch', `Catch[${at}]`, objectOf(catcher.Assign));
  });
  // A Choice's own Assign is made only where none of its rules matched.
  const onward = [
    edge(state, body.Next, 'next', 'Next', assign),
    edge(state, body.Default, 'default', 'Default', assign),
  ];
  return [...choices, ...onward, ...catches].filter((found) => found !== undefined);
}

/** Whether the scope ends with this state. */
export function isTerminal({ type, body }: State): boolean {
  return type === 'Succeed' || type === 'Fail' || body.End === true;
}

function edge(from: State, next: Json | undefined, kind: Edge['kind'], field: string, assign: JsonObject) {
  const to = from.scope.states.get(textOf(next) ?? '');
  return to === undefined ? undefined : ({ from, to, kind, field, assign } satisfies Edge);
}

function addScope(scopes: Scope[], program: JsonObject, outer: State | undefined): void {
  const distributed = textOf(objectOf(program.ProcessorConfig).Mode) === 'DISTRIBUTED';
  const scope: Scope = {
    startAt: textOf(program.StartAt) ?? '',
    states: new Map(),
    ...(outer && { outer }),
    seesOuter: outer !== undefined && !distributed,
  };
  scopes.push(scope);
  for (const [name, value] of Object.entries(objectOf(program.States))) {
    const body = objectOf(value);
    scope.states.set(name, { name, type: textOf(body.Type) ?? '', body, scope });
  }
  for (const state of scope.states.values()) {
    const inside = [state.body.ItemProcessor, state.body.Iterator, ...listOf(state.body.Branches)];
    for (const program of inside) if (program !== undefined) addScope(scopes, objectOf(program), state);
  }
}
