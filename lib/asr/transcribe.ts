import { joinPcm } from "../audio/mod.ts";
import type { Engine } from "../engine/mod.ts";
import { Segmenter } from "./segmenter.ts";
import { SpeechLevel } from "./speech_level.ts";

const SAMPLES_PER_MS = 16;

/** What a part of a recording says. */
export interface TranscriptSegment {
  /** The words; `""` when nothing is said. */
  readonly text: string;
  /** Where it begins in the recording, in ms. */
  readonly startMs: number;
  /** Where it ends. */
  readonly endMs: number;
  /** How long the model itself ran, in ms. */
  readonly inferenceMs: number;
}

/**
 * Recognizes sound of any length, 16 kHz mono in pieces, in segments of at most 20 s, one after the other: each is
 * given when its words are final, and the next sound is taken after that. It holds one segment, never the whole.
 * Rejects with the engine's errors and with those of `pieces`; `signal` gives it up with `canceled`.
 */
export async function* transcribe(
  engine: Pick<Engine, "recognize">,
  pieces: AsyncIterable<Int16Array> | Iterable<Int16Array>,
  signal: AbortSignal,
): AsyncGenerator<TranscriptSegment> {
  const segmenter = new Segmenter();
  const level = new SpeechLevel();
  let held: Int16Array[] = [];
  let start = 0;
  let end = 0;
  const recognize = async (until: number): Promise<TranscriptSegment> => {
    const sound = joinPcm(held);
    const heard = level.even(sound.slice(0, until - start));
    const { text, inferenceMs } = await engine.recognize(heard, { signal });
    const segment = { text, startMs: start / SAMPLES_PER_MS, endMs: until / SAMPLES_PER_MS, inferenceMs };
    held = [sound.slice(until - start)];
    start = until;
    return segment;
  };
  for await (const piece of pieces) {
    held.push(piece);
    end += piece.length;
    for (const cut of segmenter.push(piece)) yield await recognize(cut);
  }
  if (end > start) yield await recognize(end);
}
