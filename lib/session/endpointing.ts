import type { AudioChunk } from "../audio/mod.ts";

/** Who says that an utterance has ended: our own voice detection, or the recogniser. */
export type Endpointing = "vad" | "service";

/** The part of a speech detector that listening drives. */
export interface Detector {
  /** The last chunk that it has judged; `undefined` before the first. */
  readonly heardThroughSeq: number | undefined;
  /** Takes the next chunk. */
  write(chunk: AudioChunk): void;
  /** Forgets what was heard so far. */
  reset(): void;
}
