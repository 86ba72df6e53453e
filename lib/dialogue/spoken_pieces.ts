import type { Clock } from "../lifecycle/mod.ts";
import type { DialogueContext, DialogueEvent } from "./contract.ts";
import { emotionIn, EmotionReader } from "./emotion.ts";
import { PieceCutter } from "./piece_cutter.ts";
import { readable } from "./readable_text.ts";
import { SpokenText } from "./spoken_text.ts";

/** A piece of an answer. */
export type Piece = Extract<DialogueEvent, { type: "piece" }>;

/** Makes of one answer, as it is written, pieces with their spoken words and their faces. */
export class SpokenPieces {
  readonly #clock: Clock;
  readonly #cutter: PieceCutter;
  readonly #spoken: SpokenText;
  readonly #emotions = new EmotionReader();
  /** Half a character whose other half may still come. */
  #half = "";
  #perceptible = false;

  /** Begins an answer of an agent with these languages (BCP 47); the clock tells its pauses. */
  constructor(languages: DialogueContext["languages"], { clock }: { readonly clock: Clock }) {
    this.#spoken = new SpokenText(languages);
    this.#clock = clock;
    this.#cutter = new PieceCutter({ clock });
  }

  /** Whether there was anything yet to hear, or a face to see. */
  get perceptible(): boolean {
    return this.#perceptible;
  }

  /** After how long a silence, in ms from now, {@linkcode quiet} has a piece; `undefined` when it will not. */
  get quietMs(): number | undefined {
    const { dueMs } = this.#cutter;
    return dueMs === undefined ? undefined : Math.max(0, dueMs - this.#clock.nowMs());
  }

  /** Takes what was written since; gives what is complete with it. */
  push(text: string): Piece[] {
    const all = this.#half + text;
    this.#half = /[\ud800-\udbff]$/.exec(all)?.[0] ?? "";
    return this.#pieces(this.#cutter.push(readable(all.slice(0, all.length - this.#half.length))));
  }

  /** Gives what a silence ends. */
  quiet(): Piece[] {
    return this.#pieces(this.#cutter.expired());
  }

  /** Gives the rest. */
  end(): Piece[] {
    const half = readable(this.#half);
    this.#half = "";
    return this.#pieces([...this.#cutter.push(half), ...this.#cutter.flush()]);
  }

  #pieces(texts: readonly string[]): Piece[] {
    return texts.map((text) => {
      const spoken = this.#spoken.speak(text);
      const emotion = this.#emotions.read(text);
      this.#perceptible ||= spoken !== "" || emotionIn(text) !== undefined;
      return { type: "piece", text, spoken, ...(emotion !== undefined && { emotion }) };
    });
  }
}
