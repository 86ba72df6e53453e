import type { AudioChunk } from "../../lib/audio/mod.ts";
import type { DetectorSound } from "../../lib/vad/mod.ts";

/** The sound of a device of its own, of which nothing is asked for again unless `changes` say so. */
export function detectorSound(changes: Partial<DetectorSound> = {}): DetectorSound {
  return {
    source: {},
    keepFromSeq: (nextSeq: number) => nextSeq,
    wants: undefined,
    onPcm: (_chunk: AudioChunk, _pcm: Int16Array) => {},
    ...changes,
  };
}
