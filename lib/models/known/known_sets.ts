/** Known models that are fetched together, since one alone is of little use. */
export interface KnownSet {
  /** One line for a list. */
  readonly description: string;
  /** What hears. */
  readonly recognizer: string;
  /** What speaks. */
  readonly voice: string;
  /** The language (BCP 47) of an agent with the two. */
  readonly language: string;
}

/** Each set by its name, which `earshot models pull` takes as it takes that of a model. */
export const KNOWN_SETS: Readonly<Record<string, KnownSet>> = {
  chinese: {
    description: "an ear and a voice for Chinese",
    recognizer: "sense-voice",
    voice: "kokoro-zh",
    language: "zh-CN",
  },
};
