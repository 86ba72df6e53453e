/** The kinds of voices that sherpa-onnx runs here, and what each is made of besides its list of tokens. */
export const VOICE_KINDS = {
  /** Piper, MeloTTS, Coqui, icefall and other VITS models. */
  vits: { parts: ["model"], needsEspeak: false },
  matcha: { parts: ["model", "vocoder"], needsEspeak: false },
  kokoro: { parts: ["model", "voices"], needsEspeak: true },
  kitten: { parts: ["model", "voices"], needsEspeak: true },
} as const satisfies Readonly<
  Record<string, { readonly parts: readonly VoicePart[]; readonly needsEspeak: boolean }>
>;

/** A file of a voice, by the part that it plays. */
export type VoicePart = "model" | "vocoder" | "voices";

/** A name of {@linkcode VOICE_KINDS}. */
export type VoiceKind = keyof typeof VOICE_KINDS;

/** The kinds, as a config lists them. */
export const VOICE_KIND_NAMES = [
  "vits",
  "matcha",
  "kokoro",
  "kitten",
] as const satisfies readonly VoiceKind[];

/** The files of a voice, wherever they lie. */
export interface VoiceFiles {
  /** Its list of tokens. */
  readonly tokens: string;
  /** The graphs and tables that its kind names. */
  readonly parts: Readonly<Partial<Record<VoicePart, string>>>;
  /** The directory of eSpeak NG's data, where it has one. */
  readonly espeakDir?: string;
  /** How words are said, in the order in which they are looked up. */
  readonly lexicons: readonly string[];
  /** How dates, numbers and telephone numbers are written out, in the order in which that is done. */
  readonly rules: readonly string[];
}

/** A voice that the user brought. */
export interface SherpaVoice {
  readonly kind: VoiceKind;
  readonly files: VoiceFiles;
  /** How many threads speak a sentence. */
  readonly threads: number;
  /** Words that it can say, to load and to try it with. */
  readonly sample: string;
  /** sherpa-onnx's addon, verified, with its libraries beside it; without it Deno's package of it is loaded. */
  readonly addonPath?: string;
}

/** Who of a voice's speakers speaks, and how. */
export interface VoiceSettings {
  /** The speaker, by number. Default 0. */
  readonly speaker?: number;
  /** How fast: 2 is twice as fast. Default 1. */
  readonly speed?: number;
}
