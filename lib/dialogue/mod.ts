/**
 * The conversation: prompt, history, and an answer cut into pieces that can be spoken. No sound.
 *
 * @module
 */
export { ContextWindow, type ContextWindowOptions } from "./context_window.ts";
export type { AskLlm, DialogueContext, DialogueEvent, LlmText, PastTurn } from "./contract.ts";
export { sameWords } from "./same_words.ts";
export {
  type SummarizeOptions,
  summarize,
  type SummaryInput,
  type SummaryOutcome,
  turnsToSummarize,
} from "./summary.ts";
