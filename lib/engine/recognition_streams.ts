import { EarshotError } from "../errors/mod.ts";
import {
  ENGINE_SAMPLE_RATE_HZ,
  type EngineSound,
  type JobOptions,
  type RecognitionStream,
  samplesOf,
  type StreamingResult,
} from "./contract.ts";
import type { LaneJobOptions } from "./job_lane.ts";
import type { EngineJob, JobAnswer, SentSound } from "./messages.ts";
import { unexpected } from "./unexpected_answer.ts";

/**
 * How many utterances may be open at a streaming recognizer, closed ones included that still have state there: each keeps some
 * MB in the engine.
 */
export const MAX_RECOGNITION_STREAMS = 256;

/** How long a piece may take besides its own length, in ms; the first one may have to load the model. */
const WRITE_DEADLINE_MS = 10_000;
const CLOSE_DEADLINE_MS = 10_000;

type SendSound = (sound: EngineSound) => SentSound;

type RunJob = (make: (id: number) => EngineJob, options: LaneJobOptions) => Promise<JobAnswer>;

/** The utterances of a streaming recognizer, as the network side sees them; their state is in the engine. */
export class RecognitionStreams {
  readonly #run: RunJob;
  readonly #send: SendSound;
  readonly #open = new Set<Stream>();
  #nextStreamId = 1;
  /** Streams that were closed here and whose state the engine has yet to drop. */
  #closing = 0;
  #refused = 0;

  /** `run` takes jobs to the engine, in order; `send` is how sound gets there. */
  constructor(run: RunJob, send: SendSound) {
    this.#run = run;
    this.#send = send;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** How many could not be opened. */
  get refused(): number {
    return this.#refused;
  }

  /** Begins one of `flow`, by default its own. Throws `engine.busy`. */
  open(flow: object = {}): RecognitionStream {
    if (this.#open.size + this.#closing >= MAX_RECOGNITION_STREAMS) {
      this.#refused++;
      throw new EarshotError(
        "engine.busy",
        `Cannot open a stream: ${this.#open.size} are open, and ${this.#closing} being closed`,
      );
    }
    const run: RunJob = (make, options) => this.#run(make, { ...options, flow });
    const stream = new Stream(this.#nextStreamId++, { run, send: this.#send }, (closed) => {
      if (!this.#open.delete(stream) || closed === undefined) return;
      this.#closing++;
      void closed.then(() => this.#closing--);
    });
    this.#open.add(stream);
    return stream;
  }

  /** The engine has ended, and the state of its streams with it. */
  lose(): void {
    for (const stream of this.#open) stream.lose();
  }
}

class Stream implements RecognitionStream {
  readonly #id: number;
  readonly #run: RunJob;
  readonly #send: SendSound;
  readonly #onClose: (closed: Promise<void> | undefined) => void;
  /** Where it is in the engine: not there yet, there, gone with its process, or ended. */
  #state: "new" | "there" | "lost" | "over" = "new";

  /** `onClose` is given the promise that the engine has closed it, if it was open there. */
  constructor(
    id: number,
    { run, send }: { readonly run: RunJob; readonly send: SendSound },
    onClose: (closed: Promise<void> | undefined) => void,
  ) {
    this.#id = id;
    this.#run = run;
    this.#send = send;
    this.#onClose = onClose;
  }

  async write(
    sound: EngineSound,
    { finish = false, ...options }: JobOptions & { readonly finish?: boolean } = {},
  ): Promise<StreamingResult> {
    if (this.#state === "lost") {
      throw new EarshotError("engine.crashed", "Cannot go on with the stream: the engine process ended");
    }
    if (this.#state === "over") throw new EarshotError("canceled", "Cannot write: the stream is over");
    const costMs = (samplesOf(sound) / ENGINE_SAMPLE_RATE_HZ) * 1_000;
    const answer = await this.#run((id) => {
      const start = this.#state === "new";
      this.#state = "there";
      return { type: "stream", id, streamId: this.#id, sound: this.#send(sound), start, finish };
    }, { deadlineMs: WRITE_DEADLINE_MS + costMs, costMs, ...options });
    if (answer.type !== "streamed") throw unexpected(answer);
    if (finish) this.#state = "over";
    return { finals: answer.finals, partial: answer.partial };
  }

  lose(): void {
    if (this.#state === "there") this.#state = "lost";
  }

  close(): void {
    const there = this.#state === "there";
    this.#state = "over";
    this.#onClose(there ? this.#closeInEngine() : undefined);
  }

  async #closeInEngine(): Promise<void> {
    const options = { deadlineMs: CLOSE_DEADLINE_MS, release: true };
    try {
      await this.#run((id) => ({ type: "close_stream", id, streamId: this.#id }), options);
    } catch {
      // The engine has ended, or is about to be ended for its delay: nothing is left to close.
    }
  }
}
