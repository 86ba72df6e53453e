import type { Turn } from "./turn.ts";

/** The turns of a session that have not ended. */
export class OpenTurns {
  readonly #turns = new Set<Turn>();
  readonly #waiting: (() => void)[] = [];

  /** How many there are. */
  get size(): number {
    return this.#turns.size;
  }

  /** Whether the device waits for the end of one. */
  get busy(): boolean {
    return [...this.#turns].some((turn) => turn.phase !== "waiting");
  }

  /** Whether the recognizer has heard a word of one. */
  get spoken(): boolean {
    return [...this.#turns].some((turn) => turn.spoken);
  }

  /** All of them, the oldest first; those that end meanwhile are left out. */
  [Symbol.iterator](): Iterator<Turn> {
    return this.#turns.values();
  }

  /** One begins. */
  add(turn: Turn): void {
    this.#turns.add(turn);
  }

  /** One has ended. */
  delete(turn: Turn): void {
    this.#turns.delete(turn);
    if (this.size === 0) { for (const resolve of this.#waiting.splice(0)) resolve(); }
  }

  /** Resolves once there is none. */
  async ended(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
