/** A run ends: every way round in a definition works or waits, can be left, and looks at the time or at a count. */
import { expressionsOf } from '../expressions.ts';
import { type Node, namesAfterFirst, nodesOf, usesOf } from '../jsonata.ts';
import { type Edge, isTerminal, type Scope, type State } from '../machine.ts';
import type { Problem, Rule } from '../rule.ts';
import { drawn, shortestCycle, shortestWay } from '../way.ts';

const WORK = ['Task', 'Map', 'Parallel', 'Wait'];

export const loops: Rule = (machine) =>
  machine.scopes.flatMap((scope) => {
    const looking = lookingWhetherToGoOn(scope);
    return [
      ...roundWithout(
        scope,
        ({ type }) => WORK.includes(type),
        'it goes round with neither a wait nor a task on the way',
      ),
      ...roundWithout(
        scope,
        (state) => looking.has(state),
        'it can go round for ever: no Choice on the way looks at the time, a count or a page',
      ),
      ...noWayOut(scope),
    ];
  });

/** One problem for each way round that meets no state of the wanted kind; the state is taken where it was first found. */
function roundWithout(scope: Scope, wanted: (state: State) => boolean, message: string): Problem[] {
  const problems: Problem[] = [];
  const told = new Set<State>();
  const follow = ({ from, to }: Edge) => !wanted(from) && !wanted(to);
  for (const state of scope.states.values()) {
    if (told.has(state)) continue;
    const cycle = shortestCycle(state, follow);
    if (cycle === undefined) continue;
    for (const each of cycle) told.add(each);
    problems.push({ state: state.name, field: '', message: `${message}: ${drawn(cycle)}` });
  }
  return problems;
}

/** States from which no end can be reached: whoever comes there goes round until the execution times out. */
function noWayOut(scope: Scope): Problem[] {
  const stuck = [...scope.states.values()].filter(
    (state) => shortestWay([state], () => true, isTerminal) === undefined,
  );
  const [first] = stuck;
  if (first === undefined) return [];
  return [{ state: first.name, field: '', message: `no end can be reached from here: ${drawn(stuck)}` }];
}

/**
 * The Choices that compare something that cannot stay as it is while a loop turns: the clock, a variable that counts, or the token of
 * a next page. That the comparison then leads out of the loop is not shown by this.
 */
function lookingWhetherToGoOn(scope: Scope): Set<State> {
  const moving = movingVariables(scope);
  const choices = [...scope.states.values()].filter(({ type }) => type === 'Choice');
  return new Set(
    choices.filter((state) =>
      expressionsOf(state).expressions.some(
        ({ field, ast }) =>
          /^Choices\[\d+\]\.Condition$/.test(field) &&
          usesOf(ast).some(({ name }) => name === 'millis' || name === 'now' || moving.has(name)),
      ),
    ),
  );
}

/** Variables that are assigned from themselves and a number (`$wave + 1`), or from the token of a next page. */
function movingVariables(scope: Scope): Set<string> {
  const moving = new Set<string>();
  for (const { field, ast } of [...scope.states.values()].flatMap((state) => expressionsOf(state).expressions)) {
    const name = /(?:^|\.)Assign\.(\w+)$/.exec(field)?.[1];
    if (name !== undefined && (counts(ast, name) || readsPageToken(ast))) moving.add(name);
  }
  return moving;
}

function counts(ast: Node, name: string): boolean {
  if (ast.type !== 'binary' || (ast.value !== '+' && ast.value !== '-')) return false;
  const sides = [...nodesOf(ast.lhs), ...nodesOf(ast.rhs)];
  return (
    sides.some(({ type, value }) => type === 'variable' && value === name) &&
    sides.some(({ type }) => type === 'number')
  );
}

function readsPageToken(node: Node): boolean {
  if (node.type === 'path' && namesAfterFirst(node).includes('NextToken')) return true;
  return Object.values(node).flatMap(nodesOf).some(readsPageToken);
}
