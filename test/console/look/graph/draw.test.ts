import { describe, expect, it } from 'vitest';
import { type Drawing, draw } from '../../../../src/console/look/graph/draw.ts';
import { OTHER, partsOf } from '../../../../src/console/look/graph/parts.ts';
import { readMachine } from '../../../../src/orchestrator/machine.ts';
import { readDefinition } from '../../../../statemachine/definitions.ts';

describe.each(['rollout', 'patch-instance'] as const)('the picture of %s', (name) => {
  const machine = readMachine(readDefinition(name));
  const drawing = draw(machine, name);

  it('has every state of the definition once, each in a part of the way that has a name', () => {
    expect(drawing.nodes.map(({ id }) => id).sort()).toEqual(Object.keys(machine.States).sort());
    expect(drawing.nodes.filter(({ part }) => part === OTHER)).toEqual([]);
  });

  it('knows no part by a state that the definition does not have', () => {
    expect(drawing.parts.map(({ label }) => label)).toEqual(partsOf(name).labels.filter((label) => label !== OTHER));
  });

  it('has an edge from each state to each that it may lead to, with a line to draw it by', () => {
    const led = Object.entries(readDefinition(name).States ?? {}).flatMap(([from, state]) =>
      [...JSON.stringify(withoutInner(state)).matchAll(/"(?:Next|Default)":"([^"]+)"/g)].map(
        ([, to]) => `${from} ${to}`,
      ),
    );
    expect(drawing.edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual([...new Set(led)].sort());
    expect(drawing.edges.filter(({ points }) => points.length < 2)).toEqual([]);
  });

  it('lets no two states lie on one another, and none out of its part', () => {
    expect(
      drawing.nodes.flatMap((node, at) => drawing.nodes.slice(at + 1).filter((other) => overlap(node, other))),
    ).toEqual([]);
    expect(drawing.nodes.filter((node) => !isInside(node, drawing))).toEqual([]);
  });

  it('is no wider than a page and a half', () => {
    expect(drawing.width).toBeLessThan(1600);
  });

  it('is the same each time', () => {
    expect(draw(machine, name)).toEqual(drawing);
  });
});

it('draws a state that no part is known of, as an older or a newer definition may have, below the others', () => {
  const machine = readMachine({
    StartAt: 'Begin',
    States: { Begin: { Type: 'Pass', Next: 'Novel' }, Novel: { Type: 'Succeed' } },
  });
  expect(draw(machine, 'patch-instance').parts.map(({ label }) => label)).toEqual(['waiting', OTHER]);
});

it('says of several transitions between two states what is so for each, by the most usual of them', () => {
  const Choices = ['$a', '$b'].map((name) => ({ Condition: `{% ${name} %}`, Next: 'End' }));
  const Catch = [{ ErrorEquals: ['States.Timeout', 'Ssm.Error'], Next: 'Begin' }];
  const machine = readMachine({
    StartAt: 'Ask',
    States: {
      Ask: { Type: 'Choice', Choices, Default: 'Begin' },
      Begin: { Type: 'Task', Next: 'End', Catch: [...Catch, { ErrorEquals: ['States.ALL'], Next: 'End' }] },
      End: { Type: 'Succeed' },
    },
  });
  expect(draw(machine, 'rollout').edges.map(({ from, to, kind, label }) => [from, to, kind, label])).toEqual([
    ['Ask', 'Begin', 'default', ''],
    ['Ask', 'End', 'choice', '$a or $b'],
    ['Begin', 'End', 'next', ''],
    ['Begin', 'Begin', 'catch', 'States.Timeout, Ssm.Error'],
  ]);
});

/** The state without those inside it, which are not drawn. */
function withoutInner(state: unknown): unknown {
  return typeof state === 'object' && state !== null ? { ...state, ItemProcessor: undefined } : state;
}

type Node = Drawing['nodes'][number];

function overlap(a: Node, b: Node): boolean {
  return Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2;
}

function isInside({ part, x, y, width, height }: Node, drawing: Drawing): boolean {
  const around = drawing.parts.find(({ label }) => label === part);
  if (around === undefined) return false;
  const isDown = y - height / 2 > around.y && y + height / 2 < around.y + around.height;
  return isDown && x - width / 2 > 0 && x + width / 2 < drawing.width;
}
