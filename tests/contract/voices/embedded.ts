import type { EmbeddedVoice } from "../../../lib/engine/mod.ts";
import type { TtsSubject } from "../tts_subjects.ts";
import { IN_ENGINE } from "./in_engine.ts";

/** The voices that run in the engine. */
export const EMBEDDED_VOICES: readonly TtsSubject[] = [embedded("hibari"), embedded("flite")];

function embedded(voice: EmbeddedVoice): TtsSubject {
  return {
    name: voice,
    type: voice,
    ...IN_ENGINE,
  };
}
