/**
 * The conversation: prompt, history, and an answer cut into pieces that can be spoken. No sound.
 *
 * @module
 */
export type { ContextWindowOptions } from "./context_window.ts";
export type { AskLlm, DialogueContext, DialogueEvent, LlmText, PastTurn } from "./contract.ts";
export { type AnswerOptions, Dialogue, type DialogueOptions } from "./dialogue.ts";
export { sameWords } from "./same_words.ts";
export {
  summarize,
  type SummarizeOptions,
  type SummaryInput,
  type SummaryOutcome,
  turnsToSummarize,
} from "./summary.ts";
