/** The states as a list: what the picture says, for who does not see it, and the way to a state by the keys. */
import type { Graph } from '../../../api/shapes.ts';
import { Columns } from '../../controls/columns.tsx';
import { Nothing } from '../../states/states.tsx';
import { counted } from '../../status/tally.ts';
import type { Edge, Node } from './lines.ts';

export interface StatesPanelProps {
  graph: Graph;
  shown: Node[];
  chosen: string | undefined;
  onChoose: (state: string) => void;
}

/** In the order of the picture. */
export function StatesPanel({ graph, shown, chosen, onChoose }: StatesPanelProps) {
  const out = Map.groupBy(graph.edges, ({ from }) => from);
  return (
    <section class="panel graph-states" aria-labelledby="states">
      <div class="panel-head">
        <h2 id="states">
          States <span class="views-count">{counted(shown.length)}</span>
        </h2>
      </div>
      {shown.length === 0 ? (
        <Nothing title="No state fits" />
      ) : (
        <table class="stacking graph-list">
          <Columns
            of={[
              'State',
              'Part',
              'Type',
              { word: 'Came', right: true },
              { word: 'Here now', right: true },
              { word: 'Failed', right: true },
              'Went on to',
            ]}
          />
          <tbody>
            {shown.map((node) => (
              <tr key={node.id} data-chosen={node.id === chosen}>
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    aria-pressed={node.id === chosen}
                    onClick={() => onChoose(node.id)}
                  >
                    {node.id}
                  </button>
                </th>
                <td>{node.part}</td>
                <td class="muted">{node.type}</td>
                <td class="number" data-name="Came">
                  {counted(node.visits)}
                </td>
                <td class="number" data-name="Here now">
                  {node.here === 0 ? '' : counted(node.here)}
                </td>
                <td class="number" data-name="Failed">
                  {node.failed === 0 ? '' : counted(node.failed)}
                </td>
                <td class="small">{wentOn(out.get(node.id) ?? [])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function wentOn(edges: Edge[]): string {
  return edges
    .filter(({ taken }) => taken > 0)
    .map(({ to, taken }) => `${to} (${counted(taken)})`)
    .join(', ');
}
