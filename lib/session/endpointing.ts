import type { AudioChunk } from "../audio/mod.ts";

/** The part of a speech detector that listening drives. */
export interface Detector {
  /** Whether it takes a chunk now; told when it does again. */
  readonly writable: boolean;
  /** Whether nothing that was written waits for its verdict. */
  readonly idle: boolean;
  /** Whether there may have been speech since the last reset, or nobody can tell. */
  readonly heardSpeech: boolean;
  /** Takes the next chunk, while it is writable. */
  write(chunk: AudioChunk): void;
  /** Forgets what was heard so far. */
  reset(): void;
}
