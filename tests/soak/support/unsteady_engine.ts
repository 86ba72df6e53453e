import { delay } from "@std/async";
import { type EngineSound, type JobOptions, type Recognition, samplesOf } from "../../../lib/engine/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { SPOKEN_MS } from "./conversation_kinds.ts";

const SAMPLES_PER_MS = 16;
/** What is heard besides what was said, in ms at most. */
const MARGIN_MS = 600;

/** Hears by loudness; by how long somebody spoke, it finds words, fails or hangs. Keeps nothing of what it was asked. */
export class UnsteadyEngine extends FakeEngine {
  override async recognize(sound: EngineSound, options: JobOptions = {}): Promise<Recognition> {
    const durationMs = samplesOf(sound) / SAMPLES_PER_MS;
    this.#forget();
    await delay(20);
    if (durationMs > SPOKEN_MS.hangs - MARGIN_MS) {
      const given = Promise.withResolvers<void>();
      options.signal?.addEventListener("abort", () => given.resolve(), { once: true });
      await given.promise;
      throw new EarshotError("canceled", "Cannot finish: it was given up");
    }
    if (durationMs > SPOKEN_MS.fails - MARGIN_MS) {
      throw new EarshotError("engine.job_failed", "Cannot recognize: the script says so");
    }
    return { text: "spoken", inferenceMs: 1 };
  }

  override async hear(...args: Parameters<FakeEngine["hear"]>) {
    this.#forget();
    return await super.hear(...args);
  }

  #forget(): void {
    this.batches.length = 0;
    this.segments.length = 0;
    this.closedStreams.length = 0;
  }
}

/** The config of a gateway for conversations: deadlines that do not keep anybody waiting, breakers that never open. */
export const CONVERSATION_CONFIG = {
  llm: {
    headersTimeoutMs: 8_000,
    firstTokenTimeoutMs: 8_000,
    tokenTimeoutMs: 8_000,
    maxConcurrent: 200,
    breakerFailures: 1_000,
    retries: 0,
  },
  tts: { firstSoundTimeoutMs: 8_000, stallTimeoutMs: 8_000, breakerFailures: 1_000, retries: 0 },
  agent: { maxAnswerSeconds: 5 },
  /** By a clock that goes faster, so that a busy machine is given as long as usual. */
  session: { helloTimeoutMs: 60_000, slowReaderMs: 40_000, closeHandshakeMs: 8_000, closeMs: 20_000 },
  asr: { moonshine: { type: "moonshine", finalTimeoutMs: 1_500, breakerFailures: 1_000, retries: 0 } },
} as const;
