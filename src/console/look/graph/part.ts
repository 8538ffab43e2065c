/** One part of a machine, laid out from left to right, and on below where it is wider than a page, as a line of text is. */
import { layout, Graph as Picture } from '@dagrejs/dagre';
import type { Graph } from '../../api/shapes.ts';
import type { Edge } from './edges.ts';

export type Point = Graph['edges'][number]['points'][number];

export const NODE_HEIGHT = 34;
/** Of a letter of a name, and of what is beside the name. */
const LETTER_WIDTH = 6.8;
const BESIDE_NAME = 26;
const WIDEST = 1560;
const BETWEEN_LINES = 26;

/** How hard an edge pulls its ends together: what is usual runs straight, and errors go around. */
const PULL: Record<Edge['kind'], number> = { next: 12, default: 8, choice: 3, catch: 1 };

/** Where the middle of each state is, and the edges that were drawn: those from one line to another are not. */
export interface Part {
  width: number;
  height: number;
  places: Map<string, Point>;
  lines: Map<Edge, Point[]>;
}

/** Draws `states`, of which `edges` lead from one to another; `states` come in the order in which they are read. */
export function drawPart(states: readonly string[], edges: readonly Edge[]): Part {
  return folded(inOneLine(states, edges));
}

function inOneLine(states: readonly string[], edges: readonly Edge[]): Part {
  const picture = new Picture({ multigraph: true });
  picture.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 30, edgesep: 8 });
  for (const state of states) picture.setNode(state, { width: widthOf(state), height: NODE_HEIGHT });
  for (const edge of edges) picture.setEdge(edge.from, edge.to, { weight: PULL[edge.kind] });
  layout(picture);
  const { width = 0, height = 0 } = picture.graph();
  const places = states.map((state) => [state, pointOf(picture.node(state))] as const);
  const lines = edges.map((edge) => [edge, (picture.edge(edge.from, edge.to)?.points ?? []).map(pointOf)] as const);
  return { width, height, places: new Map(places), lines: new Map(lines) };
}

/** The part on as many lines as it takes. */
function folded(part: Part): Part {
  const lines = Math.ceil(part.width / WIDEST);
  if (lines <= 1) return part;
  const lineOf = (place: Point | undefined) => Math.floor(((place?.x ?? 0) * lines) / part.width);
  const states = Map.groupBy(part.places, ([, place]) => lineOf(place));
  const edges = Map.groupBy(part.lines, ([{ from, to }]) => {
    const line = lineOf(part.places.get(from));
    return line === lineOf(part.places.get(to)) ? line : undefined;
  });
  const whole: Part = { width: 0, height: 0, places: new Map(), lines: new Map() };
  for (const [line, places] of [...states].sort(([a], [b]) => a - b)) {
    addLine(whole, new Map(places), new Map(edges.get(line)));
  }
  return whole;
}

/** Puts a line below those that are there. */
function addLine(part: Part, places: Part['places'], lines: Part['lines']): void {
  const half = (state: string): Point => ({ x: widthOf(state) / 2, y: NODE_HEIGHT / 2 });
  const corners = [...places].flatMap(([state, { x, y }]) => [
    { x: x - half(state).x, y: y - half(state).y },
    { x: x + half(state).x, y: y + half(state).y },
  ]);
  const points = [...corners, ...[...lines.values()].flat()];
  const [left, top] = [Math.min(...points.map(({ x }) => x)), Math.min(...points.map(({ y }) => y))];
  const by = { x: -left, y: part.height - top + (part.height === 0 ? 0 : BETWEEN_LINES) };
  for (const [state, place] of places) part.places.set(state, moved(place, by));
  for (const [edge, drawn] of lines) {
    const there = drawn.map((point) => moved(point, by));
    part.lines.set(edge, there);
  }
  part.width = Math.max(part.width, ...points.map(({ x }) => x - left));
  part.height = Math.max(...points.map(({ y }) => y + by.y));
}

/** How wide the box of a state is. */
export function widthOf(state: string): number {
  return Math.round(state.length * LETTER_WIDTH + BESIDE_NAME);
}

function pointOf({ x = 0, y = 0 }: { x?: number; y?: number }): Point {
  return { x: round(x), y: round(y) };
}

/** A point elsewhere. */
export function moved({ x, y }: Point, by: Point): Point {
  return { x: round(x + by.x), y: round(y + by.y) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
