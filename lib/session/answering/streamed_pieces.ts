import type { Scope } from "../../lifecycle/mod.ts";
import { type VoicedSound, WrittenText } from "../../tts/mod.ts";
import type { ShownPiece } from "./player.ts";
import { type PassingRule, SpeechJob } from "./speech_job.ts";

/** A Chinese character is a syllable, and sounds as long as so many letters. */
const HAN_LETTERS = 3;

/** How long a letter sounds where nothing is known of the voice, in ms. */
export const USUAL_LETTER_MS = 65;

/** Options of {@linkcode StreamedPieces}. */
export interface StreamedPiecesOptions {
  /** Closing it ends the request. */
  readonly scope: Scope;
  /** Speaks the text while it is being written. */
  readonly speak: (text: WrittenText) => AsyncIterable<VoicedSound>;
  /** Says which sound need not be encoded. */
  readonly rule: PassingRule;
  /** How long a letter of the voice sounds, as far as is known, in ms. */
  readonly letterMs: number;
}

/**
 * Pieces of an answer that one request speaks while they are being written. The service does not say where in the sound a
 * piece begins: that is reckoned from its letters.
 */
export class StreamedPieces {
  /** The sound of all of them. */
  readonly job: SpeechJob;
  readonly #text = new WrittenText();
  readonly #letterMs: number;
  readonly #waiting: { readonly piece: ShownPiece; readonly startLetters: number }[] = [];
  #letters = 0;

  /** Asks nobody before there is something to speak. */
  constructor({ scope, speak, rule, letterMs }: StreamedPiecesOptions) {
    this.#letterMs = letterMs;
    this.job = new SpeechJob(speak(this.#text), scope, rule);
  }

  /** How many letters it has. */
  get letters(): number {
    return this.#letters;
  }

  /** One more, and what is spoken of it. */
  add(piece: ShownPiece, spoken: string): void {
    this.#waiting.push({ piece, startLetters: this.#letters });
    if (spoken === "") return;
    this.#text.write(this.#letters > 0 && needsSpace(this.#text.text, spoken) ? ` ${spoken}` : spoken);
    this.#letters += lettersOf(spoken);
  }

  /** That was the last one. */
  end(): void {
    this.#text.end();
  }

  /** Those that begin within the first `soundMs` of the sound, and were not given before; all that are left by default. */
  begunBy(soundMs = Infinity): readonly ShownPiece[] {
    const later = this.#waiting.findIndex(({ startLetters }) => startLetters * this.#letterMs > soundMs);
    return this.#waiting.splice(0, later < 0 ? this.#waiting.length : later).map(({ piece }) => piece);
  }
}

function lettersOf(text: string): number {
  let letters = 0;
  for (const char of text) letters += /\p{Script=Han}/u.test(char) ? HAN_LETTERS : 1;
  return letters;
}

function needsSpace(before: string, next: string): boolean {
  return !/[\s\p{Script=Han}\u3000-\u303f\uff00-\uffef]$/u.test(before) && !/^\s/.test(next);
}
