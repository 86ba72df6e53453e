import {
  type Engine,
  type HearRequest,
  type HearResponse,
  LocalHearing,
  type Recognition,
  type RecognitionStream,
  type Speech,
  type VadRequest,
  type VadResponse,
} from "../../engine/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import type { GatewayEngines } from "../gateway_options.ts";

const FRAME_SAMPLES = 512;
/** Frames louder than this on average are speech. */
const SPEECH_LEVEL = 1_000;

/** What it hears of anything. */
export const SCRIPTED_TEXT = "something was said";

/**
 * Stands in for the engine where a check is about bounds and clean-up, not about words: it hears by loudness and
 * always the same. So the checks need no weights.
 */
export class ScriptedEngine implements GatewayEngines, Engine {
  readonly #hearing = new LocalHearing((batch) => this.detectSpeech(batch));
  readonly stats = { state: "ready", warmed: true, runtime: "native", restarts: 0 } as const;

  warm(): Promise<void> {
    return Promise.resolve();
  }

  recognize(): Promise<Recognition> {
    return Promise.resolve({ text: SCRIPTED_TEXT, inferenceMs: 0 });
  }

  openStream(): RecognitionStream {
    throw new EarshotError("engine.job_failed", "Cannot recognize a stream: this engine has no model for it");
  }

  detectSpeech(batch: readonly VadRequest[]): Promise<readonly VadResponse[]> {
    return Promise.resolve(
      batch.map(({ streamId, pcm }) => ({ streamId, probabilities: byLoudness(pcm) })),
    );
  }

  hear(batch: readonly HearRequest[]): Promise<readonly HearResponse[]> {
    return this.#hearing.hear(batch);
  }

  closeVadStream(streamId: number): void {
    this.#hearing.closeVadStream(streamId);
  }

  releaseSound(source: object, fromSeq?: number): void {
    this.#hearing.releaseSound(source, fromSeq);
  }

  speak(): Promise<Speech> {
    return Promise.reject(new EarshotError("engine.job_failed", "Cannot speak: this engine has no voice"));
  }
}

function byLoudness(pcm: Int16Array): Float32Array {
  return Float32Array.from({ length: pcm.length / FRAME_SAMPLES }, (_, frame) => {
    const samples = pcm.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
    const level = samples.reduce((sum, sample) => sum + Math.abs(sample), 0) / FRAME_SAMPLES;
    return level > SPEECH_LEVEL ? 0.9 : 0.05;
  });
}
