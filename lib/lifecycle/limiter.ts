/** How many may do something at once; who comes later is refused rather than kept waiting. */
export class Limiter {
  readonly #limit: number;
  #taken = 0;
  #refused = 0;

  /** Nobody does it yet. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many do it now. */
  get taken(): number {
    return this.#taken;
  }

  /** How many were refused. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes a place; the returned function gives it back and may be called twice. `undefined` without a place. */
  take(): (() => void) | undefined {
    if (this.#taken >= this.#limit) {
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
