import type { Dialect, Dialogue, EmulatorIo, Renderer } from "./emulator.ts";

const BYTES_PER_MS = 32;

/** A Vosk server: one answer for each piece, and the exact end. */
export const vosk: Dialect = { connect: (io) => new VoskDialogue(io) };

class VoskDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  /** What is answered to the piece that is being heard. */
  #answers: string[] = [];
  #ending = false;
  #broken = false;

  constructor(io: EmulatorIo) {
    this.#io = io;
  }

  text(message: string): void {
    if (message.startsWith('{"config"')) {
      if (JSON.parse(message).config.sample_rate !== 16_000) this.#io.violation("another rate than is sent");
      this.#io.performer.start();
      return;
    }
    if (message !== '{"eof" : 1}') return this.#io.violation(`text that is not the end: ${message}`);
    this.#ending = true;
    this.#io.performer.finish();
  }

  binary(message: Uint8Array): void {
    if (message.length % 2 !== 0) this.#io.violation("half a sample");
    this.#answers = [];
    this.#io.performer.audio(message.length / BYTES_PER_MS);
    const { fault } = this.#io.script;
    if (fault?.at === "mid" && this.#io.performer.heardMs >= 2 * (this.#io.script.everyMs ?? 100)) {
      this.#broken = true;
    }
    if (fault?.at === "start" || this.#broken) return;
    // One answer a piece, whatever there is to say; the words of several cues are one answer's.
    this.#io.send(this.#answers.at(-1) ?? '{"partial" : ""}');
    this.#held.push(...this.#answers.slice(0, -1).filter((answer) => !answer.includes('"partial"')));
  }

  readonly #held: string[] = [];

  partial(text: string): void {
    if (this.#broken || this.#io.script.fault?.what === "flood") {
      this.#io.send(JSON.stringify({ partial: text }));
    } else this.#answers.push(JSON.stringify({ partial: text }));
  }

  final(text: string): void {
    const answer = JSON.stringify({ result: [{ word: text, start: 0.1, end: 0.4, conf: 1 }], text });
    if (this.#ending) this.#held.push(answer);
    else this.#answers.push(answer);
  }

  /** The last answer has all that is left in one text; then the server closes. */
  end(): void {
    const text = this.#held.splice(0).map((answer) => JSON.parse(answer).text).join(" ");
    this.#io.send(JSON.stringify({ text }));
    this.#io.close();
  }

  /** The server has no words for faults: it falls over. */
  error(): void {
    this.#io.close(1011);
  }
}
