import { describe, expect, it } from 'vitest';
import { type Edge, found, lineOf, type Node, shownEdges } from '../../../../src/console/web/pages/graph/lines.ts';

const edge = (from: string, to: string, facts: Partial<Edge> = {}): Edge => ({
  ...{ from, to, kind: 'next', label: '', points: [], leaves: false, taken: 0 },
  ...facts,
});
const named = (edges: Edge[]) => edges.map(({ from, to }) => `${from}${to}`);

describe('the edges that are shown', () => {
  const within = edge('A', 'B');
  const taken = edge('B', 'X', { leaves: true, taken: 2 });
  const idle = edge('C', 'X', { leaves: true });
  const all = [taken, within, idle];

  it('are those within a part, and of those from part to part the ones that somebody took', () => {
    expect(named(shownEdges(all, undefined, false))).toEqual(['AB', 'BX']);
  });

  it('are also those that touch the state that is chosen, drawn upon the others', () => {
    expect(named(shownEdges(all, 'C', false))).toEqual(['AB', 'BX', 'CX']);
  });

  it('are all where every way is asked for', () => {
    expect(named(shownEdges(all, undefined, true))).toHaveLength(3);
  });
});

describe('the line of an edge', () => {
  it('sweeps from part to part', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 100, y: 50 },
    ];
    expect(lineOf({ points })).toBe('M0 0C0 25 100 25 100 50');
  });

  it('bends through its points, and ends at the last', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 20, y: 10 },
      { x: 30, y: 10 },
    ];
    expect(lineOf({ points })).toBe('M0 0Q10 0 15 5Q20 10 30 10');
  });

  it('is none without points', () => {
    expect(lineOf({ points: [] })).toBe('');
  });
});

it('finds states by a part of their names in any case', () => {
  const nodes = ['LookAtHook', 'Detach', 'HookFailed'].map(
    (id): Node => ({
      ...{ id, type: 'Task', part: '', comment: null, x: 0, y: 0, width: 1, height: 1, visits: 0, here: 0, failed: 0 },
    }),
  );
  expect(found(nodes, ' hook').map(({ id }) => id)).toEqual(['LookAtHook', 'HookFailed']);
  expect(found(nodes, '')).toHaveLength(3);
});
