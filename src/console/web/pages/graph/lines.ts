/** The lines of the graph: how an edge is drawn, and which are shown. */
import type { Graph } from '../../../api/shapes.ts';

export type Edge = Graph['edges'][number];
export type Node = Graph['nodes'][number];
type Point = Edge['points'][number];

/** The line of an edge as an SVG path: bent gently within its part, in one sweep from part to part. */
export function lineOf({ points }: Pick<Edge, 'points'>): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return '';
  if (points.length === 2) return sweep(first, last);
  const bends = rest.slice(0, -1).map((point, at) => {
    const next = rest[at + 1] ?? last;
    const end = at === rest.length - 2 ? last : middle(point, next);
    return `Q${text(point)} ${text(end)}`;
  });
  return [`M${text(first)}`, ...bends].join('');
}

/** Out at one end and in at the other straight up or down. */
function sweep(from: Point, to: Point): string {
  const half = (from.y + to.y) / 2;
  return `M${text(from)}C${text({ x: from.x, y: half })} ${text({ x: to.x, y: half })} ${text(to)}`;
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function text({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}

/**
 * Which edges are shown: all within their part, those from part to part only where somebody went, or where they touch the state that is
 * chosen. A hundred of them at once tell nobody anything.
 */
export function shownEdges(edges: readonly Edge[], chosen: string | undefined, every: boolean): Edge[] {
  const isShown = ({ leaves, taken, from, to }: Edge) =>
    every || !leaves || taken > 0 || from === chosen || to === chosen;
  // What was taken is drawn last: upon the others.
  return edges.filter(isShown).sort((a, b) => weight(a, chosen) - weight(b, chosen));
}

function weight({ from, to, taken }: Edge, chosen: string | undefined): number {
  return (from === chosen || to === chosen ? 2 : 0) + (taken > 0 ? 1 : 0);
}

/** The states whose names hold the text, in any case. */
export function found(nodes: readonly Node[], text: string): Node[] {
  const looked = text.trim().toLowerCase();
  return looked === '' ? [...nodes] : nodes.filter(({ id }) => id.toLowerCase().includes(looked));
}
