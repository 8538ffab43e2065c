/**
 * A variable is assigned on every way to where it is used. Step Functions finds out only when an execution comes that way, which may
 * be the way of a rollback.
 */
import { expressionsOf } from '../expressions.ts';
import { FUNCTIONS } from '../functions.ts';
import { objectOf } from '../json.ts';
import { usesOf } from '../jsonata.ts';
import { type Edge, edgesOf, type Machine, type Scope, type State } from '../machine.ts';
import type { Problem, Rule } from '../rule.ts';
import { drawn, shortestWay } from '../way.ts';

/** Names that a `$` before them makes no variable of the machine; other rules look at them. */
const NO_VARIABLES: ReadonlySet<string> = new Set([...FUNCTIONS, 'eval', 'states']);

export const variables: Rule = (machine) => {
  const known = assignedOnEveryWay(machine);
  return machine.scopes.flatMap((scope) => [...usedUnassigned(scope, known), ...assignedTwice(scope)]);
};

/** For each state that can be reached the variables that are assigned on every way to it. */
function assignedOnEveryWay(machine: Machine): Map<State, ReadonlySet<string>> {
  const known = new Map<State, ReadonlySet<string>>();
  for (const scope of machine.scopes) {
    const start = scope.states.get(scope.startAt);
    if (start === undefined) continue;
    const outside = scope.seesOuter && scope.outer ? known.get(scope.outer) : undefined;
    known.set(start, outside ?? new Set());
    const changed = [start];
    for (let state = changed.pop(); state !== undefined; state = changed.pop()) {
      for (const edge of edgesOf(state)) {
        const arriving = new Set([...(known.get(state) ?? []), ...Object.keys(edge.assign)]);
        const before = known.get(edge.to);
        const after = before === undefined ? arriving : intersection(before, arriving);
        if (before !== undefined && after.size === before.size) continue;
        known.set(edge.to, after);
        changed.push(edge.to);
      }
    }
  }
  return known;
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> {
  return new Set([...a].filter((item) => b.has(item)));
}

function usedUnassigned(scope: Scope, known: Map<State, ReadonlySet<string>>): Problem[] {
  return [...scope.states.values()].flatMap((state) => {
    const assigned = known.get(state);
    // A state that cannot be reached is another rule's matter.
    if (assigned === undefined) return [];
    return expressionsOf(state).expressions.flatMap(({ field, ast }) => {
      const names = usesOf(ast)
        .filter(({ name, called }) => !called && !NO_VARIABLES.has(name) && !assigned.has(name))
        .map(({ name }) => name);
      return [...new Set(names)].map((name) => ({ state: state.name, field, message: unassigned(name, state) }));
    });
  });
}

/** Shows a way on which the variable is not assigned; in an inner scope the way begins outside when it has to. */
function unassigned(name: string, state: State): string {
  const { scope } = state;
  const anywhere = chain(scope).some(({ states }) =>
    [...states.values()].some((each) => edgesOf(each).some((edge) => assigns(edge, name))),
  );
  if (!anywhere) return `$${name} is assigned nowhere`;
  const start = scope.states.get(scope.startAt);
  const way = shortestWay(
    start ? [start] : [],
    (edge) => !assigns(edge, name),
    (found) => found === state,
  );
  return `$${name} is not assigned on the way ${drawn(way ?? [state])}`;
}

/** The scope and those around it that it sees. */
function chain(scope: Scope): Scope[] {
  return scope.seesOuter && scope.outer ? [scope, ...chain(scope.outer.scope)] : [scope];
}

function assigns({ assign }: Edge, name: string): boolean {
  return Object.hasOwn(assign, name);
}

/** Step Functions refuses an inner variable that has the name of an outer one. */
function assignedTwice(scope: Scope): Problem[] {
  const [, ...around] = chain(scope);
  const outer = new Set(around.flatMap(({ states }) => [...states.values()].flatMap(assignedBy)));
  return [...scope.states.values()].flatMap((state) =>
    [...new Set(assignedBy(state))]
      .filter((name) => outer.has(name))
      .map((name) => ({
        state: state.name,
        field: 'Assign',
        message: `$${name} is a variable of the states around this ${scope.outer?.type}, which cannot be assigned in here`,
      })),
  );
}

function assignedBy(state: State): string[] {
  return [objectOf(state.body.Assign), ...edgesOf(state).map(({ assign }) => assign)].flatMap(Object.keys);
}
