import type { Dialect, Dialogue, EmulatorIo, Renderer } from "./emulator.ts";

const BYTES_PER_MS = 64;

/** Which server it is. */
export type SherpaFlavor = "cpp_streaming" | "python_streaming" | "cpp_offline" | "python_offline";

/** A sherpa-onnx server. */
export function sherpaServer(flavor: SherpaFlavor): Dialect {
  return {
    connect: (io) =>
      flavor.endsWith("offline") ? new Offline(io, flavor) : new Streaming(io, flavor === "cpp_streaming"),
  };
}

class Streaming implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  readonly #cpp: boolean;
  #begun = false;
  #open = "";

  constructor(io: EmulatorIo, cpp: boolean) {
    this.#io = io;
    this.#cpp = cpp;
  }

  text(message: string): void {
    if (message !== "Done") return this.#io.violation(`text that is not the end: ${message}`);
    this.#io.performer.finish();
  }

  binary(message: Uint8Array): void {
    if (message.length % 4 !== 0) return this.#io.violation("half a sample");
    const samples = new Float32Array(message.slice().buffer);
    if (samples.some((sample) => !(Math.abs(sample) <= 1))) {
      return this.#io.violation("no floats from -1 to 1");
    }
    if (!this.#begun && !this.#io.performer.start()) return;
    this.#begun = true;
    this.#io.performer.audio(message.length / BYTES_PER_MS);
  }

  partial(text: string, segment: number): void {
    this.#open = text;
    this.#io.send(
      JSON.stringify(this.#cpp ? { text, segment, start_time: 0, is_final: false } : { text, segment }),
    );
  }

  /** The Python server never says that a segment is complete: the next one's number does. */
  final(text: string, segment: number): void {
    this.#open = "";
    this.#io.send(
      JSON.stringify(this.#cpp ? { text, segment, start_time: 0, is_final: true } : { text, segment }),
    );
  }

  end(): void {
    if (this.#cpp) this.#io.send("Done!");
    this.#io.close();
  }

  error(): void {
    this.#io.close(1011);
  }
}

class Offline implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  readonly #flavor: SherpaFlavor;
  #expected: number | undefined;
  #got = 0;
  #texts: string[] = [];

  constructor(io: EmulatorIo, flavor: SherpaFlavor) {
    this.#io = io;
    this.#flavor = flavor;
  }

  text(message: string): void {
    if (message !== "Done") this.#io.violation(`text that is not the end: ${message}`);
    this.#io.close();
  }

  binary(message: Uint8Array): void {
    let sound = message;
    if (this.#expected === undefined) {
      if (message.length < 8) return this.#io.violation("no header");
      const header = new DataView(message.buffer, message.byteOffset);
      if (header.getInt32(0, true) !== 16_000) return this.#io.violation("another rate than is sent");
      this.#expected = header.getInt32(4, true);
      sound = message.subarray(8);
      if (!this.#io.performer.start()) return;
    }
    this.#got += sound.length;
    if (this.#got > this.#expected) return this.#io.violation("more sound than was announced");
    if (this.#got < this.#expected) return;
    this.#io.performer.audio(this.#got / BYTES_PER_MS);
    this.#io.performer.finish();
  }

  partial(text: string): void {
    if (this.#io.script.fault?.what === "flood") this.#io.send(JSON.stringify({ text }));
  }

  final(text: string): void {
    this.#texts.push(text);
  }

  end(): void {
    const text = this.#texts.join(" ");
    if (this.#flavor === "cpp_offline") this.#io.send(JSON.stringify({ text }));
    else this.#io.send(text === "" ? "<EMPTY>" : text);
  }

  error(): void {
    this.#io.close(1011);
  }
}
