import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlockError, realClock, scaledClock, virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { TimerHeap } from '../../../src/orchestrator/engine/timers.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/** Real I/O's stand-in: settles after some turns of the event loop, on no clock. */
function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const turn = (left: number) => (left === 0 ? resolve() : setImmediate(turn, left - 1));
    turn(count);
  });
}

describe('the virtual clock', () => {
  it('jumps over a year at once and tells the time it jumped to', async () => {
    const clock = virtualClock(START);
    await clock.run(clock.sleep(365 * DAY));
    expect(clock.now()).toBe(START + 365 * DAY);
  });

  it('wakes sleepers in the order of their times, and those of one moment in the order in which they fell asleep', async () => {
    const clock = virtualClock(START);
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name}@${clock.now() - START}`);
    };
    await clock.run(Promise.all([sleeper('c', 30), sleeper('a', 10), sleeper('b', 10), sleeper('now', 0)]));
    expect(woken).toEqual(['now@0', 'a@10', 'b@10', 'c@30']);
  });

  it('lets everything runnable run before it moves on', async () => {
    const clock = virtualClock(START);
    const seen: number[] = [];
    const chain = async () => {
      for (let step = 0; step < 500; step += 1) await Promise.resolve();
      seen.push(clock.now() - START);
    };
    await clock.run(Promise.all([clock.sleep(5).then(chain), clock.sleep(6)]));
    expect(seen).toEqual([5]);
  });

  it('stands still while a real call is under way, and goes on when it failed', async () => {
    const clock = virtualClock(START);
    const call = clock.busy(turns(20).then(() => Promise.reject(new Error('refused'))));
    const refusedAt = call.catch(() => clock.now());
    await clock.run(clock.sleep(1000));
    expect(await refusedAt).toBe(START);
    expect(clock.now()).toBe(START + 1000);
  });

  it('does not move while nobody drives it', async () => {
    const clock = virtualClock(START);
    let woken = false;
    void clock.sleep(10).then(() => {
      woken = true;
    });
    await turns(20);
    expect([woken, clock.now()]).toEqual([false, START]);
    await clock.run(clock.sleep(10));
    expect(woken).toBe(true);
  });

  it('says so when nothing can happen any more', async () => {
    const clock = virtualClock(START);
    const never = clock.sleep(60_000).then(() => new Promise(() => {}));
    await expect(clock.run(never)).rejects.toThrow(DeadlockError);
    await expect(clock.run(never)).rejects.toThrow('2026-01-01T00:01:00.000Z');
    // It is not broken by it.
    await clock.run(clock.sleep(1));
    expect(clock.now()).toBe(START + 60_001);
  });

  it('hands on what the work gave or threw', async () => {
    const clock = virtualClock(START);
    expect(await clock.run(clock.sleep(1).then(() => 'ready'))).toBe('ready');
    await expect(clock.run(Promise.reject(new TypeError('broken')))).rejects.toThrow('broken');
  });

  it('serves several drives at once', async () => {
    const clock = virtualClock(START);
    const drives = [3000, 1000, 2000].map((ms) => clock.run(clock.sleep(ms).then(() => clock.now() - START)));
    expect(await Promise.all(drives)).toEqual([3000, 1000, 2000]);
  });

  it('ends a sleep that is aborted, with the reason, and forgets its timer', async () => {
    const clock = virtualClock(START);
    const stop = new AbortController();
    const slept = clock.sleep(DAY, stop.signal);
    const seen = expect(slept).rejects.toThrow('timed out');
    await clock.run(clock.sleep(1));
    stop.abort(new Error('timed out'));
    await seen;
    await expect(clock.sleep(5, stop.signal)).rejects.toThrow('timed out');
    await expect(clock.run(new Promise(() => {}))).rejects.toThrow(DeadlockError);
    expect(clock.now()).toBe(START + 1);
  });

  it('keeps 60,000 timers, three quarters of them taken back, in a moment', async () => {
    const clock = virtualClock(START);
    const began = performance.now();
    let fired = 0;
    const work: Promise<void>[] = [];
    for (let index = 0; index < 60_000; index += 1) {
      const stop = index % 4 === 0 ? undefined : new AbortController();
      const due = (index * 7919) % 100_003;
      work.push(
        clock.sleep(due, stop?.signal).then(
          () => {
            fired += 1;
          },
          () => {},
        ),
      );
      stop?.abort();
    }
    await clock.run(Promise.all(work));
    expect(fired).toBe(15_000);
    // Generous: a quadratic one takes minutes.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('the scaled clock', () => {
  it('takes the real time divided by its speed', async () => {
    const clock = scaledClock(START, 60_000);
    const began = performance.now();
    await clock.run(clock.sleep(3_000_000));
    const took = performance.now() - began;
    expect(clock.now()).toBeGreaterThanOrEqual(START + 3_000_000);
    expect(took).toBeGreaterThanOrEqual(45);
  });

  it('notices a nearer timer that is set while it paces towards a far one', async () => {
    const clock = scaledClock(START, 1000);
    const stop = new AbortController();
    const far = clock.sleep(DAY, stop.signal).catch(() => 'stopped');
    const drive = clock.run(far);
    await turns(5);
    await clock.sleep(10);
    expect(clock.now() - START).toBeGreaterThanOrEqual(10);
    expect(clock.now() - START).toBeLessThan(DAY);
    stop.abort();
    expect(await drive).toBe('stopped');
  });

  it('waits when nothing is left to happen: a person may still act', async () => {
    const clock = scaledClock(START, 1000);
    let answer: (value: string) => void = () => {};
    const drive = clock.run(
      new Promise<string>((resolve) => {
        answer = resolve;
      }),
    );
    await turns(20);
    answer('promoted');
    expect(await drive).toBe('promoted');
  });

  it('leaps over days at once, and wakes who slept meanwhile', async () => {
    const clock = scaledClock(START, 1000);
    const woken: number[] = [];
    const sleeper = async () => {
      await clock.sleep(DAY);
      woken.push(clock.now() - START);
    };
    const leaper = async () => {
      await clock.sleep(10);
      clock.leap(3 * DAY);
    };
    await clock.run(Promise.all([sleeper(), leaper()]));
    expect(woken).toHaveLength(1);
    expect(woken[0]).toBeGreaterThanOrEqual(3 * DAY + 10);
    expect(woken[0]).toBeLessThan(3 * DAY + 60_000);
  });

  it('stands still while a real call is under way', async () => {
    const clock = scaledClock(START, 1_000_000);
    const drive = clock.run(clock.sleep(DAY));
    let release: () => void = () => {};
    const call = clock.busy(
      new Promise<void>((resolve) => {
        release = resolve;
      }),
    );
    await turns(3);
    const before = clock.now();
    await turns(200);
    expect(clock.now()).toBe(before);
    release();
    await call;
    await drive;
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a speed of %s', (speed) => {
    expect(() => scaledClock(START, speed)).toThrow(RangeError);
  });
});

describe('the real clock', () => {
  it('sleeps, and ends a sleep that is aborted', async () => {
    const clock = realClock();
    const before = clock.now();
    await clock.sleep(5);
    expect(clock.now() - before).toBeGreaterThanOrEqual(4);
    const stop = new AbortController();
    const slept = clock.sleep(40 * DAY, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(slept).rejects.toThrow('stopped');
  });
});

describe('the heap of timers', () => {
  it('gives timers back in order whatever was added and removed', () => {
    const step = fc.oneof(
      fc.record({ add: fc.nat(50) }),
      fc.record({ remove: fc.nat(100) }),
      fc.constant('pop' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new TimerHeap();
        const model = new Set<ReturnType<TimerHeap['add']>>();
        for (const action of steps) {
          if (action !== 'pop' && 'add' in action) {
            model.add(heap.add(action.add, () => {}));
            continue;
          }
          const sorted = [...model].sort((a, b) => a.at - b.at || a.order - b.order);
          const victim = action === 'pop' ? heap.peek() : sorted[action.remove % Math.max(sorted.length, 1)];
          if (action === 'pop') expect(victim).toBe(sorted[0]);
          if (victim === undefined) continue;
          heap.remove(victim);
          heap.remove(victim);
          model.delete(victim);
        }
        expect(heap.size).toBe(model.size);
      }),
    );
  });
});
