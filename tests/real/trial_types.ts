/** A registered type of service, by its stage and its name, such as `asr.vosk`. */
export type TriedType = `${"asr" | "llm" | "tts"}.${string}`;

/**
 * The types that each trial runs against the real thing, by the trial's name; `docs/services.md` says so of each type.
 * They stand apart from the trials, which fetch weights as soon as they are imported.
 */
export const TRIAL_TYPES = {
  "wyoming": ["asr.wyoming"],
  "sherpa-server": ["asr.sherpaServer"],
  "sherpa": ["asr.sherpa"],
  "vosk": ["asr.vosk"],
  "llama": ["llm.openai"],
  "piper": ["tts.piper", "tts.openai"],
  "wyoming-voice": ["tts.wyoming"],
  "turn": ["asr.moonshine", "llm.openai", "tts.flite", "tts.openai"],
  "voices": ["tts.sherpa"],
} as const satisfies Readonly<Record<string, readonly TriedType[]>>;

/** The name of a trial. */
export type TrialName = keyof typeof TRIAL_TYPES;
