import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/interpreter/index.ts';
import { plainJson } from '../../src/interpreter/jsonata/plain.ts';
import { parseTimestamp } from '../../src/interpreter/timestamp.ts';
import { machine, run } from './world.ts';

async function value(expression: string, input: Json = {}): Promise<unknown> {
  const { result } = await run(machine({ S: { Type: 'Succeed', Output: `{% ${expression} %}` } }), input);
  return result.status === 'SUCCEEDED' ? result.output : result.cause;
}

describe("Step Functions' own functions", () => {
  it.each([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$range(0, 10, 3)', [0, 3, 6, 9]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$hash("input data", "SHA-1")', 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ['$hash("", "MD5")', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['$parse("{\\"a\\": [1]}").a[0]', 1],
    ['$random(7) = $random(7) and $random(7) != $random(8)', true],
    ['$random() != $random()', true],
    ['$random() >= 0 and $random() < 1', true],
    ['$length($uuid())', 36],
    ['$count($distinct($map([1..20], function($i) { $uuid() })))', 20],
    ['$sort($shuffle([1..9]))', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['$now()', '2026-03-10T02:00:00.000Z'],
    ['$now("[Y0001]-[M01]")', '2026-03'],
    ['$millis()', 1773108000000],
    ['$toMillis("04:30", "[H01]:[m01]")', 1773117000000],
    ['$toMillis("2026-03-10T02:00:00Z")', 1773108000000],
  ])('%s gives %j', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected);
  });

  it.each(['$hash("a", "CRC")', '$range(0, 5, 0)', '$range(0, 5000, 1)', '$partition([1], 0)', '$parse("{")'])(
    '%s is an evaluation error',
    async (expression) => {
      expect(await value(expression)).toContain('threw an error during evaluation');
    },
  );

  it('$random and $uuid give the same on every run of the same execution', async () => {
    const dice = '[$random(), $uuid(), $shuffle([1..20])]';
    expect(await value(dice)).toEqual(await value(dice));
  });
});

describe('what an expression yields', () => {
  it('keeps an array of one where JSONata keeps it, and unwraps a sequence of one', async () => {
    expect(await value('$states.input.a', { a: [1] })).toEqual([1]);
    expect(await value('$states.input.a', { a: [] })).toEqual([]);
    expect(await value('[0]')).toEqual([0]);
    expect(await value('$states.input.a.b', { a: [{ b: 1 }] })).toBe(1);
    expect(await value('$states.input.a.b', { a: [{ b: 1 }, { b: 2 }] })).toEqual([1, 2]);
    expect(await value('$states.input.a.b[]', { a: [{ b: 1 }] })).toEqual([1]);
  });

  it('is plain JSON: marks that the evaluator leaves on arrays do not reach the next expression', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { v: '{% $states.input.a.b[] %}' }, Next: 'B' },
      B: { Type: 'Pass', Output: '{% {"v": $v, "joined": $append($v, $v), "count": $count($v)} %}', End: true },
    };
    const { result } = await run(machine(states), { a: [{ b: 1 }] });
    expect(result).toEqual({ status: 'SUCCEEDED', output: { v: [1], joined: [1, 1], count: 1 } });
  });

  it('is given back as it is when it is plain JSON already', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(plainJson(json)).toBe(json);
      }),
      { seed: 5 },
    );
  });
});

describe('a timestamp', () => {
  it.each(['2016-03-14T01:59:00Z', '2016-03-14T01:59Z', '2016-03-05T21:29:29.243167252Z', '2024-02-29T23:59:59+09:00'])(
    'is taken: %s',
    (text) => {
      expect(parseTimestamp(text)).toBeTypeOf('number');
    },
  );

  it.each([
    '2016-12-05 21:29:29Z',
    '2016-12-05T21:29:29',
    '2016-12-05T25:29:29Z',
    '2023-02-29T00:00:00Z',
    '2016-12-05T24:00:00Z',
    '2016-12-05',
    'now',
  ])('is refused: %s', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});
