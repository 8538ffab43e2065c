import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { printLines } from '../../../src/cli/progress/lines.ts';
import { paintProgress } from '../../../src/cli/progress/paint.ts';
import { instance, START, secondsIn, view } from './views.ts';

describe('progress in plain lines', () => {
  it('is one line a change, with its time, and nothing when nothing changed', () => {
    const lines: string[] = [];
    let now = START;
    const sink = printLines(
      (line) => lines.push(line),
      () => now,
    );
    const run = view();
    const first = run.instances[0];
    if (first === undefined) throw new Error('the view has instances');
    sink.update(run);
    sink.update(run);
    now += 5_000;
    Object.assign(first, { outcome: 'patching', step: 'draining' });
    sink.update(run);
    now += 60_000;
    delete first.step;
    Object.assign(first, { outcome: 'rolled-back', reason: 'status 500\x1b[2J' });
    sink.update(run);
    Object.assign(run, { status: 'halted', endedAt: secondsIn(66), halted: { reason: 'a failure', wave: 1 } });
    sink.update(run);
    sink.end();
    expect(lines).toEqual([
      '12:00:00Z web run 20260310-120000-abcd running',
      '12:00:05Z i-0001 wave 1 pending → draining',
      '12:01:05Z i-0001 wave 1 draining → rolled-back: status 500\\x1b[2J',
      '12:01:05Z web run 20260310-120000-abcd halted in wave 1: a failure',
    ]);
  });
});

describe('progress as a picture', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is painted over in place, and only when it differs', () => {
    const screen = new Screen(100, 24);
    const sink = paintProgress(screen, { color: false, now: () => START });
    sink.update(view());
    vi.advanceTimersByTime(1000);
    expect(screen.frames).toBe(1);
    expect(screen.text()).toContain('○ i-0001');
    sink.update(view({ instances: [instance(1, { outcome: 'patched' })] }));
    vi.advanceTimersByTime(100);
    expect(screen.frames).toBe(2);
    expect(screen.text()).toContain('✓ i-0001');
    expect(screen.text()).not.toContain('i-0004');
    sink.end();
  });

  it('repaints at most ten times a second', () => {
    const screen = new Screen(100, 24);
    const sink = paintProgress(screen, { color: false, now: () => Date.now() });
    for (let tick = 0; tick < 1000; tick++) {
      sink.update(view({ capacity: { desired: 1000, floor: 0, inService: tick } }));
      vi.advanceTimersByTime(1);
    }
    expect(screen.frames).toBeGreaterThan(5);
    expect(screen.frames).toBeLessThanOrEqual(10);
    sink.end();
  });

  it('keeps in sight what was said', () => {
    const screen = new Screen(100, 24);
    const sink = paintProgress(screen, { color: false, now: () => START });
    sink.update(view());
    sink.say('finishing what is open\x1b[2J');
    vi.advanceTimersByTime(100);
    sink.update(view({ status: 'paused' }));
    vi.advanceTimersByTime(100);
    expect(screen.text()).toMatch(/‖ paused[\s\S]*\nfinishing what is open\\x1b\[2J$/);
    sink.end();
  });

  it('leaves the terminal as it was', () => {
    const screen = new Screen(100, 24);
    const listeners = process.listenerCount('exit');
    const sink = paintProgress(screen, { color: false, now: () => START });
    sink.update(view());
    vi.advanceTimersByTime(100);
    expect(screen.cursorHidden).toBe(true);
    sink.end();
    expect(screen.text().trim()).toBe('');
    expect(screen.cursorHidden).toBe(false);
    expect(screen.listenerCount('resize')).toBe(0);
    expect(process.listenerCount('exit')).toBe(listeners);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('follows the terminal when its size changes', () => {
    const screen = new Screen(100, 24);
    const sink = paintProgress(screen, { color: false, now: () => START });
    sink.update(view({ instances: Array.from({ length: 50 }, (_, at) => instance(at + 1)) }));
    vi.advanceTimersByTime(100);
    screen.rows = 10;
    screen.columns = 60;
    screen.emit('resize');
    expect(screen.lastFrame().length).toBeLessThan(10);
    expect(Math.max(...screen.lastFrame().map((line) => line.length))).toBeLessThan(60);
    sink.end();
  });

  it('keeps one line of a run that is over while another goes on', () => {
    const screen = new Screen(100, 24);
    const sink = paintProgress(screen, { color: false, now: () => START });
    sink.update(view({ runId: 'one', group: 'first', status: 'succeeded', endedAt: secondsIn(0) }));
    sink.update(view({ runId: 'two', group: 'second' }));
    vi.advanceTimersByTime(100);
    expect(screen.text()).toMatch(/first .*✓ succeeded\nsecond .*▶ running/);
    expect(screen.text()).not.toContain('run one');
    sink.end();
  });
});

/** A terminal that knows the few escapes that the painter uses. */
class Screen extends EventEmitter {
  columns: number;
  rows: number;
  frames = 0;
  cursorHidden = false;
  private lines: string[] = [];
  private row = 0;
  private last: string[] = [];

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    if (text.includes('\x1b[?2026h')) {
      this.frames += 1;
      this.last = stripVTControlCharacters(text).replace('\r', '').trimEnd().split('\n');
    }
    if (text.includes('\x1b[?25l')) this.cursorHidden = true;
    if (text.includes('\x1b[?25h')) this.cursorHidden = false;
    const up = Number(/\[(\d+)A/.exec(text)?.[1] ?? 0);
    this.row = Math.max(0, this.row - up);
    const painted = text.split('\n').slice(0, -1).map(stripVTControlCharacters);
    this.lines.splice(this.row, painted.length, ...painted);
    this.row += painted.length;
    if (text.includes('\x1b[J')) this.lines.length = this.row;
  }

  text(): string {
    return this.lines.join('\n');
  }

  lastFrame(): string[] {
    return this.last;
  }
}
