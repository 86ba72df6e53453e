/** How many pieces are remembered; the oldest goes. */
const MOST_PIECES = 64;
/** How much later than it is sent a piece may still be heard, in ms: the device's queue, its speaker, another's microphone. */
const TAIL_MS = 1_000;

/** How much earlier than it is played an echo may seem to begin, in ms. */
const EARLY_MS = 300;

interface Piece {
  readonly text: string;
  /** Since when the device has been speaking without a pause. */
  readonly speaksFromMs: number;
  readonly fromMs: number;
  throughMs: number;
}

/** What a device says aloud, and when: what others hear meanwhile may be that. */
export class SpokenWords {
  readonly #pieces: Piece[] = [];
  /** What is shown with the next frame. */
  #next = "";

  /** A piece begins with the next frame. */
  piece(text: string): void {
    this.#next = [this.#next, text].filter(Boolean).join(" ");
  }

  /** A frame of it is played from `playsAtMs` on, on the process's clock. */
  frame(playsAtMs: number, durationMs: number): void {
    const last = this.#pieces.at(-1);
    const throughMs = playsAtMs + durationMs;
    const goesOn = last !== undefined && playsAtMs <= last.throughMs + TAIL_MS;
    if (goesOn && this.#next === "") last.throughMs = throughMs;
    else {
      const text = this.#next || (last?.text ?? ""); // after a stop the same goes on
      const speaksFromMs = goesOn ? last.speaksFromMs : playsAtMs;
      this.#pieces.push({ text, speaksFromMs, fromMs: playsAtMs, throughMs });
    }
    this.#next = "";
    if (this.#pieces.length > MOST_PIECES) this.#pieces.shift();
  }

  /** The device throws away what it was to play from now on. */
  stop(nowMs: number): void {
    this.#next = "";
    for (const piece of this.#pieces) piece.throughMs = Math.min(piece.throughMs, nowMs);
  }

  /** Whether something can be heard of it at that time. */
  isHeard(fromMs: number, throughMs: number): boolean {
    return this.#at(fromMs, throughMs).length > 0;
  }

  /** What can be heard of it at that time; nothing where that began before the device spoke, as no echo does. */
  textAt(fromMs: number, throughMs: number): string {
    return this.#at(fromMs, throughMs)
      .flatMap(({ speaksFromMs, text }) => speaksFromMs <= fromMs + EARLY_MS ? [text] : [])
      .join(" ");
  }

  #at(fromMs: number, throughMs: number): readonly Piece[] {
    return this.#pieces.filter((piece) => piece.fromMs <= throughMs && fromMs <= piece.throughMs + TAIL_MS);
  }
}
