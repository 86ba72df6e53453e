/** The bytes of one value, added up: their mean and their standard deviation. */
const MEAN = 4 * 127.5;
const DEVIATION = Math.sqrt(4 * (256 * 256 - 1) / 12);

/** White noise, nearly Gaussian, with mean 0 and variance 1: the same from each new source. */
export class NoiseSource {
  #state = 0x2545f491;

  /** The next value. */
  next(): number {
    // Xorshift: good enough for the ear, and much cheaper than Gaussian values by their formula.
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    const sum = (state & 255) + (state >>> 8 & 255) + (state >>> 16 & 255) + (state >>> 24);
    return (sum - MEAN) / DEVIATION;
  }
}
