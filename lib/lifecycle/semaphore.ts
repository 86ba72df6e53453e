/** Bounds how many things may be under way at once; one more is refused rather than kept waiting. */
export class Semaphore {
  readonly #permits: number;
  #taken = 0;
  #refused = 0;

  /** No permit is taken. */
  constructor(permits: number) {
    this.#permits = permits;
  }

  /** How many permits are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** How often a permit was refused. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes a permit; the returned function gives it back and may be called twice. `undefined` without a permit. */
  take(): (() => void) | undefined {
    if (this.#taken >= this.#permits) {
      this.#refused++;
      return undefined;
    }
    this.#taken++;
    let held = true;
    return () => {
      if (held) this.#taken--;
      held = false;
    };
  }
}
