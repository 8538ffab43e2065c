/** A binary heap of timers, the earliest first, with removal of any of them: a task's timeout is nearly always taken back. */
export interface Timer {
  readonly at: number;
  /** Order of creation: timers due at one moment fire in it, which makes every simulated run repeatable. */
  readonly order: number;
  readonly fire: () => void;
  /** Its place in the heap, kept by the heap; -1 when it is not in it. */
  index: number;
}

export class TimerHeap {
  readonly #heap: Timer[] = [];
  #created = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The timer that is due first; undefined when there is none. */
  peek(): Timer | undefined {
    return this.#heap[0];
  }

  /** Adds a timer due at `at` (ms) and gives it back, for `remove`. */
  add(at: number, fire: () => void): Timer {
    const timer: Timer = { at, order: this.#created++, fire, index: this.#heap.length };
    this.#heap.push(timer);
    this.#rise(timer);
    return timer;
  }

  /** Takes a timer out; nothing happens when it is out already. */
  remove(timer: Timer): void {
    if (timer.index < 0) return;
    const hole = timer.index;
    const last = this.#heap.pop();
    timer.index = -1;
    if (last === undefined || last === timer) return;
    this.#put(last, hole);
    this.#rise(last);
    this.#sink(last);
  }

  #put(timer: Timer, index: number): void {
    this.#heap[index] = timer;
    timer.index = index;
  }

  #rise(timer: Timer): void {
    while (timer.index > 0) {
      const parent = this.#heap[(timer.index - 1) >> 1];
      if (parent === undefined || !isBefore(timer, parent)) return;
      this.#swap(timer, parent);
    }
  }

  #sink(timer: Timer): void {
    for (;;) {
      const left = this.#heap[2 * timer.index + 1];
      const right = this.#heap[2 * timer.index + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, timer)) return;
      this.#swap(child, timer);
    }
  }

  #swap(a: Timer, b: Timer): void {
    const index = a.index;
    this.#put(a, b.index);
    this.#put(b, index);
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
