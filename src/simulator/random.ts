/** The only source of chance in the simulated cloud: the same seed and the same calls give the same world. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1): mulberry32. */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** True with the given probability. Draws nothing for 0, so that a fault that is off changes no other draw. */
  chance(probability: number): boolean {
    return probability > 0 && this.uniform() < probability;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** A positive number with the given median; `sigma` 0 gives the median itself. */
  logNormal(median: number, sigma: number): number {
    if (sigma === 0) return median;
    const gauss = Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
    return median * Math.exp(sigma * gauss);
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits)
      text += Math.floor(this.uniform() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, digits);
  }

  uuid(): string {
    const text = this.hex(32);
    return [
      text.slice(0, 8),
      text.slice(8, 12),
      `4${text.slice(13, 16)}`,
      `a${text.slice(17, 20)}`,
      text.slice(20),
    ].join('-');
  }
}
