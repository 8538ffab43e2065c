import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns } from '../../../src/cli/progress/columns.ts';
import { renderProgress } from '../../../src/cli/progress/render.ts';
import { OUTCOMES, type RunView } from '../../../src/orchestrator/runs/view.ts';
import { instance, START, secondsIn, view } from './views.ts';

const plain = { width: 100, color: false, now: START + 90_000 };

function picture(of: RunView, frame: Partial<typeof plain & { height: number }> = {}): string {
  return renderProgress(of, { ...plain, ...frame }).join('\n');
}

describe('the picture of a run', () => {
  it('says which group, environment, policy and run it is, and its status', () => {
    const shown = picture(view());
    expect(shown).toMatch(/^web · staging · policy standard \(0123456789ab\) +▶ running$/m);
    expect(shown).toContain('run 20260310-120000-abcd · embedded · 1m30s elapsed · about 58m30s left');
  });

  it('says by how much the estimate is exceeded', () => {
    expect(picture(view({ estimateSeconds: 60 }))).toContain('30s longer than estimated');
  });

  it('stops the clock at the end of the run', () => {
    const ended = view({ status: 'succeeded', endedAt: secondsIn(60) });
    expect(picture(ended)).toContain('1m00s elapsed');
    expect(picture(ended)).not.toMatch(/left|longer/);
  });

  it('draws capacity against its floor', () => {
    expect(picture(view())).toContain('███▓  4 of 4 in service, never below 3');
    expect(picture(view({ capacity: { desired: 4, floor: 3, inService: 3 } }))).toContain('███░  3 of 4 in service');
  });

  it('cries out when capacity is below the floor', () => {
    expect(picture(view({ capacity: { desired: 4, floor: 3, inService: 2 } }))).toContain('BELOW THE FLOOR');
    expect(picture(view())).not.toContain('BELOW');
  });

  it('survives a group without instances', () => {
    expect(picture(view({ capacity: { desired: 0, floor: 0, inService: 0 }, instances: [], waves: [] }))).toContain(
      '0 of 0',
    );
  });

  it('shows the step of an instance in hand and the time in it', () => {
    const inHand = instance(1, {
      outcome: 'patching',
      step: 'draining',
      startedAt: secondsIn(5),
      stepSince: secondsIn(20),
    });
    expect(picture(view({ instances: [inHand] }))).toMatch(
      /[◐◓◑◒] i-0001 +draining +1m10s +ap-northeast-1a {2}1 patch/,
    );
  });

  it('shows what became of an instance, how long it took and why', () => {
    const instances = [
      instance(1, { outcome: 'patched', startedAt: secondsIn(0), endedAt: secondsIn(70) }),
      instance(2, {
        outcome: 'rolled-back',
        startedAt: secondsIn(0),
        endedAt: secondsIn(80),
        reason: 'status 500 from /healthz',
      }),
    ];
    const shown = picture(view({ instances }));
    expect(shown).toMatch(/✓ i-0001 +patched +1m10s/);
    expect(shown).toMatch(/↩ i-0002 +rolled-back +1m20s .*status 500 from \/healthz/);
  });

  it('tells outcomes apart without colour', () => {
    const symbols = OUTCOMES.map((outcome) =>
      picture(view({ instances: [instance(1, { outcome })] })).match(/(\S) i-0001 +(\S+)/),
    );
    expect(new Set(symbols.map((found) => found?.[1])).size).toBe(OUTCOMES.length);
    expect(symbols.map((found) => found?.[2])).toEqual([...OUTCOMES]);
  });

  it('marks waves as done, current and to come', () => {
    const instances = [
      instance(1, { outcome: 'patched' }),
      instance(2, { outcome: 'patching' }),
      instance(3),
      instance(4, { wave: 3 }),
    ];
    const waves = [...view().waves, { number: 3, kind: 'wave' as const, concurrency: 1 }];
    expect(picture(view({ instances, waves }))).toContain('✓ canary · ▶ wave 2 (0 of 2, 1 at a time) · ○ wave 3 (1)');
  });

  it('does not pass off a skipped wave as done', () => {
    const skipped = [instance(1, { outcome: 'rolled-back' }), instance(2, { outcome: 'skipped' })];
    expect(picture(view({ instances: skipped }))).toContain('✓ canary · – wave 2 skipped');
  });

  it('counts down a bake', () => {
    expect(picture(view({ bakeUntil: secondsIn(150) }))).toContain('baking, 1m00s left');
  });

  it('says why a run halted, and when a person is needed', () => {
    const halted = view({
      status: 'failed',
      endedAt: secondsIn(80),
      halted: { reason: 'too many failures', wave: 1 },
      notWhole: 'i-0001 is detached',
    });
    expect(picture(halted)).toContain('failed in wave 1: too many failures');
    expect(picture(halted)).toContain('not whole, a person is needed: i-0001 is detached');
  });

  it('counts what there is no room for, and keeps what is in hand or went wrong', () => {
    const many = Array.from({ length: 200 }, (_, at) => instance(at + 1));
    many[150] = instance(151, { outcome: 'patching', step: 'draining' });
    many[160] = instance(161, { outcome: 'failed' });
    const lines = renderProgress(view({ instances: many }), { ...plain, height: 12 });
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(lines.join('\n')).toMatch(/i-0151 +draining/);
    expect(lines.join('\n')).toMatch(/i-0161 +failed/);
    expect(lines.at(-1)).toBe('  … 194 pending');
  });

  it('cuts nothing where lines may be of any length', () => {
    const reason = 'why '.repeat(100).trim();
    const halted = view({ instances: [instance(1, { outcome: 'failed', reason })], halted: { reason, wave: 1 } });
    expect(picture(halted, { width: Number.POSITIVE_INFINITY }).split(reason)).toHaveLength(3);
  });

  it('shows hostile text as escapes', () => {
    const hostile = instance(1, { outcome: 'failed', reason: '\x1b[2Jgone\r\nfake line\u202e' });
    const lines = renderProgress(view({ instances: [hostile] }), plain);
    expect(lines.join('')).toContain('\\x1b[2Jgone\\x0d\\x0afake line\\u202e');
    expect(lines.join('')).not.toMatch(/\p{Cc}|\u202e/u);
  });

  it('has colour only when asked', () => {
    const coloured = picture(view(), { color: true });
    expect(coloured).not.toBe(stripVTControlCharacters(coloured));
    expect(stripVTControlCharacters(coloured)).toBe(picture(view()));
  });

  it('never exceeds the width and height that it is given', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 10, max: 60 }),
        fc.integer({ min: 0, max: 80 }),
        fc.string({ unit: 'grapheme', maxLength: 120 }),
        fc.constantFrom(...OUTCOMES),
        (width, height, count, text, outcome) => {
          const instances = Array.from({ length: count }, (_, at) => instance(at + 1, { outcome, reason: text }));
          const drawn = view({
            group: text,
            instances,
            bakeUntil: secondsIn(200),
            halted: { reason: text, wave: 1 },
            notWhole: text,
          });
          const lines = renderProgress(drawn, { width, height, color: true, now: START });
          expect(Math.max(...lines.map(columns))).toBeLessThanOrEqual(width);
          expect(lines.length).toBeLessThanOrEqual(height);
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });
});

describe('the width of text', () => {
  it('counts wide characters twice and colours not at all', () => {
    expect(columns('abc')).toBe(3);
    expect(columns('港ab')).toBe(4);
    expect(columns('🚢')).toBe(2);
    expect(columns('\x1b[31mred\x1b[39m')).toBe(3);
  });
});
