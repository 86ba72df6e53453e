import type { Dialect, Dialogue, EmulatorIo, Renderer } from "../support/emulators/emulator.ts";
import type { RefusalKind } from "../support/emulators/script.ts";

/** 16 kHz, 16 bits. */
const BYTES_PER_MS = 32;

/** The server of the example: it refuses a wrong key, and everything that its protocol does not have. */
export const exampleServer: Dialect = {
  accept: ({ headers }) =>
    headers["authorization"] === "Bearer example-key" ? undefined : { status: 401, body: "wrong key" },
  refusal: (kind) => kind === "auth" ? { status: 401, body: "wrong key" } : undefined,
  connect: (io) => new ExampleDialogue(io),
};

class ExampleDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;

  constructor(io: EmulatorIo) {
    this.#io = io;
  }

  text(message: string): void {
    const { type, model } = JSON.parse(message);
    if (type === "end") return this.#io.performer.finish();
    if (type !== "start" || !["fast", "exact"].includes(model)) return this.#io.violation(message);
    if (this.#io.performer.start()) this.#say({ type: "ready" });
  }

  binary(message: Uint8Array): void {
    this.#io.performer.audio(message.length / BYTES_PER_MS);
  }

  partial(text: string): void {
    this.#say({ type: "partial", text });
  }

  final(text: string): void {
    this.#say({ type: "final", text });
  }

  end(): void {
    this.#say({ type: "done" });
    this.#io.close();
  }

  error(kind: RefusalKind): void {
    this.#say({ type: "error", reason: kind });
    this.#io.close();
  }

  #say(answer: Readonly<Record<string, string>>): void {
    this.#io.send(JSON.stringify(answer));
  }
}
