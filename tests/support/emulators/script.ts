/** One sentence as a service hears it. */
export interface ScriptedSentence {
  /** What it says while it listens, each time all of the sentence so far. */
  readonly partials: readonly string[];
  /** What it says at the end of the sentence. */
  readonly final: string;
}

/** What goes wrong, and when. */
export type Fault =
  /** The connection is taken and nothing is ever said. */
  | { readonly at: "connect"; readonly what: "hang" }
  | { readonly at: "connect"; readonly what: "refuse"; readonly status: number; readonly body: string }
  | {
    /** Once it was asked to begin, after the first partial, or once the sound has ended. */
    readonly at: "start" | "mid" | "finish";
    readonly what: "hang" | "drop" | "giant" | "trickle" | "flood";
  }
  | { readonly at: "start" | "mid" | "finish"; readonly what: "error"; readonly kind: RefusalKind };

/** Why services refuse. */
export type RefusalKind = "auth" | "quota" | "config" | "bad_audio" | "busy";

/** What an emulator does. */
export interface Script {
  /** What it hears in any sound; sentences come one after the other. */
  readonly sentences?: readonly ScriptedSentence[];
  /** How much sound there must be before each partial and each final, in ms. */
  readonly everyMs?: number;
  /** What goes wrong. */
  readonly fault?: Fault;
  /** For how many connections; then all is well. Default: all. */
  readonly faultTimes?: number;
  /** How long it thinks before each word, in ms. */
  readonly delayMs?: number;
}

/** Two sentences, the first of which grows. */
export const TWO_SENTENCES: readonly ScriptedSentence[] = [
  { partials: ["good", "good morning"], final: "Good morning." },
  { partials: ["how"], final: "How are you?" },
];
