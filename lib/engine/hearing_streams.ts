import { EarshotError } from "../errors/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ, type Heard, type HearingStream, type JobOptions } from "./contract.ts";
import type { LaneJobOptions } from "./job_lane.ts";
import type { EngineJob, JobAnswer } from "./messages.ts";
import { unexpected } from "./unexpected_answer.ts";

/**
 * How many utterances may be open at a streaming recognizer, those included that it has yet to forget: each keeps some
 * MB in the engine.
 */
export const MAX_HEARING_STREAMS = 256;

/** How long a piece may take besides its own length, in ms; the first one may have to load the model. */
const HEAR_DEADLINE_MS = 10_000;
const FORGET_DEADLINE_MS = 10_000;

type RunJob = (make: (id: number) => EngineJob, options: LaneJobOptions) => Promise<JobAnswer>;

/** The utterances of a streaming recognizer, as the network side sees them; what was heard lies in the engine. */
export class HearingStreams {
  readonly #run: RunJob;
  readonly #open = new Set<Stream>();
  #nextStreamId = 1;
  /** Streams that were closed, but that the engine has not forgotten yet. */
  #leaving = 0;
  #refused = 0;

  /** `run` takes jobs to the engine, in order. */
  constructor(run: RunJob) {
    this.#run = run;
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
  open(flow: object = {}): HearingStream {
    if (this.#open.size + this.#leaving >= MAX_HEARING_STREAMS) {
      this.#refused++;
      throw new EarshotError(
        "engine.busy",
        `Cannot open a stream: ${this.#open.size} are open, and ${this.#leaving} about to be forgotten`,
      );
    }
    const run: RunJob = (make, options) => this.#run(make, { ...options, flow });
    const stream = new Stream(this.#nextStreamId++, run, (forgotten) => {
      if (!this.#open.delete(stream) || forgotten === undefined) return;
      this.#leaving++;
      void forgotten.then(() => this.#leaving--);
    });
    this.#open.add(stream);
    return stream;
  }

  /** The engine has ended, and what it had heard with it. */
  lose(): void {
    for (const stream of this.#open) stream.lose();
  }
}

class Stream implements HearingStream {
  readonly #id: number;
  readonly #run: RunJob;
  readonly #onClose: (forgotten: Promise<void> | undefined) => void;
  /** Where it is in the engine: not there yet, there, gone with its process, or ended. */
  #state: "new" | "there" | "lost" | "over" = "new";

  /** `onClose` is given the time at which the engine has forgotten it, where there is anything to forget. */
  constructor(id: number, run: RunJob, onClose: (forgotten: Promise<void> | undefined) => void) {
    this.#id = id;
    this.#run = run;
    this.#onClose = onClose;
  }

  async hear(
    pcm: Int16Array,
    { finish = false, ...options }: JobOptions & { readonly finish?: boolean } = {},
  ): Promise<Heard> {
    if (this.#state === "lost") {
      throw new EarshotError("engine.crashed", "Cannot go on hearing: the engine process ended");
    }
    if (this.#state === "over") throw new EarshotError("canceled", "Cannot hear: the stream is over");
    const costMs = (pcm.length / ENGINE_SAMPLE_RATE_HZ) * 1_000;
    const answer = await this.#run((id) => {
      const start = this.#state === "new";
      this.#state = "there";
      return { type: "hear", id, streamId: this.#id, pcm, start, finish };
    }, { deadlineMs: HEAR_DEADLINE_MS + costMs, costMs, ...options });
    if (answer.type !== "heard") throw unexpected(answer);
    if (finish) this.#state = "over";
    return { finals: answer.finals, partial: answer.partial };
  }

  lose(): void {
    if (this.#state === "there") this.#state = "lost";
  }

  close(): void {
    const there = this.#state === "there";
    this.#state = "over";
    this.#onClose(there ? this.#forget() : undefined);
  }

  async #forget(): Promise<void> {
    const options = { deadlineMs: FORGET_DEADLINE_MS, release: true };
    try {
      await this.#run((id) => ({ type: "forget", id, streamId: this.#id }), options);
    } catch {
      // The engine has ended, or is about to be ended for its delay: nothing is left to forget.
    }
  }
}
