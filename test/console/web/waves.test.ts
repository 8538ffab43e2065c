import { describe, expect, it } from 'vitest';
import { shownWaves, waveStates } from '../../../src/console/web/pages/run/waves.ts';
import type { Outcome } from '../../../src/console/web/status/looks.ts';

const members = (wave: number, ...outcomes: Outcome[]) => outcomes.map((outcome) => ({ wave, outcome }));
const waves = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    number: at + 1,
    kind: at === 0 ? ('canary' as const) : ('wave' as const),
    concurrency: 1,
  }));

describe('the waves of a run', () => {
  it('say how far each has come', () => {
    const states = waveStates(waves(4), [
      ...members(1, 'patched'),
      ...members(2, 'patched', 'rolled-back'),
      ...members(3, 'patched', 'patching', 'pending'),
      ...members(4, 'pending', 'pending'),
    ]);
    expect(states.map(({ name, look, words }) => `${name}: ${look.word}, ${words}`)).toEqual([
      'Canary: done, 1 done',
      'Wave 2: ended, 2 ended',
      'Wave 3: in hand, 1 of 3',
      'Wave 4: to come, 2 to come',
    ]);
  });

  it('are skipped where all of their instances are', () => {
    expect(waveStates(waves(1), members(1, 'skipped', 'skipped'))[0]?.words).toBe('skipped');
  });

  it('are shown around the one that goes on where they are many', () => {
    const states = waveStates(
      waves(20),
      [
        ...Array.from({ length: 20 }, (_, at) =>
          members(at + 1, at < 9 ? 'patched' : at === 9 ? 'patching' : 'pending'),
        ),
      ].flat(),
    );
    const { before, shown, after } = shownWaves(states, 5);
    expect(shown.map(({ number }) => number)).toEqual([8, 9, 10, 11, 12]);
    expect({ before, after }).toEqual({ before: 7, after: 8 });
  });

  it('are all shown where they are few, and the last ones of a run that has ended', () => {
    const ended = waveStates(waves(9), Array.from({ length: 9 }, (_, at) => members(at + 1, 'patched')).flat());
    expect(shownWaves(ended, 12)).toEqual({ before: 0, shown: ended, after: 0 });
    expect(shownWaves(ended, 3).shown.map(({ number }) => number)).toEqual([7, 8, 9]);
  });
});
