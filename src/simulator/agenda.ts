/**
 * What will happen, in order of time. Nothing runs on a timer: whoever looks at the world first lets everything happen that is due by
 * then, each thing at its own moment, so that the world is the same whether somebody looks often or seldom.
 */
interface Entry {
  at: number;
  order: number;
  happen: () => void;
}

export class Agenda {
  #now: number;
  #orders = 0;
  /** A binary heap; the earliest entry first, and of two at one moment the one that was entered first. */
  readonly #heap: Entry[] = [];
  /** Called when something is entered that will happen before everything else. */
  sooner: () => void = () => {};

  constructor(startMs: number) {
    this.#now = startMs;
  }

  /** The moment that the world stands at, in ms: that of the event under way, else of the last `settle`. */
  get now(): number {
    return this.#now;
  }

  /** When the next thing happens, in ms; undefined: nothing will. */
  get next(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Enters something that happens `seconds` from the world's now. */
  after(seconds: number, happen: () => void): void {
    const entry = { at: this.#now + Math.max(0, seconds) * 1000, order: this.#orders++, happen };
    let child = this.#heap.push(entry) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || before(above, entry)) break;
      this.#heap[child] = above;
      child = parent;
    }
    this.#heap[child] = entry;
    if (child === 0) this.sooner();
  }

  /** Lets everything happen that is due at `nowMs`, what it leads to included. Time never goes back. */
  settle(nowMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= nowMs; next = this.#heap[0]) {
      this.#dropFirst();
      this.#now = Math.max(this.#now, next.at);
      next.happen();
    }
    this.#now = Math.max(this.#now, nowMs);
  }

  #dropFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let parent = 0;
    for (;;) {
      const left = this.#heap[2 * parent + 1];
      const right = this.#heap[2 * parent + 2];
      if (left === undefined) break;
      const goRight = right !== undefined && before(right, left);
      const child = goRight ? right : left;
      if (before(last, child)) break;
      this.#heap[parent] = child;
      parent = 2 * parent + (goRight ? 2 : 1);
    }
    this.#heap[parent] = last;
  }
}

function before(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
