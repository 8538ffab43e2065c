/** The state that is chosen: what it is for, who came, and where it leads. */
import type { Graph } from '../../../api/shapes.ts';
import { counted } from '../../status/tally.ts';
import type { Edge } from './lines.ts';

export interface DetailsProps {
  graph: Graph;
  chosen: string;
  onChoose: (state: string) => void;
  onClose: () => void;
}

/** Beside the picture. */
export function Details({ graph, chosen, onChoose, onClose }: DetailsProps) {
  const node = graph.nodes.find(({ id }) => id === chosen);
  if (node === undefined) return null;
  const { type, part, comment, visits, here, failed } = node;
  return (
    <aside class="panel graph-details" aria-label={`State ${chosen}`}>
      <div class="graph-details-head">
        <h2>{chosen}</h2>
        <button type="button" class="quiet round" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </div>
      <p class="muted small">
        {type} · {part}
      </p>
      {comment === null ? null : <p class="small">{comment}</p>}
      <dl>
        <dt>Came to it</dt>
        <dd>{times(visits)}</dd>
        {here === 0 ? null : (
          <>
            <dt>In it now</dt>
            <dd>{counted(here)}</dd>
          </>
        )}
        {failed === 0 ? null : (
          <>
            <dt>Failed in it</dt>
            <dd>{times(failed)}</dd>
          </>
        )}
      </dl>
      <Ways title="Leads to" edges={graph.edges.filter(({ from }) => from === chosen)} end="to" onChoose={onChoose} />
      <Ways title="Comes from" edges={graph.edges.filter(({ to }) => to === chosen)} end="from" onChoose={onChoose} />
    </aside>
  );
}

function times(count: number): string {
  return count === 1 ? 'once' : `${counted(count)} times`;
}

interface WaysProps {
  title: string;
  edges: Edge[];
  end: 'from' | 'to';
  onChoose: (state: string) => void;
}

function Ways({ title, edges, end, onChoose }: WaysProps) {
  if (edges.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="graph-ways">
        {edges
          .toSorted((a, b) => b.taken - a.taken)
          .map((edge) => (
            <li key={edge[end]} data-taken={edge.taken > 0}>
              <button type="button" class="link" onClick={() => onChoose(edge[end])}>
                {edge[end]}
              </button>{' '}
              <span class="muted small">{edge.taken === 0 ? 'not taken' : times(edge.taken)}</span>
              <When edge={edge} />
            </li>
          ))}
      </ul>
    </>
  );
}

const OTHERWISE: Record<Edge['kind'], string> = {
  next: '',
  default: 'otherwise',
  choice: 'when',
  catch: 'when it catches',
};

function When({ edge: { kind, label } }: { edge: Edge }) {
  const word = OTHERWISE[kind];
  if (word === '') return null;
  return (
    <span class="graph-when small">
      {word} {label === '' ? null : <code>{label}</code>}
    </span>
  );
}
