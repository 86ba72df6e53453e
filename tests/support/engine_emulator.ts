import {
  type Engine,
  type EngineSound,
  type HearResponse,
  type JobOptions,
  type Recognition,
  type RecognitionStream,
  samplesOf,
  type Speech,
  type StreamingResult,
  type VadResponse,
} from "../../lib/engine/mod.ts";
import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import { Performer } from "./emulators/performer.ts";
import type { RunningEmulator } from "./emulators/running_emulator.ts";
import type { RefusalKind, Script } from "./emulators/script.ts";

const SAMPLES_PER_MS = 16;

/** What the engine says where a service refuses. */
const REFUSALS: Readonly<Record<RefusalKind, ErrorCode>> = {
  auth: "internal",
  quota: "engine.busy",
  busy: "engine.busy",
  config: "engine.job_failed",
  bad_audio: "engine.job_failed",
};

/** An engine that hears by the script of an emulator: what a service does to a connection it does to a job. */
export class EngineEmulator implements Engine, RunningEmulator {
  readonly origin = "the engine";
  readonly violations = [];
  /** Utterances that reached it. */
  connections = 0;
  readonly #script: Script;
  readonly #open = new Set<object>();

  constructor(script: Script = {}) {
    this.#script = script;
  }

  /** Jobs and streams that are under way. */
  get open(): number {
    return this.#open.size;
  }

  async recognize(sound: EngineSound, options: JobOptions = {}): Promise<Recognition> {
    const act = this.#act();
    const { finals } = await this.#while(act, () => act.write(sound, { ...options, finish: true }));
    return { text: finals.join(" "), inferenceMs: 1 };
  }

  openStream(): RecognitionStream {
    const act = this.#act();
    this.#open.add(act);
    return {
      write: (sound, options) => act.write(sound, options),
      close: () => this.#open.delete(act),
    };
  }

  detectSpeech(): Promise<readonly VadResponse[]> {
    return Promise.resolve([]);
  }

  hear(): Promise<readonly HearResponse[]> {
    return Promise.resolve([]);
  }

  closeVadStream(): void {}

  releaseSound(): void {}

  /** A hang ends with its signal. */
  wake(): void {}

  /** Nothing is kept between utterances that could break. */
  dropAll(): void {}

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  speak(): Promise<Speech> {
    return Promise.reject(new EarshotError("engine.job_failed", "Cannot speak: this engine has no voice"));
  }

  #act(): Act {
    const { fault, faultTimes = Infinity, ...rest } = this.#script;
    const faulty = fault !== undefined && ++this.connections <= faultTimes;
    if (fault === undefined) this.connections++;
    return new Act(faulty ? { ...rest, fault } : rest);
  }

  async #while<Result>(act: Act, work: () => Promise<Result>): Promise<Result> {
    this.#open.add(act);
    try {
      return await work();
    } finally {
      this.#open.delete(act);
    }
  }
}

/** One utterance. */
class Act {
  readonly #delayMs: number;
  readonly #performer: Performer;
  #failure: EarshotError | "hangs" | undefined;
  #begun = false;
  #finals: string[] = [];
  #partial = "";

  constructor({ delayMs = 0, ...script }: Script) {
    this.#delayMs = delayMs;
    const unheard = () => {
      throw new Error("the engine has no such fault");
    };
    this.#performer = new Performer(script, {
      drop: () => this.#failure = new EarshotError("engine.crashed", "Cannot finish: told to crash"),
      stopReading: () => this.#failure = "hangs",
      giant: unheard,
      trickle: unheard,
      gather: (say) => say(),
    });
    this.#performer.renderer = {
      // A flood: an engine that has gone mad would end sentences, since a partial takes another's place.
      partial: (text) => this.#performer.broken ? this.#finals.push(text) : this.#partial = text,
      final: (text) => {
        this.#finals.push(text);
        this.#partial = "";
      },
      end: () => {},
      error: (kind) => this.#failure = new EarshotError(REFUSALS[kind], "Cannot recognize: told to refuse"),
    };
  }

  async write(
    sound: EngineSound,
    { signal, finish = false }: JobOptions & { readonly finish?: boolean } = {},
  ): Promise<StreamingResult> {
    if (!this.#begun) this.#performer.start();
    this.#begun = true;
    this.#performer.audio(samplesOf(sound) / SAMPLES_PER_MS);
    if (finish) this.#performer.finish();
    await pauseFor(this.#failure === "hangs" ? undefined : this.#delayMs, signal);
    if (this.#failure instanceof EarshotError) throw this.#failure;
    return { finals: this.#finals.splice(0), partial: this.#partial };
  }
}

/** Waits so long, for ever if that is not given; rejects with `canceled` when the signal aborts. */
function pauseFor(ms: number | undefined, signal: AbortSignal | undefined): Promise<void> {
  if (ms === 0) return Promise.resolve();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const giveUp = () => reject(new EarshotError("canceled", "Cannot finish: it was given up"));
  const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
  if (signal?.aborted) giveUp();
  signal?.addEventListener("abort", giveUp, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  });
}
