import { sherpaVoiceOver } from "../../support/open_voice.ts";
import type { TtsSubject } from "../tts_subjects.ts";
import { IN_ENGINE } from "./in_engine.ts";

/** A voice that the user brought, in an engine. */
export const SHERPA_SUBJECTS: readonly TtsSubject[] = [{
  name: "sherpa",
  type: "sherpa",
  engine: sherpaVoiceOver,
  ...IN_ENGINE,
}];
