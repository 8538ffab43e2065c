/** The state machine as a picture: the way taken stands out, the states where executions are now move. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Graph } from '../../../api/shapes.ts';
import { counted } from '../../status/tally.ts';
import { type Edge, lineOf, type Node, shownEdges } from './lines.ts';
import { useZoom, type Zoom } from './zoom.ts';

export interface PictureProps {
  graph: Graph;
  /** The state that is chosen, and those that a search found; undefined: none is searched for. */
  chosen: string | undefined;
  found: ReadonlySet<string> | undefined;
  /** Whether every way is shown, also those from part to part that nobody took. */
  every: boolean;
  onChoose: (state: string) => void;
}

/** Scrolls in its frame. The list of states below says the same to who does not see it. */
export function GraphPicture({ graph, chosen, found, every, onChoose }: PictureProps) {
  const frame = useRef<HTMLElement>(null);
  const size = useMemo(() => ({ width: Math.ceil(graph.width), height: Math.ceil(graph.height) }), [graph.machine]);
  const zoom = useZoom(frame, size);
  useShown(graph, { chosen, found }, zoom);
  const edges = shownEdges(graph.edges, chosen, every);
  return (
    <div class="graph">
      <ZoomButtons zoom={zoom} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keys */}
      <section ref={frame} class="graph-frame" tabIndex={0} aria-label="Picture of the state machine">
        <svg
          class="graph-picture"
          width={size.width * zoom.scale}
          height={size.height * zoom.scale}
          viewBox={`0 0 ${size.width} ${size.height}`}
          role="img"
          aria-label={`${graph.nodes.length} states, ${graph.nodes.filter(({ visits }) => visits > 0).length} of them on the way taken. The list below has them all.`}
        >
          <Arrows />
          {graph.parts.map(({ label, y, height }) => (
            <g key={label} class="graph-part">
              <rect x="0" y={y} width={size.width} height={height} rx="8" />
              <text x="14" y={y + 20}>
                {label}
              </text>
            </g>
          ))}
          {edges.map((edge) => (
            <Line key={`${edge.from} ${edge.to}`} edge={edge} chosen={chosen} />
          ))}
          {graph.nodes.map((node) => (
            <State
              key={node.id}
              node={node}
              isChosen={node.id === chosen}
              isFaint={found !== undefined && !found.has(node.id)}
              onChoose={onChoose}
            />
          ))}
        </svg>
      </section>
    </div>
  );
}

/** Brings what is chosen into the middle, or what a search found; at first, where executions are now. */
function useShown(
  { nodes, machine }: Graph,
  { chosen, found }: Pick<PictureProps, 'chosen' | 'found'>,
  zoom: Zoom,
): void {
  const latest = useRef(nodes);
  latest.current = nodes;
  const [sought] = found ?? [];
  useEffect(() => {
    const wanted = sought ?? chosen;
    const shown = latest.current.find(({ id, here }) => (wanted === undefined ? here > 0 : id === wanted));
    if (zoom.isReady && shown !== undefined) zoom.show(shown);
  }, [machine, chosen, sought, zoom.isReady]);
}

function ZoomButtons({ zoom }: { zoom: Zoom }) {
  return (
    <div class="graph-zoom not-printed">
      <button
        type="button"
        class="round"
        aria-label="Larger"
        title="Larger: + or Ctrl and the wheel"
        onClick={zoom.larger}
      >
        +
      </button>
      <button type="button" class="round" aria-label="Smaller" title="Smaller: −" onClick={zoom.smaller}>
        −
      </button>
      <button type="button" class="round" aria-label="All of it" title="As wide as the frame: 0" onClick={zoom.fit}>
        <svg width="0.9rem" height="0.9rem" viewBox="0 0 14 14" fill="none" stroke="currentColor" aria-hidden="true">
          <path d="M1 5V1h4M9 1h4v4M13 9v4H9M5 13H1V9" stroke-width="1.6" />
        </svg>
      </button>
    </div>
  );
}

function Arrows() {
  return (
    <defs>
      {['taken', 'quiet', 'catch'].map((kind) => (
        <marker
          key={kind}
          id={`arrow-${kind}`}
          class="graph-arrow"
          data-kind={kind}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth={kind === 'taken' ? 9 : 7}
          markerHeight={kind === 'taken' ? 9 : 7}
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0.5L7.5 4L0 7.5z" />
        </marker>
      ))}
    </defs>
  );
}

function Line({ edge, chosen }: { edge: Edge; chosen: string | undefined }) {
  const isTaken = edge.taken > 0;
  const arrow = isTaken ? 'taken' : edge.kind === 'catch' ? 'catch' : 'quiet';
  return (
    <path
      class="graph-edge"
      data-kind={edge.kind}
      data-taken={isTaken}
      data-chosen={edge.from === chosen || edge.to === chosen}
      d={lineOf(edge)}
      marker-end={`url(#arrow-${arrow})`}
    >
      <title>{edgeWords(edge)}</title>
    </path>
  );
}

/** What an edge says on hover. */
export function edgeWords({ from, to, kind, label, taken }: Edge): string {
  const when = kind === 'catch' ? `, when it catches ${label}` : label === '' ? '' : `, when ${label}`;
  return `${from} → ${to}: taken ${counted(taken)} ${taken === 1 ? 'time' : 'times'}${when}`;
}

interface StateProps {
  node: Node;
  isChosen: boolean;
  isFaint: boolean;
  onChoose: (state: string) => void;
}

function State({ node, isChosen, isFaint, onChoose }: StateProps) {
  const { id, type, x, y, width, height, visits, here, failed } = node;
  const left = x - width / 2;
  const top = y - height / 2;
  return (
    // The list of states has a button for each.
    // biome-ignore lint/a11y/noStaticElementInteractions: a mouse finds it here, keys find it in the list
    <g
      class="graph-state"
      data-type={type}
      data-visited={visits > 0}
      data-here={here > 0}
      data-failed={failed > 0}
      data-chosen={isChosen}
      data-faint={isFaint}
      onClick={() => onChoose(id)}
    >
      {here > 0 ? (
        <rect class="graph-pulse" x={left - 4} y={top - 4} width={width + 8} height={height + 8} rx="10" />
      ) : null}
      {type === 'Map' ? <rect class="graph-box" x={left + 4} y={top - 4} width={width} height={height} rx="6" /> : null}
      <rect class="graph-box" x={left} y={top} width={width} height={height} rx={ROUND[type] ?? 6} />
      <text class="graph-name" x={x} y={y}>
        {id}
      </text>
      {visits > 0 ? <Badge kind="visits" right={left + width + 5} top={top - 8} text={counted(visits)} /> : null}
      {failed > 0 ? (
        <Badge kind="failed" right={left + width + 5} top={top + height - 8} text={`${counted(failed)} failed`} />
      ) : null}
      {here > 0 ? <Badge kind="here" right={left + 46} top={top - 9} text={`${counted(here)} here`} /> : null}
    </g>
  );
}

/** A choice and an end are rounder than what does something. */
const ROUND: Record<string, number> = { Choice: 17, Wait: 2, Succeed: 17, Fail: 17 };

function Badge({ kind, right, top, text }: { kind: string; right: number; top: number; text: string }) {
  const width = 10 + text.length * 6;
  return (
    <g class="graph-badge" data-kind={kind}>
      <rect x={right - width} y={top} width={width} height="16" rx="8" />
      <text class="graph-count" x={right - width / 2} y={top + 8.5}>
        {text}
      </text>
    </g>
  );
}
