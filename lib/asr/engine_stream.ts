import type { AudioChunk } from "../audio/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ, type RecognitionStream } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { EventQueue, type ServiceName } from "../service/mod.ts";
import type { AsrEvent, AsrOpenOptions, AsrStream } from "./contract.ts";
import { engineSoundOf, samplesOfChunk } from "./engine_sound.ts";
import { replacesPartial } from "./wire_stream.ts";

/** How much sound makes a job for the engine, in samples: 200 ms. A job costs 0.2 ms on its way. */
const PIECE_SAMPLES = ENGINE_SAMPLE_RATE_HZ / 5;
/** How much sound waits here at most, in samples: 1 s. What comes beyond it waits in the session's buffer. */
const MAX_WAITING_SAMPLES = ENGINE_SAMPLE_RATE_HZ;

/** Options of a {@linkcode EngineStream}. */
export interface EngineStreamOptions {
  /** Named in errors. */
  readonly service: ServiceName;
  /** The utterance in the engine; it is closed with the stream. */
  readonly stream: RecognitionStream;
  /** Whose sound it is. */
  readonly source: object;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** From `AsrOpenOptions`. */
  readonly onWritable?: AsrOpenOptions["onWritable"];
}

/** An {@linkcode AsrStream} over a streaming recognizer of the engine: one piece of sound is over there at a time. */
export class EngineStream implements AsrStream {
  readonly #options: EngineStreamOptions;
  readonly #events: EventQueue<AsrEvent>;
  readonly #onAbort = () => this.#end(new EarshotError("canceled", "Cannot recognize: the stream was ended"));
  #waiting: AudioChunk[] = [];
  #waitingSamples = 0;
  #finished = false;
  #busy = false;
  #heard = false;
  #partial = "";

  /** Starts with nothing to do. */
  constructor(options: EngineStreamOptions) {
    this.#options = options;
    this.#events = new EventQueue({ service: options.service, replaces: replacesPartial });
    this.#events.push({ type: "started" });
    if (options.signal.aborted) this.#onAbort();
    else options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Whether it takes more sound now. */
  get writable(): boolean {
    return this.#waitingSamples < MAX_WAITING_SAMPLES;
  }

  /** Takes the next sound. */
  write(chunk: AudioChunk): void {
    if (this.#finished || this.#events.ended) return;
    this.#waiting.push(chunk);
    this.#waitingSamples += samplesOfChunk(chunk);
    this.#work();
  }

  /** The rest is the last piece. */
  finish(): void {
    this.#finished = true;
    this.#work();
  }

  /** The events, in order. */
  [Symbol.asyncIterator](): AsyncIterator<AsrEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  #work(): void {
    if (this.#busy || this.#events.ended) return;
    if (!this.#finished && this.#waitingSamples < PIECE_SAMPLES) return;
    if (!this.#heard && this.#waitingSamples === 0) return this.#end(); // nothing was said
    this.#heard = true;
    this.#busy = true;
    void this.#hear();
  }

  async #hear(): Promise<void> {
    const { stream, signal, onWritable } = this.#options;
    const finish = this.#finished;
    const wasFull = !this.writable;
    const sound = engineSoundOf(this.#options.source, this.#waiting.splice(0));
    this.#waitingSamples = 0;
    try {
      const heard = stream.write(sound, { signal, finish });
      if (wasFull) onWritable?.();
      const { finals, partial } = await heard;
      this.#busy = false;
      for (const text of finals) this.#events.push({ type: "final", text, droppedMs: 0 });
      if (this.#events.ended) return this.#release(); // too many at once, or given up
      if (partial !== "" && partial !== this.#partial) this.#events.push({ type: "partial", text: partial });
      this.#partial = partial;
      if (finish) this.#end();
      else this.#work();
    } catch (thrown) {
      this.#end(EarshotError.from(thrown, "asr.failed"));
    }
  }

  #end(error?: EarshotError): void {
    if (this.#events.ended) return;
    if (error === undefined) this.#events.push({ type: "ended" });
    this.#events.end(error);
    this.#release();
  }

  #release(): void {
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#options.stream.close();
    this.#waiting = [];
  }
}
