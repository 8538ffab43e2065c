import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/interpreter/index.ts';
import {
  compileExpression,
  type Expression,
  evaluateExpression,
  evaluatorMessage,
} from '../../src/interpreter/jsonata/expression.ts';
import { Moment } from '../../src/interpreter/jsonata/moment.ts';

const NOW = Date.UTC(2026, 2, 10, 2);

/** What an expression gives, or the failure: without the evaluator where that can be, and by the evaluator alone. */
async function bothWays(text: string, variables: Record<string, Json>): Promise<[unknown, unknown]> {
  const expression = compileExpression(text, 'Output');
  const states = { input: variables.v ?? null };
  const told = (way: Expression) =>
    evaluateExpression(way, states, variables, new Moment(NOW, 'x')).catch(
      (error) => `failed: ${evaluatorMessage(error)}`,
    );
  const [ours, theirs] = await Promise.all([told(expression), told({ ...expression, direct: undefined })]);
  return [ours, theirs];
}

const names = fc.constantFrom('a', 'b', 'c d', '__proto__', 'constructor', 'length');
const scalars = fc.constantFrom<Json>(null, true, false, 0, 1, -1, 0.1, 1e21, 1773108000000, '', 'a', 'b', '10');
const anyValue = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Variables of the types that definitions give them, now and then of any other, or missing; one of them named like a function. */
const variables = fc
  .record(
    { n: oftener(fc.integer()), t: oftener(fc.string()), f: oftener(fc.boolean()), v: anyValue, floor: anyValue },
    {
      requiredKeys: [],
    },
  )
  .map((record): Record<string, Json> => ({ ...record }));

function oftener(usual: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: anyValue });
}

/** Texts of expressions of the kinds that are computed without the evaluator, and of some beside them. */
const text = fc.letrec<{ text: string }>((tie) => {
  const part = tie('text');
  const call = (...functions: string[]) => fc.tuple(fc.constantFrom(...functions), part).map(([f, x]) => `$${f}(${x})`);
  const pair = fc.tuple(part, part);
  return {
    text: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom('$n', '$t', '$f', '$v', '$nowhere', '$v.a', '$v.b.a', '$states.input.a', '$v[0]', '$'),
      fc.constantFrom('0', '1.5', "'a'", "'['", '"b"', 'true', 'null', '[]', '{}', "['a', 1]", '$millis()', '$now()'),
      fc
        .tuple(
          part,
          fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '&', 'and', 'or', 'in', '%'),
          part,
        )
        .map((parts) => parts.join(' ')),
      fc.tuple(part, part, part).map(([holds, then, otherwise]) => `(${holds} ? ${then} : ${otherwise})`),
      part.map((inside) => `(${inside})`),
      part.map((inside) => `-${inside}`),
      call(
        'floor',
        'ceil',
        'max',
        'min',
        'string',
        'uppercase',
        'not',
        'count',
        'type',
        'fromMillis',
        'exists',
        'merge',
        'sum',
      ),
      pair.map(([one, other]) => `$contains(${one}, ${other})`),
      pair.map(([one, other]) => `[${one}, ${other}]`),
      fc.tuple(names, part, part).map(([name, one, other]) => `{'${name}': ${one}, 'b': ${other}}`),
    ),
  };
}).text;

describe('an expression that is computed without the evaluator', () => {
  it('gives what the evaluator gives, whatever its variables hold', async () => {
    await fc.assert(
      fc.asyncProperty(text, variables, async (expression, held) => {
        const [ours, theirs] = await bothWays(expression, held);
        expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ["$dock.state = 'ready' and $settings.isolation = 'detach' and $floor($millis() / 1000) <= $leaseUntil", true],
    [
      "$type($dock) = 'null' ? {'made': false} : {'made': true, 'reason': $dock.state & ': ' & $leaseUntil}",
      { made: true, reason: 'ready: 1773108000' },
    ],
    ['$max([$count([$settings.hooks]), 1]) + $ceil(1.2) - $min([2, 1]) * 2 / 1', 2],
    ["$not($contains($uppercase($dock.state), 'EAD')) or $dock.state in ['ready', 'running']", true],
    [
      "$exists($dock.state) and $not($exists($settings.nothing)) ? $merge([$dock, {'state': 'gone'}]) : null",
      { state: 'gone' },
    ],
    ['[$fromMillis(0), $now(), $string(7)]', ['1970-01-01T00:00:00.000Z', '2026-03-10T02:00:00.000Z', '7']],
  ])('may be %s', (expression, expected) => {
    const held = {
      dock: { state: 'ready' },
      settings: { isolation: 'detach', hooks: ['a', 'b'] },
      leaseUntil: NOW / 1000,
    };
    const scope = { states: {}, variables: held, moment: new Moment(NOW, 'x') };
    expect(compileExpression(expression, 'Output').direct?.(scope)).toEqual(expected);
  });

  it('leads along a path of names where the evaluator says, whatever the variable holds', async () => {
    const path = fc.tuple(
      fc.constantFrom('v', 'states', 'nowhere', 'constructor', 'string'),
      fc.array(names, { maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(anyValue, path, async (held, [variable, members]) => {
        const [ours, theirs] = await bothWays(`$${[variable, ...members.map((name) => `\`${name}\``)].join('.')}`, {
          v: held,
        });
        expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
      }),
      { numRuns: 2000 },
    );
  });
});
