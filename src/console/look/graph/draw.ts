/**
 * Where each state of a machine is drawn. A machine of two hundred states in one piece is a hairball: so each part of the way is laid out
 * for itself, and the parts stand one below the other.
 */
import type { Machine } from '../../../orchestrator/machine.ts';
import type { Graph } from '../../api/shapes.ts';
import { type Edge, edgesOf, inOrder } from './edges.ts';
import { drawPart, moved, NODE_HEIGHT, type Point, widthOf } from './part.ts';
import { partsOf } from './parts.ts';

/** A machine drawn, before anything is known of who came through it. */
export interface Drawing extends Omit<Graph, 'nodes' | 'edges' | 'executions'> {
  nodes: Omit<Graph['nodes'][number], 'visits' | 'here' | 'failed'>[];
  edges: Omit<Graph['edges'][number], 'taken'>[];
}

const ABOVE = 30;
const BELOW = 18;
const BETWEEN = 18;
const MARGIN = 16;

/** Draws `machine`, whose states are those of the definition of that name. Pure, and the same each time. */
export function draw(machine: Machine, name: Graph['machine']): Drawing {
  const edges = edgesOf(machine);
  const partOf = partsOf(name).of;
  const { places, lines, ...page } = drawParts(machine, name, edges);
  return {
    machine: name,
    startAt: machine.StartAt,
    ...page,
    nodes: Object.entries(machine.States).map(([id, { Type, Comment }]) => ({
      id,
      type: Type,
      part: partOf(id),
      comment: Comment ?? null,
      ...(places.get(id) ?? { x: 0, y: 0 }),
      width: widthOf(id),
      height: NODE_HEIGHT,
    })),
    edges: edges.map((edge) => ({
      ...edge,
      leaves: partOf(edge.from) !== partOf(edge.to),
      points: lines.get(edge) ?? across(places.get(edge.from), places.get(edge.to)),
    })),
  };
}

function drawParts(machine: Machine, name: Graph['machine'], edges: readonly Edge[]) {
  const { labels, of } = partsOf(name);
  const members = Map.groupBy(inOrder(machine, edges), of);
  const places = new Map<string, Point>();
  const lines = new Map<Edge, Point[]>();
  const parts: Graph['parts'] = [];
  let [width, bottom] = [0, -BETWEEN];
  for (const label of labels) {
    const states = members.get(label);
    if (states === undefined) continue;
    const inside = edges.filter(({ from, to }) => of(from) === label && of(to) === label);
    const part = drawPart(states, inside);
    const y = bottom + BETWEEN;
    const at = { x: MARGIN, y: y + ABOVE };
    for (const [state, place] of part.places) places.set(state, moved(place, at));
    for (const [edge, points] of part.lines) {
      const there = points.map((point) => moved(point, at));
      lines.set(edge, there);
    }
    parts.push({ label, y, height: ABOVE + part.height + BELOW });
    width = Math.max(width, part.width + 2 * MARGIN);
    bottom = at.y + part.height + BELOW;
  }
  return { places, lines, parts, width, height: Math.max(0, bottom) };
}

/** From one line or part to another: out of the bottom and in at the top, or the other way round. */
function across(from: Point | undefined, to: Point | undefined): Point[] {
  if (from === undefined || to === undefined) return [];
  const half = (to.y >= from.y ? NODE_HEIGHT : -NODE_HEIGHT) / 2;
  return [
    { x: from.x, y: from.y + half },
    { x: to.x, y: to.y - half },
  ];
}
