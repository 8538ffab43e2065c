import { describe, expect, test } from 'vitest';
import { type Figure, figureTable, type Results, reaches, withSection, worsened } from '../../bench/figure.ts';

const ratio = (value: number, more: Partial<Figure> = {}): Figure => ({
  name: 'overhead',
  value,
  unit: '×',
  better: 'lower',
  ...more,
});
const keptOf = (figure: Figure): Results => withSection({ node: '24', sections: {} }, 'a', [figure]);

describe('a kept figure', () => {
  test('is worse when a ratio or a count grew by over 10 %', () => {
    expect(worsened('a', [ratio(1.1)], keptOf(ratio(1)))).toEqual([]);
    expect(worsened('a', [ratio(1.11)], keptOf(ratio(1)))).toEqual(['a: overhead is 1.11 ×, it was 1 ×']);
    expect(worsened('a', [ratio(28, { unit: 'count' })], keptOf(ratio(25, { unit: 'count' })))).toHaveLength(1);
    expect(worsened('a', [ratio(1, { unit: 'count' })], keptOf(ratio(0, { unit: 'count' })))).toHaveLength(1);
  });

  test('is worse when it fell, where more is better', () => {
    const speed = (value: number) => ratio(value, { better: 'higher' });
    expect(worsened('a', [speed(9)], keptOf(speed(10)))).toHaveLength(1);
    expect(worsened('a', [speed(9.5)], keptOf(speed(10)))).toEqual([]);
    expect(worsened('a', [speed(20)], keptOf(speed(10)))).toEqual([]);
  });

  test('is never worse for seconds, memory or dollars: they are of the machine, not of Drydock', () => {
    for (const unit of ['s', 'MiB', '$'] as const)
      expect(worsened('a', [ratio(100, { unit })], keptOf(ratio(1, { unit })))).toEqual([]);
    expect(worsened('a', [ratio(100, { kept: false })], keptOf(ratio(1)))).toEqual([]);
  });

  test('is not known before it was measured once', () => {
    expect(worsened('b', [ratio(100)], keptOf(ratio(1)))).toEqual([]);
  });
});

test('a bound is reached from its own side', () => {
  expect([1.03, 1.04].map((value) => reaches(ratio(value, { bound: 1.03 })))).toEqual([true, false]);
  expect([10, 9.9].map((value) => reaches(ratio(value, { bound: 10, better: 'higher' })))).toEqual([true, false]);
  expect(reaches(ratio(1000))).toBe(true);
});

test('the table says of each figure what was asked of it, and whether it is reached', () => {
  expect(figureTable([ratio(1.0312, { bound: 1.03 }), ratio(25, { name: 'calls', unit: 'count', bound: 25 })])).toBe(
    [
      'figure    measured  asked',
      'overhead  1.031 ×   ≤ 1.03 ×  NOT REACHED',
      'calls     25        ≤ 25      reached',
    ].join('\n'),
  );
});
