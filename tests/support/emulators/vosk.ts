import type { Dialect, Dialogue, EmulatorIo, Renderer } from "./emulator.ts";

const BYTES_PER_MS = 32;

/** A Vosk server: one answer for each piece, and the exact end. */
export const vosk: Dialect = { connect: (io) => new VoskDialogue(io) };

class VoskDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  /** What is answered next, one to a piece. */
  readonly #answers: string[] = [];
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
    this.#io.performer.finish();
  }

  binary(message: Uint8Array): void {
    const { script, performer } = this.#io;
    if (message.length % 2 !== 0) return this.#io.violation("half a sample");
    performer.audio(message.length / BYTES_PER_MS);
    const at = script.fault?.at;
    if (at === "mid" && performer.heardMs >= 2 * (script.everyMs ?? 100)) this.#broken = true;
    if (at !== "start" && !this.#broken) this.#io.send(this.#answers.shift() ?? '{"partial" : ""}');
  }

  partial(text: string): void {
    const answer = JSON.stringify({ partial: text });
    if (this.#io.script.fault?.what === "flood") this.#io.send(answer);
    else this.#answers.push(answer);
  }

  final(text: string): void {
    this.#answers.push(JSON.stringify({ result: [{ word: text, start: 0.1, end: 0.4, conf: 1 }], text }));
  }

  /** The last answer has all that is left in one text; then the server closes. */
  end(): void {
    const texts = this.#answers.splice(0).map((answer) => JSON.parse(answer).text ?? "");
    this.#io.send(JSON.stringify({ text: texts.filter((text) => text !== "").join(" ") }));
    this.#io.close();
  }

  /** The server has no words for faults: it falls over. */
  error(): void {
    this.#io.close(1011);
  }
}
