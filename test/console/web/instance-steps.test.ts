import { expect, it } from 'vitest';
import { barsOf } from '../../../src/console/web/pages/instance/steps.ts';

const at = (seconds: number) => new Date(Date.parse('2026-11-23T10:00:00Z') + seconds * 1000).toISOString();

it('draws each step where it was, and as long as it took', () => {
  const bars = barsOf(
    [
      { step: 'draining', from: at(0), to: at(40), seconds: 40 },
      { step: 'patching', from: at(40), to: at(90), seconds: 50 },
      { step: 'rolling back', from: at(90), to: at(100), seconds: 10 },
    ],
    Date.parse(at(500)),
  );
  expect(bars.map(({ look, left, width, took }) => [look, left, width, took])).toEqual([
    ['detach', 0, 40, 40_000],
    ['patch', 40, 50, 50_000],
    ['rollback', 90, 10, 10_000],
  ]);
});

it('draws a step that goes on up to now', () => {
  const bars = barsOf([{ step: 'patching', from: at(0), to: null, seconds: null }], Date.parse(at(30)));
  expect(bars).toMatchObject([{ left: 0, width: 100, took: 30_000, to: null }]);
});

it('draws a step that took no time at all, and one that it has no colour for', () => {
  expect(barsOf([{ step: 'a new one', from: at(0), to: at(0), seconds: 0 }], 0)).toMatchObject([
    { look: 'look', left: 0, width: 0 },
  ]);
});
