import { joinTexts } from "../../engine/mod.ts";

interface Turn {
  said: string;
  whole: string | undefined;
}

/**
 * What was said in the turns of a realtime session. They may be transcribed out of order; their words are given in
 * the order in which they were committed, each once.
 */
export class RealtimeTurns {
  /** Those whose words were not given yet, in the order of their commit. */
  readonly #waiting = new Map<string, Turn>();
  readonly #known = new Set<string>();

  /** Whether there were any at all. */
  get any(): boolean {
    return this.#known.size > 0;
  }

  /** Whether all words were given. */
  get settled(): boolean {
    return this.#waiting.size === 0;
  }

  /** What is known of the turns whose words were not given yet, in order. */
  get soFar(): string {
    return joinTexts([...this.#waiting.values()].map(({ said, whole }) => whole ?? said));
  }

  /** A turn was committed; a second time it changes nothing. */
  commit(id: string): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.#waiting.set(id, { said: "", whole: undefined });
  }

  /** More words of a turn; what comes after its end is ignored. */
  grow(id: string, delta: string): void {
    this.commit(id);
    const turn = this.#waiting.get(id);
    if (turn !== undefined) turn.said += delta;
  }

  /** All words of a turn; gives those whose time has come. */
  complete(id: string, transcript: string): readonly string[] {
    this.commit(id);
    const turn = this.#waiting.get(id);
    if (turn !== undefined) turn.whole ??= transcript;
    const ready: string[] = [];
    for (const [key, { whole }] of this.#waiting) {
      if (whole === undefined) break;
      this.#waiting.delete(key);
      ready.push(whole);
    }
    return ready;
  }
}
