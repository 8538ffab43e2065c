/** Ways through the graph of a scope. */
import { type Edge, edgesOf, type State } from './machine.ts';

/**
 * The shortest way along edges that `follow` allows, from one of `starts` to the first state for which `arrived` holds; both ends
 * included. Undefined when there is none.
 */
export function shortestWay(
  starts: readonly State[],
  follow: (edge: Edge) => boolean,
  arrived: (state: State) => boolean,
): State[] | undefined {
  const cameFrom = new Map<State, State | undefined>(starts.map((state) => [state, undefined]));
  for (const state of cameFrom.keys()) {
    if (arrived(state)) return wayTo(state, cameFrom);
    for (const edge of edgesOf(state)) {
      if (follow(edge) && !cameFrom.has(edge.to)) cameFrom.set(edge.to, state);
    }
  }
  return undefined;
}

/** A shortest way round from a state back to itself along edges that `follow` allows, the state itself at both ends. */
export function shortestCycle(state: State, follow: (edge: Edge) => boolean): State[] | undefined {
  const starts = edgesOf(state)
    .filter(follow)
    .map(({ to }) => to);
  const back = shortestWay(starts, follow, (found) => found === state);
  return back && [state, ...back];
}

/** A way as a message shows it; a long one without its middle. */
export function drawn(way: readonly State[]): string {
  const names = way.map(({ name }) => name);
  const shown = names.length > 8 ? [...names.slice(0, 4), '…', ...names.slice(-3)] : names;
  return shown.join(' → ');
}

function wayTo(state: State, cameFrom: Map<State, State | undefined>): State[] {
  const way = [state];
  for (let from = cameFrom.get(state); from !== undefined; from = cameFrom.get(from)) way.unshift(from);
  return way;
}
