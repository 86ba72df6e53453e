import type { Engine } from "../engine/mod.ts";
import { joinTexts } from "./join_texts.ts";
import { segmentPcm } from "./segmenter.ts";

/** What a whole recording says. */
export interface Transcript {
  /** The words; `""` when nothing is said. */
  readonly text: string;
  /** How long the model itself ran, in ms. */
  readonly inferenceMs: number;
}

/**
 * Recognises a recording of any length, 16 kHz mono, in segments of at most 20 s, one after the other.
 * Rejects with the engine's errors; `signal` gives it up with `cancelled`.
 */
export async function transcribe(engine: Engine, pcm: Int16Array, signal: AbortSignal): Promise<Transcript> {
  const texts: string[] = [];
  let inferenceMs = 0;
  for (const { start, end } of segmentPcm(pcm)) {
    const segment = await engine.recognize(pcm.subarray(start, end), { signal });
    texts.push(segment.text);
    inferenceMs += segment.inferenceMs;
  }
  return { text: joinTexts(texts), inferenceMs };
}
