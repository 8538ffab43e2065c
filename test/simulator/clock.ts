import type { SimulatedClock } from '../../src/simulator/world.ts';

/** A clock that only moves when somebody sleeps: enough where one thing happens at a time. */
export class SteppingClock implements SimulatedClock {
  #now = Date.parse('2026-03-02T00:00:00Z');

  now(): number {
    return this.#now;
  }

  async sleep(ms: number): Promise<void> {
    this.#now += ms;
  }

  /** Lets that many seconds pass. */
  pass(seconds: number): void {
    this.#now += seconds * 1000;
  }
}
