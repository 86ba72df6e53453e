import { joinTexts } from "../app/mod.ts";
import type { Input } from "./input.ts";
import type { Output } from "./output.ts";
import { clockTime } from "./progress.ts";

/** How often the progress is drawn anew, in ms. */
const DRAW_EVERY_MS = 250;

/** What a part of a sound says, and where it lies. */
interface Segment {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** What a {@linkcode TranscriptWriter} writes about, and where to. */
interface TranscriptWriterOptions {
  /** The file as it was named. */
  readonly file: string;
  /** Who recognizes it, by its name in the config. */
  readonly recognizer: string;
  readonly input: Input;
  readonly output: Output;
  /** Whether it is the only one, so that its lines need not name it. */
  readonly alone: boolean;
}

/**
 * Writes what one file says while it is heard: for people a line for each part with words; with `--json` an object of
 * type `segment` for each where there are several, and at the end one without a type that has all of the words.
 */
export class TranscriptWriter {
  readonly #options: TranscriptWriterOptions;
  readonly #output: Output;
  readonly #startedMs = performance.now();
  #audioSeconds = 0;
  #drawnMs = -Infinity;
  /** All words, for the object at the end; lines for people are not held. */
  readonly #texts: string[] = [];
  #parts = 0;
  /** The first part, whose object is left out where it is all. */
  #first: Segment | undefined;

  constructor(options: TranscriptWriterOptions) {
    this.#options = options;
    this.#output = options.output;
  }

  /** Says something about the file to the person at the terminal. */
  remark(remark: string): void {
    this.#output.erase();
    this.#output.say(`${this.#options.input.label}: ${remark}`);
  }

  /** Shows how much was read, on a terminal. */
  showProgress(audioSeconds: number): void {
    this.#audioSeconds = audioSeconds;
    const nowMs = performance.now();
    if (!this.#output.interactive || nowMs - this.#drawnMs < DRAW_EVERY_MS) return;
    this.#drawnMs = nowMs;
    const { label, share } = this.#options.input;
    const percent = share === undefined ? "" : `, ${Math.floor(share * 100)} %`;
    this.#output.draw(`${label}: ${clockTime(audioSeconds)}${percent}`);
  }

  /** Writes the words of the next part, which are final. */
  write(segment: Segment): void {
    if (segment.text === "") return;
    this.#parts++;
    this.#output.erase();
    if (!this.#output.json) return this.#output.result({}, this.#line(segment.text));
    this.#texts.push(segment.text);
    if (this.#parts === 1 && this.#options.input.path !== undefined) {
      this.#first = segment;
      return;
    }
    this.#release();
    this.#writeObject(segment);
  }

  /** Writes what was held back where the file cannot be read any further. */
  breakOff(): void {
    this.#output.erase();
    this.#release();
  }

  /** Writes what there is to say at the end. */
  end(): void {
    this.#output.erase();
    const seconds = (performance.now() - this.#startedMs) / 1_000;
    const audioSeconds = this.#audioSeconds;
    this.#output.result(
      {
        file: this.#options.file,
        text: joinTexts(this.#texts),
        recognizer: this.#options.recognizer,
        audioSeconds: rounded(audioSeconds),
        realTimeFactor: rounded(audioSeconds === 0 ? 0 : seconds / audioSeconds),
      },
      this.#parts === 0 ? this.#line("") : undefined,
    );
  }

  #release(): void {
    if (this.#first !== undefined) this.#writeObject(this.#first);
    this.#first = undefined;
  }

  #line(text: string): string {
    return this.#options.alone ? text : `${this.#options.file}: ${text}`;
  }

  #writeObject({ text, startMs, endMs }: Segment): void {
    const [startSeconds, endSeconds] = [rounded(startMs / 1_000), rounded(endMs / 1_000)];
    this.#output.result({ type: "segment", file: this.#options.file, startSeconds, endSeconds, text });
  }
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
