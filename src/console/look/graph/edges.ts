/** The transitions of a state machine as the edges of a picture: one from each state to each that it may lead to. */
import { type Machine, transitions } from '../../../orchestrator/machine.ts';
import type { Graph } from '../../api/shapes.ts';

export type Edge = Pick<Graph['edges'][number], 'from' | 'to' | 'kind' | 'label'>;

/** Where a state goes of itself comes before where an error takes it. */
const BEFORE = ['next', 'default', 'choice', 'catch'] as const satisfies Edge['kind'][];

/** What several transitions between the same two states say is said by one edge: its kind is the most usual of theirs. */
export function edgesOf({ States }: Machine): Edge[] {
  return Object.entries(States).flatMap(([from, state]) => {
    const led = Map.groupBy(transitions(state), ({ to }) => to);
    const edges = [...led].map(([to, all]): Edge => {
      const kind = BEFORE.find((each) => all.some((transition) => transition.kind === each)) ?? 'next';
      const said = all.flatMap((each) => (each.kind === kind && 'label' in each ? [each.label] : []));
      return { from, to, kind, label: said.join(kind === 'catch' ? ', ' : ' or ') };
    });
    return edges.sort((a, b) => BEFORE.indexOf(a.kind) - BEFORE.indexOf(b.kind));
  });
}

/** The states in the order in which a reader comes to them: along the usual way to its end, then along each way that leads off it. */
export function inOrder({ StartAt, States }: Machine, edges: readonly Edge[]): string[] {
  const from = Map.groupBy(edges, (edge) => edge.from);
  const order = new Set<string>();
  const come = (state: string): void => {
    if (order.has(state)) return;
    order.add(state);
    for (const { to } of from.get(state) ?? []) come(to);
  };
  for (const state of [StartAt, ...Object.keys(States)]) come(state);
  return [...order];
}
