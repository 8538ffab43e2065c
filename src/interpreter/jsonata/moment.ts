import { createHash } from 'node:crypto';

/**
 * The clock and the dice that expressions see at one point of an execution. Both follow from the journal alone (the time of
 * the strand's last event; a seed made of execution, strand and position), so an execution that is run again over its
 * journal computes the same values.
 */
export class Moment {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  readonly #seed: string;
  #state: number | undefined;

  constructor(now: number, seed: string) {
    this.now = now;
    this.#seed = seed;
  }

  /** The next number of this moment's stream, 0 ≤ n < 1. */
  random(): number {
    this.#state ??= seedOf(this.#seed);
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    return mulberry32(this.#state);
  }

  /** A version 4 UUID from the same stream. */
  uuid(): string {
    const hex = Array.from({ length: 32 }, () => Math.floor(this.random() * 16).toString(16)).join('');
    return formatUuid(hex);
  }
}

/** The number that a seed always gives, 0 ≤ n < 1. */
export function seededNumber(seed: string): number {
  return mulberry32((seedOf(seed) + 0x6d2b79f5) | 0);
}

/** The UUID that a name always gives: the same on every run over the same journal. */
export function uuidOf(name: string): string {
  return formatUuid(createHash('sha256').update(name).digest('hex').slice(0, 32));
}

function formatUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readInt32LE(0);
}

// mulberry32: small and good enough for jitter and samples; nothing secret comes from it.
function mulberry32(state: number): number {
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
