import type { Dialect, Dialogue, EmulatorIo, Renderer } from "./emulator.ts";

/** Which server it is. */
export type FunasrFlavor = "cpp_offline" | "cpp_2pass" | "python";

const BYTES_PER_MS = 32;

/** What varies. */
export interface FunasrManner {
  /** What it cannot read silences the C++ ones for good, as there; otherwise that fails the test. */
  readonly tolerant?: boolean;
  /** Whether the Python server acknowledges an end of the sound that brings no words. Default: it does. */
  readonly acknowledges?: boolean;
  /** Whether a proxy hides what the server calls itself in its handshake. Default: it does not. */
  readonly nameless?: boolean;
  /**
   * What the Python server says with `is_final`: `sentence`, true with each sentence that is complete; `speaking`, as
   * its project has it, that it has not yet read the end of the sound, with whatever it says.
   */
  readonly isFinal?: "sentence" | "speaking";
}

/**
 * A FunASR runtime server; it never closes a connection itself. What it cannot read fails the test, unless it is
 * `tolerant` as the real ones are: then the C++ ones fall silent for good, and the Python one goes on.
 */
export function funasr(flavor: FunasrFlavor, manner: FunasrManner = {}): Dialect {
  return {
    ...(flavor === "python" && { protocol: "binary" }),
    ...(manner.nameless !== true && {
      software: flavor === "python" ? "Python/3.11 websockets/12.0" : "WebSocket++/0.8.2",
    }),
    connect: (io) => new FunasrDialogue(io, { flavor, manner }),
  };
}

class FunasrDialogue implements Dialogue, Renderer {
  #begun = false;
  #dead = false;
  #wavName = "";
  #mode = "";
  readonly #io: EmulatorIo;
  readonly #flavor: FunasrFlavor;
  readonly #manner: FunasrManner;

  constructor(io: EmulatorIo, { flavor, manner }: { flavor: FunasrFlavor; manner: FunasrManner }) {
    this.#io = io;
    this.#flavor = flavor;
    this.#manner = manner;
  }

  text(message: string): void {
    if (this.#dead) return;
    let value: Record<string, unknown>;
    try {
      value = JSON.parse(message);
    } catch {
      return this.#unreadable("a text frame that is not JSON");
    }
    if (!this.#begun) return this.#begin(value);
    if (value.is_speaking === false) {
      // It reads the end when it has done with the sound before.
      this.#later(() => this.#speaking = false);
      return this.#io.performer.finish();
    }
    this.#io.violation(`a second text frame that ends nothing: ${message}`);
  }

  binary(message: Uint8Array): void {
    if (this.#dead) return;
    if (!this.#begun) return this.#io.violation("audio before the first text frame");
    if (message.length % 2 !== 0 || message.length > 1 << 20) this.#io.violation("a frame of an odd size");
    this.#io.performer.audio(message.length / BYTES_PER_MS);
  }

  #unreadable(what: string): void {
    if (this.#manner.tolerant !== true) return this.#io.violation(what);
    this.#dead = this.#flavor !== "python";
  }

  #begin(value: Record<string, unknown>): void {
    if ("hotwords" in value && typeof value.hotwords !== "string") {
      this.#unreadable("hotwords must be a string");
      if (this.#dead) return;
    }
    this.#begun = true;
    this.#wavName = String(value.wav_name);
    this.#mode = String(value.mode);
    const expected = {
      cpp_offline: ["offline"],
      cpp_2pass: ["2pass", "online"],
      python: ["2pass", "online", "offline"],
    };
    if (!expected[this.#flavor].includes(this.#mode)) this.#io.violation(`mode ${this.#mode}`);
    if (this.#mode !== "offline" && !Array.isArray(value.chunk_size)) this.#io.violation("no chunk_size");
    if (value.audio_fs !== 16_000 || value.wav_format !== "pcm") {
      this.#io.violation("another format than sent");
    }
    if (value.is_speaking !== true) this.#io.violation("is_speaking must be true");
    this.#io.performer.start();
  }

  #speaking = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #offline = "";
  #said = "";
  #any = false;

  partial(text: string): void {
    if (this.#mode === "offline") return;
    this.#online(text);
  }

  final(text: string): void {
    if (this.#mode === "online") this.#online(text);
    else if (this.#mode === "offline") this.#offline += ` ${text}`;
    else {
      this.#reply({
        mode: "2pass-offline",
        text: `<|en|><|NEUTRAL|><|Speech|>${text}`,
        is_final: this.#isFinal(true),
      });
    }
    this.#said = "";
  }

  /** Online replies append: each holds the words that are new. */
  #online(text: string): void {
    const known = this.#said === "" ? 0 : this.#said.split(" ").length;
    const news = text.split(" ").slice(known).join(" ");
    const space = this.#any && (this.#mode === "online" || known > 0) ? " " : "";
    this.#said = text;
    if (this.#io.script.fault?.what === "flood") {
      return this.#reply({ mode: "online", text, is_final: false });
    }
    if (news === "") return;
    this.#any = true;
    const mode = this.#mode === "online" && this.#flavor === "python" ? "online" : "2pass-online";
    this.#reply({ mode, text: space + news, is_final: this.#isFinal(false) });
  }

  end(): void {
    const nothing = this.#io.performer.heardMs === 0;
    if (this.#flavor === "python" && nothing) return;
    if (this.#mode === "offline") {
      const text = this.#offline.trim();
      if (text === "" && this.#manner.acknowledges === false) return;
      return this.#reply({ mode: "offline", text, is_final: this.#isFinal(true) });
    }
    if (this.#flavor === "python") {
      // Without a second pass it has no last word.
      if (this.#mode === "online" || this.#manner.acknowledges === false) return;
    }
    // The C++ servers name no mode where there are no words.
    if (this.#flavor !== "python") return this.#reply({ text: "", is_final: true });
    this.#reply({ mode: "2pass-offline", text: "", is_final: this.#isFinal(true) });
  }

  #later(action: () => void): void {
    const { delayMs = 0 } = this.#io.script;
    if (delayMs === 0) return action();
    this.#timer = setTimeout(action, delayMs);
  }

  gone(): void {
    clearTimeout(this.#timer);
  }

  #isFinal(complete: boolean): boolean {
    if (this.#flavor !== "python") return false;
    return this.#manner.isFinal === "speaking" ? this.#speaking : complete;
  }

  /** The server has no words for faults: it falls over. */
  error(): void {
    this.#io.close(1011);
  }

  #reply(reply: Record<string, unknown>): void {
    this.#io.send(JSON.stringify({ ...reply, wav_name: this.#wavName }));
  }
}
