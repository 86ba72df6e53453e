import type { LlmRequest, LlmText } from "../llm/mod.ts";
import type { Emotion } from "../protocol/mod.ts";
import type { ToolEffect, ToolStep } from "../tools/mod.ts";

/** A turn of the conversation before, as the language model is told of it. */
export interface PastTurn {
  /** What the user said. */
  readonly user: string;
  /** The whole answer; `""` where there was none. */
  readonly answer: string;
  /** How many UTF-16 units of it were heard before it was interrupted. */
  readonly heardChars: number;
  /** What was done to answer it, in order; nothing unless told. */
  readonly steps?: readonly ToolStep[];
  /** When it was said, in ms since 1970. */
  readonly atMs: number;
  /** Whether a service refused its subject (`llm.content`): no language model is told of it again. */
  readonly refused?: boolean;
}

/** What an answer is given with. */
export interface DialogueContext {
  /** The agent's own words of how it should be; may be `""`. */
  readonly prompt: string;
  /** The languages of the agent (BCP 47), the usual one first. */
  readonly languages: readonly [string, ...string[]];
  /** The language that was heard (BCP 47), where the recognizer says it. */
  readonly heardLanguage?: string;
  /** Who speaks, where that is known. */
  readonly speaker?: string;
  /** What was said before, oldest first. */
  readonly history: readonly PastTurn[];
  /** What was said long ago, in short; `""` for nothing. */
  readonly summary: string;
  /** The time of day, in ms since 1970, and where. */
  readonly nowMs: number;
  readonly timeZone: string;
}

/** One part of an answer, in order. */
export type DialogueEvent =
  | {
    readonly type: "piece";
    /** As it is shown; all of them joined are the answer's text. */
    readonly text: string;
    /** As it is spoken: plain words; `""` where nothing of it is. */
    readonly spoken: string;
    /** The face that goes with it, where it changes. */
    readonly emotion?: Emotion;
  }
  /** What a tool asks the session to do; after the pieces that were said before the call. */
  | { readonly type: "effect"; readonly effect: ToolEffect }
  /** The end, last. `cut`: it was longer than it may be; `goodbye`: the conversation is over. */
  | { readonly type: "ended"; readonly reason: "complete" | "cut" | "goodbye" };

/** Asks the language models of an agent: a chain with deadlines, retries and admission. */
export type AskLlm = (request: LlmRequest, signal: AbortSignal) => AsyncIterable<LlmText>;
