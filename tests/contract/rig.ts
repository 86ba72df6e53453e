import { assertRejects } from "@std/assert";
import type { AsrProvider, Recognizer, Utterance, UtteranceOptions } from "../../lib/asr/mod.ts";
import { AudioBuffer, type AudioCursor, SILENT_OPUS_PACKET } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { openOutboundSockets } from "../../lib/net/mod.ts";
import type { RunningEmulator } from "../support/emulators/running_emulator.ts";
import type { Script } from "../support/emulators/script.ts";
import { startEmulator } from "../support/emulators/start_emulator.ts";
import { EngineEmulator } from "../support/engine_emulator.ts";
import { fastClock } from "../support/fast_clock.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { until } from "../support/until.ts";
import type { EngineSubject } from "./engine_subjects.ts";
import { openSubject, type Subject } from "./subjects.ts";

/** How long a chunk of the rig sounds, in ms. */
export const CHUNK_MS = 60;
/** How long the rig waits before it calls a service hung. */
const TIMEOUT_MS = 300;

/** Options of {@linkcode Rig.open}. */
export interface RigOptions {
  readonly script?: Script;
  readonly tls?: boolean;
  readonly retries?: number;
  /** How much faster the runner's time passes; its time-outs stay. */
  readonly speed?: number;
  /** How long it waits before it calls a service hung, in ms of the machine's time. */
  readonly timeoutMs?: number;
}

/** An adapter, its runner, and its emulator or a scripted engine; disposing checks that nothing is left of them. */
export class Rig implements AsyncDisposable {
  readonly turn = new AbortController();
  readonly partials: string[] = [];
  readonly sentences: string[] = [];
  /** Codes for which the runner tried again. */
  readonly retried: string[] = [];
  /** Streams that took sound. */
  started = 0;
  readonly buffer = new AudioBuffer({ maxChunks: 1_000 });
  readonly cursor: AudioCursor = this.buffer.cursor("recognition");
  readonly #recognizer: Recognizer;
  readonly #adapter;
  #seq = 0;

  private constructor(readonly emulator: RunningEmulator, adapter: AsrProvider, options: RigOptions) {
    const { retries = 0, speed = 1, timeoutMs = TIMEOUT_MS } = options;
    this.#adapter = adapter;
    ({ recognizer: this.#recognizer } = runAlone(this.#adapter, {
      clock: fastClock(speed),
      openTimeoutMs: timeoutMs * speed,
      finalTimeoutMs: timeoutMs * speed,
      retries,
      onEvent: (event) => {
        if (event.type === "retried") this.retried.push(event.error.code);
        if (event.type === "started") this.started++;
      },
    }));
  }

  static async open(subject: Subject | EngineSubject, options: RigOptions = {}): Promise<Rig> {
    if ("overEngine" in subject) {
      const engine = new EngineEmulator(options.script);
      return new Rig(engine, subject.overEngine(engine), options);
    }
    const emulator = await startEmulator(subject.dialect, options);
    return new Rig(emulator, await openSubject(subject, emulator.origin), options);
  }

  /** Begins an utterance. */
  start(cursor = this.cursor, options: Pick<UtteranceOptions, "onEndpoint"> = {}): Utterance {
    return this.#recognizer.start({
      ...options,
      language: "en",
      cursor,
      onPartial: (text) => this.partials.push(text),
      onSentence: (text) => this.sentences.push(text),
    }, this.turn.signal);
  }

  /** So many chunks of noise are in the buffer, quiet unless its `amplitude` is given. */
  hear(utterance: Utterance, chunks: number, amplitude = 100): void {
    const noise = Int16Array.from(
      { length: 16 * CHUNK_MS },
      (_, index) => (index * 7919) % (2 * amplitude) - amplitude,
    );
    for (let count = 0; count < chunks; count++) {
      const seq = this.#seq++;
      this.buffer.push({
        seq,
        receivedMs: seq * CHUNK_MS,
        durationMs: CHUNK_MS,
        opus: SILENT_OPUS_PACKET,
        pcm: noise.slice(),
      });
    }
    utterance.pump();
  }

  /** The newest chunk in the buffer. */
  get lastSeq(): number {
    return this.#seq - 1;
  }

  /** A whole utterance: sound, a moment for words to come, or until they have, the end. */
  async speak(
    chunks = 12,
    { wordsFirst = false }: { readonly wordsFirst?: boolean } = {},
  ): Promise<Utterance> {
    const utterance = this.start();
    this.hear(utterance, chunks);
    await pause(60);
    if (wordsFirst) await until(() => this.partials.length > 0, "words");
    utterance.finish();
    return utterance;
  }

  /** The code with which an utterance fails. */
  async failure(utterance: Utterance): Promise<string> {
    return (await assertRejects(() => utterance.result, EarshotError)).code;
  }

  /** As the gateway does when it ends. */
  async closeAdapter(): Promise<void> {
    await this.#adapter.close?.();
  }

  /** Resolves once the service and we hold no connection; what is kept for later is let go of. */
  async quiet(): Promise<void> {
    await this.#adapter.close?.();
    for (const beganMs = performance.now(); this.#ours + this.emulator.open > 0;) {
      // Each time: what a client that is gone had sent may make it hang only now.
      this.emulator.wake();
      if (performance.now() - beganMs > 3_000) {
        throw new Error(`left open: ${this.#ours} of ours, ${this.emulator.open} of the service`);
      }
      await pause(5);
    }
  }

  /** How many connections to this service we hold: others may be under way to other services. */
  get #ours(): number {
    return openOutboundSockets(URL.parse(this.emulator.origin)?.host);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.turn.abort();
    this.cursor.close();
    await this.#adapter.close?.();
    try {
      await this.quiet();
    } finally {
      await this.emulator[Symbol.asyncDispose]();
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
