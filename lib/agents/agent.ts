import type { Recognizer } from "../asr/mod.ts";
import type { Dialogue } from "../dialogue/mod.ts";
import type { Answerer } from "../llm/mod.ts";
import type { Voice } from "../tts/mod.ts";
import type { Pipeline } from "./pipeline.ts";
import type { QuietHours } from "./quiet_hours.ts";

/** How an agent answers. */
export interface AnswerSettings {
  /** Makes an answer of what was said. */
  readonly dialogue: Dialogue;
  /** The language models. */
  readonly answerer: Answerer;
  /** Has the language models loaded that are loaded on demand, while nobody waits for it. */
  readonly warm: () => void;
  /** What speaks. */
  readonly voice: Voice;
  /** Its own words of how it should be. */
  readonly prompt: string;
  /** Whether what is said is kept beyond the connection. */
  readonly memory: boolean;
  /** The longest answer that is spoken, in ms. */
  readonly maxAnswerMs: number;
  readonly quietHours: QuietHours | undefined;
  readonly turnsPerDay: number | undefined;
  readonly fillers: boolean;
  readonly interrupt: "auto" | "speech" | "button";
  /** Whether the language model is asked before the end of speech is known. */
  readonly answerAhead: boolean;
  /** Patterns of the tools that it may call; the harmless ones of the usual sources without them. */
  readonly tools?: readonly string[] | undefined;
}

/** Which services, language and manner a device has; read anew when a turn starts. */
export interface Agent {
  /** Its key in the config. */
  readonly name: string;
  /** The languages of the speaker (BCP 47), the usual one first. */
  readonly languages: readonly [string, ...string[]];
  /** What finds the words. */
  readonly recognizer: Recognizer;
  /** What its sound goes through. */
  readonly pipeline: Pipeline;
  /** Whether home automation is told what is said and answered; unless told it is not. */
  readonly automation?: boolean;
  /** How it answers; absent where it does not. */
  readonly answers?: AnswerSettings | undefined;
}
