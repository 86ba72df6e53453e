import type { Endpointing } from "../../agents/mod.ts";
import type { AudioChunk } from "../../audio/mod.ts";
import {
  PacketDetector,
  SpeechDetector,
  type SpeechDetectorOptions,
  type VadBatcher,
  type VadConfig,
} from "../../vad/mod.ts";

/** What tells speech from silence in a session's sound. */
export interface Detector {
  /** Whether it takes a chunk now; told when it does again. */
  readonly writable: boolean;
  /** Whether nothing that was written waits for its verdict. */
  readonly idle: boolean;
  /** Whether there may have been speech since the last reset, or nobody can tell. */
  readonly heardSpeech: boolean;
  /** Whether somebody waits for verdicts; otherwise they may come late, in larger batches. */
  set urgent(urgent: boolean);
  /** Takes the next chunk, while it is writable. */
  write(chunk: AudioChunk): void;
  /** Forgets what was heard so far. */
  reset(): void;
  /** Ends it. May be called twice. */
  close(): void;
}

/** Options of {@linkcode openDetector}. */
export interface DetectorOptions extends Pick<SpeechDetectorOptions, "onEvent" | "onReady"> {
  /** Finds speech, for all sessions at once. */
  readonly batcher: VadBatcher;
  /** When speech begins and ends. */
  readonly config: VadConfig;
}

/** The detector for a pipeline: where the recognizer ends utterances, the model is not asked. */
export function openDetector(endpointing: Endpointing, options: DetectorOptions): Detector {
  return endpointing === "service" ? new PacketDetector(options) : new SpeechDetector(options);
}
