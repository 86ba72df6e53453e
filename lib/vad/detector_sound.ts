import type { AudioChunk } from "../audio/mod.ts";
import type { HearRequest } from "../engine/mod.ts";

/** Whose sound a detector judges, and what else of it is wanted from the engine. */
export interface DetectorSound {
  /** The same object for all sound of a device. */
  readonly source: object;
  /** The first packet that may be asked for again, once those before packet `nextSeq` are judged. */
  keepFromSeq(nextSeq: number): number;
  /** What is to come back besides verdicts. */
  readonly wants: HearRequest["wants"];
  /** The engine gives the sound of a chunk, before its verdict. */
  onPcm(chunk: AudioChunk, pcm: Int16Array): void;
}
