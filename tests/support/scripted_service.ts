import type { AsrCapabilities, AsrEvent, AsrOpenOptions, AsrProvider, AsrStream } from "../../lib/asr/mod.ts";
import type { AudioChunk } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";

/** One stream of a {@linkcode ScriptedService}; the test speaks for the service. */
export class ScriptedStream implements AsrStream {
  readonly written: AudioChunk[] = [];
  finished = false;
  #writable = true;
  #events: AsrEvent[] = [];
  #error: EarshotError | undefined;
  #over = false;
  #wake = Promise.withResolvers<void>();

  constructor(
    readonly options: AsrOpenOptions,
    readonly signal: AbortSignal,
    readonly finalAtFinish?: string | undefined,
    readonly hangs = false,
  ) {
    signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  get writable(): boolean {
    return this.#writable;
  }

  /** It takes no more sound for now, as a socket that is full. */
  fill(): void {
    this.#writable = false;
  }

  /** It takes sound again, and says so. */
  empty(): void {
    this.#writable = true;
    this.options.onWritable?.();
  }

  write(chunk: AudioChunk): void {
    this.written.push(chunk);
  }

  finish(): void {
    if (!this.finished && this.finalAtFinish !== undefined) this.final(this.finalAtFinish);
    this.finished = true;
    this.#wake.resolve();
  }

  partial(text: string): void {
    this.#say({ type: "partial", text });
  }

  final(text: string, times: { readonly endMs?: number } = {}): void {
    this.#say({ type: "final", text, droppedMs: 0, ...times });
  }

  /** The service ends the utterance by itself. */
  endsItself(): void {
    this.#end();
  }

  fail(error: EarshotError): void {
    this.#error = error;
    this.#end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AsrEvent, void> {
    yield { type: "started" };
    for (;;) {
      while (this.#events.length > 0) yield* this.#events.splice(0);
      if (this.#error !== undefined) throw this.#error;
      if (this.#over || this.finished && !this.hangs) return yield { type: "ended" };
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }

  #say(event: AsrEvent): void {
    this.#events.push(event);
    this.#wake.resolve();
  }

  #end(): void {
    this.#over = true;
    this.#wake.resolve();
  }
}

/** What a {@linkcode ScriptedService} can do, and says by itself. */
export interface ScriptedServiceOptions extends Partial<AsrCapabilities> {
  readonly finalAtFinish?: string;
}

/** A recognizer outside of the box, without a wire: each stream is the test's. */
export class ScriptedService implements AsrProvider {
  readonly name = "scripted";
  readonly capabilities: AsrCapabilities;
  readonly streams: ScriptedStream[] = [];
  /** While set, no stream opens. */
  refusal: EarshotError | undefined;

  /** A stream opens once this resolves. */
  opening: Promise<void> = Promise.resolve();
  /** Whether further streams end only when they are told to. */
  hangs = false;
  /** What each further stream says once no more sound comes. */
  finalAtFinish: string | undefined;

  /** Opens streams that are the test's. */
  constructor({ finalAtFinish, ...capabilities }: ScriptedServiceOptions = {}) {
    this.finalAtFinish = finalAtFinish;
    this.capabilities = {
      streaming: true,
      partials: true,
      endpointing: true,
      encodings: ["pcm16"],
      sampleRatesHz: [16_000],
      languages: "any",
      ...capabilities,
    };
  }

  /** The newest stream. */
  get stream(): ScriptedStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("Cannot go on: no stream was opened");
    return stream;
  }

  async open(options: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    await this.opening;
    if (this.refusal !== undefined) throw this.refusal;
    const stream = new ScriptedStream(options, signal, this.finalAtFinish, this.hangs);
    this.streams.push(stream);
    return stream;
  }
}
