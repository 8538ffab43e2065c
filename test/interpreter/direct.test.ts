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

/** Whether it is computed without the evaluator. */
function isDirect(text: string, variables: Record<string, Json>): boolean {
  const scope = { states: { input: variables.v ?? null }, variables, moment: new Moment(NOW, 'x') };
  return compileExpression(text, 'Output').direct?.(scope) !== undefined;
}

const names = fc.constantFrom('a', 'b', 'c d', '__proto__', 'constructor', 'length');
const numbers = fc.oneof(
  fc.constantFrom(0, 1, -1, 0.5, 0.1, 1e15, 999_999_999_999_999, 1_773_108_000_000_123, 9_007_199_254_740_991, 1e21),
  fc.integer(),
);
const strings = fc.constantFrom('', 'a', 'b', 'ab', '10', 'i-0', '[');
const scalars = fc.oneof<fc.Arbitrary<Json>[]>(fc.constant(null), fc.boolean(), numbers, strings);
const anyValue = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Variables of the types that their names say, now and then of any other or missing; one may be named like a function. */
const variables = fc
  .record(
    {
      n: mostly(numbers),
      s: mostly(strings),
      f: mostly(fc.boolean()),
      l: mostly(fc.array(numbers, { maxLength: 4 })),
      o: mostly(fc.record({ a: numbers, b: strings, 'c d': anyValue })),
      v: anyValue,
    },
    { noNullPrototype: true },
  )
  .chain((held) => fc.option(fc.constantFrom('floor', 'now', 'string')).map((shadow) => ({ held, shadow })))
  .map(({ held, shadow }): Record<string, Json> => ({ ...held, ...(shadow === null ? {} : { [shadow]: 1 }) }));

function mostly(usual: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: anyValue });
}

/** Texts of expressions that give that type where the variables hold what their names say; of `any` nothing need fit. */
interface Texts {
  number: string;
  string: string;
  boolean: string;
  list: string;
  object: string;
  /** Any of these. */
  typed: string;
  any: string;
}

const texts = fc.letrec<Texts>((tie: fc.LetrecTypedTie<Texts>) => {
  const [number, string, boolean] = [tie('number'), tie('string'), tie('boolean')];
  const [list, object, typed, any] = [tie('list'), tie('object'), tie('typed'), tie('any')];
  const call = (functions: string[], ...given: fc.Arbitrary<string>[]) =>
    fc.tuple(fc.constantFrom(...functions), ...given).map(([name, ...rest]) => `$${name}(${rest.join(', ')})`);
  const between = (operators: string[], left: fc.Arbitrary<string>, right: fc.Arbitrary<string>) =>
    fc.tuple(left, fc.constantFrom(...operators), right).map((parts) => `(${parts.join(' ')})`);
  const either = (of: fc.Arbitrary<string>) =>
    fc.tuple(boolean, of, of).map(([holds, then, otherwise]) => `(${holds} ? ${then} : ${otherwise})`);
  const depth = { maxDepth: 3 };
  return {
    number: fc.oneof(
      depth,
      fc.constantFrom('$n', '0', '1.5', '1000', '$o.a', '$millis()', '$states.input.a'),
      between(['+', '-', '*', '/'], number, number),
      call(['floor', 'ceil'], number),
      call(['max', 'min'], list),
      call(['count'], list),
      either(number),
    ),
    string: fc.oneof(
      depth,
      fc.constantFrom('$s', "'a'", '"b"', "'['", '$o.b', '$now()'),
      between(['&'], fc.oneof(string, number), fc.oneof(string, number)),
      call(['string'], fc.oneof(number, string)),
      call(['uppercase'], string),
      call(['fromMillis'], number),
      call(['type'], typed),
      either(string),
    ),
    boolean: fc.oneof(
      depth,
      fc.constantFrom('$f', 'true', 'false', '$exists($o.a)', '$exists($o.no)', '$exists($v.constructor)'),
      between(['=', '!=', '<', '<=', '>', '>='], number, number),
      between(['=', '!=', '<', '>='], string, string),
      between(['=', '!='], fc.oneof(boolean, string), fc.oneof(number, boolean)),
      between(['and', 'or'], boolean, boolean),
      between(['in'], fc.oneof(number, string), list),
      call(['not'], boolean),
      call(['contains'], string, string),
    ),
    list: fc.oneof(
      depth,
      fc.constantFrom('$l', '[]', "['a', 1]"),
      fc.tuple(number, fc.oneof(list, number)).map(([one, other]) => `[${one}, ${other}]`),
      either(list),
    ),
    object: fc.oneof(
      depth,
      fc.constantFrom('$o', '{}'),
      fc.tuple(names, typed, typed).map(([name, one, other]) => `{'${name}': ${one}, 'z': ${other}}`),
      fc.tuple(object, object).map(([one, other]) => `$merge([${one}, ${other}])`),
    ),
    typed: fc.oneof(depth, number, string, boolean, list, object),
    any: fc.oneof(
      depth,
      { weight: 12, arbitrary: typed },
      { weight: 1, arbitrary: fc.constantFrom('$v', '$v.a', '$v.b.a', '$nowhere', 'null', '$v[0]', '$', '-$n') },
      { weight: 1, arbitrary: fc.constantFrom('$count[1]($l)', '$floor{"a": 1}(1.5)', '$sum($l)', '$exists($v)') },
      { weight: 1, arbitrary: between(['=', '<', '+', '&', 'and', 'in', '%'], any, any) },
      { weight: 1, arbitrary: call(['floor', 'string', 'not', 'count', 'max', 'merge', 'exists', 'fromMillis'], any) },
    ),
  };
});

describe('an expression that is computed without the evaluator', () => {
  it('gives what the evaluator gives, whatever its variables hold', async () => {
    let [tried, direct] = [0, 0];
    await fc.assert(
      fc.asyncProperty(texts.any, variables, async (expression, held) => {
        const before = JSON.stringify(held);
        const [ours, theirs] = await bothWays(expression, held);
        expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
        expect(JSON.stringify(held)).toBe(before);
        tried += 1;
        direct += isDirect(expression, held) ? 1 : 0;
      }),
      { numRuns: 5000 },
    );
    // Else the evaluator would have been compared with itself.
    expect(direct / tried).toBeGreaterThan(0.25);
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
