import { SimulatedDevice, type SimulatedToolServer } from "../../../lib/device/mod.ts";

/** What came of a typed question. */
export interface Typed {
  /** From the question to the first sentence that was spoken; absent without one. */
  readonly firstSoundMs?: number;
  /** From the question to the `tts stop`; absent where none came in time. */
  readonly stopMs?: number;
  /** How many sentences were spoken. */
  readonly sentences: number;
}

/** A simulated device whose questions are typed, one after the other. */
export class Typist implements AsyncDisposable {
  #device: SimulatedDevice | undefined;
  #askedMs = 0;
  #firstMs: number | undefined;
  #sentences = 0;
  #onStop = () => {};

  private constructor() {}

  /** Connects a device. */
  static async connect(
    url: URL,
    { index, tools }: { readonly index: number; readonly tools?: SimulatedToolServer },
  ): Promise<Typist> {
    const typist = new Typist();
    typist.#device = await SimulatedDevice.connect({
      url,
      deviceId: `02:00:00:00:${(index >> 8).toString(16).padStart(2, "0")}:${
        (index & 255).toString(16).padStart(2, "0")
      }`,
      clientId: `client-${index}`,
      mode: "manual",
      ...(tools && { tools }),
      onMessage: ({ message }) => {
        if (message.type !== "tts") return;
        if (message.state === "stop") typist.#onStop();
        if (message.state !== "sentence_start") return;
        typist.#sentences++;
        typist.#firstMs ??= performance.now() - typist.#askedMs;
      },
    }, new AbortController().signal);
    return typist;
  }

  /** Asks; with `abortAfterMs` it is interrupted then. */
  async ask(
    text: string,
    { withinMs, abortAfterMs }: { readonly withinMs: number; readonly abortAfterMs?: number | undefined },
  ): Promise<Typed> {
    const stopped = Promise.withResolvers<boolean>();
    this.#onStop = () => stopped.resolve(true);
    this.#firstMs = undefined;
    this.#sentences = 0;
    this.#askedMs = performance.now();
    const timers = [setTimeout(() => stopped.resolve(false), withinMs)];
    this.#device?.send({ type: "listen", state: "detect", text });
    if (abortAfterMs !== undefined) {
      timers.push(setTimeout(() => this.#device?.send({ type: "abort" }), abortAfterMs));
    }
    const inTime = await stopped.promise;
    timers.forEach(clearTimeout);
    return {
      sentences: this.#sentences,
      ...(this.#firstMs !== undefined && { firstSoundMs: this.#firstMs }),
      ...(inTime && { stopMs: performance.now() - this.#askedMs }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#device?.close();
  }
}
