import { describe, expect, it } from 'vitest';
import type { Chart, Lane, Piece } from '../../../../src/console/web/pages/run/timeline/chart.ts';
import { type Cursor, markAt, pieceAt, stepped } from '../../../../src/console/web/pages/run/timeline/cursor.ts';
import { toldAt } from '../../../../src/console/web/pages/run/timeline/words.ts';

const NOW = 10_000;
const piece = (step: Piece['step'], from: number, to: number | null): Piece => ({ step, label: step, from, to });
const lane = (instanceId: string, ...pieces: Piece[]): Lane => ({
  instanceId,
  az: 'eu-west-1a',
  wave: 1,
  outcome: 'patched',
  pieces,
});
const lanes = [
  lane('i-none'),
  lane('i-first', piece('look', 0, 100), piece('patch', 100, 4000), piece('check', 4000, 5000)),
  lane('i-second', piece('look', 3000, 3100), piece('patch', 3100, 9000), piece('check', 9000, null)),
];
const chart: Chart = { from: 0, to: null, lanes, marks: [], capacity: [], desired: 3, floor: 2 };
const walk = (from: Cursor | null, ...keys: string[]) =>
  keys.reduce<Cursor | null>((cursor, key) => stepped(chart, cursor, key, NOW), from);

describe('the keys of the timeline', () => {
  it('begin where something happened first', () => {
    expect(walk(null, 'ArrowRight')).toEqual({ lane: 1, piece: 0 });
  });

  it('go from piece to piece, and no farther than there are', () => {
    expect(walk({ lane: 1, piece: 0 }, 'ArrowRight')).toEqual({ lane: 1, piece: 1 });
    expect(walk({ lane: 1, piece: 0 }, ...Array<string>(9).fill('ArrowRight'))).toEqual({ lane: 1, piece: 2 });
    expect(walk({ lane: 1, piece: 1 }, 'ArrowLeft', 'ArrowLeft')).toEqual({ lane: 1, piece: 0 });
  });

  it('go to the lane below at about the same time', () => {
    expect(walk({ lane: 1, piece: 2 }, 'ArrowDown')).toEqual({ lane: 2, piece: 1 });
  });

  it('come to a lane in which nothing happened, and on from it', () => {
    expect(walk({ lane: 1, piece: 0 }, 'ArrowUp')).toEqual({ lane: 0, piece: -1 });
    expect(walk({ lane: 0, piece: -1 }, 'ArrowRight')).toEqual({ lane: 0, piece: -1 });
    expect(walk({ lane: 0, piece: -1 }, 'ArrowDown')).toEqual({ lane: 1, piece: 0 });
  });

  it('lead nowhere where there is no lane', () => {
    expect(stepped({ ...chart, lanes: [] }, null, 'ArrowDown', NOW)).toBeNull();
  });
});

describe('what the pointer means', () => {
  const [, first, second] = lanes;
  if (first === undefined || second === undefined) throw new Error('two lanes have pieces');

  it('is the piece that it is on', () => {
    expect(pieceAt(first, 2000, 50, NOW)).toBe(1);
  });

  it('is the nearest piece within reach, so that short ones can be met', () => {
    expect(pieceAt(first, 5030, 50, NOW)).toBe(2);
    expect(pieceAt(first, 6000, 50, NOW)).toBe(-1);
  });

  it('is the piece that still goes on, up to now', () => {
    expect(pieceAt(second, 9900, 50, NOW)).toBe(2);
    expect(pieceAt(second, 10_200, 50, NOW)).toBe(-1);
  });

  it('is the mark on its row', () => {
    const mark = { kind: 'bake' as const, label: '', from: 1000, to: 2000, row: 1 };
    expect(markAt([mark], 1, 1500, 0, NOW)).toBe(mark);
    expect(markAt([mark], 0, 1500, 0, NOW)).toBeUndefined();
  });
});

describe('what is pointed at', () => {
  it('is told exactly, in UTC too', () => {
    const told = toldAt(chart, { lane: 1, piece: 1 }, NOW);
    expect(told).toMatchObject({ title: 'patch', of: 'i-first', utc: '1970-01-01 00:00:00 to 00:00:04 UTC' });
    expect(told?.when).toMatch(/:00 to .*:04, 3s$/);
  });

  it('is told as going on where it does', () => {
    expect(toldAt(chart, { lane: 2, piece: 2 }, NOW)?.when).toMatch(/^since .*, 1s so far$/);
  });

  it('is told as not begun where nothing happened', () => {
    expect(toldAt(chart, { lane: 0, piece: -1 }, NOW)).toMatchObject({ title: 'not begun', of: 'i-none' });
  });
});
