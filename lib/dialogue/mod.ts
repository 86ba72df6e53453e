/**
 * The conversation: prompt, history, and an answer cut into pieces that can be spoken. No sound.
 *
 * @module
 */
export { announcement, type AnnouncementOptions } from "./announcement.ts";
export { hasWords } from "./characters.ts";
export type { ContextWindowOptions } from "./context_window.ts";
export type { AskLlm, DialogueContext, DialogueEvent, PastTurn } from "./contract.ts";
export { pastTurnOf } from "./past_turn.ts";
export { DeviceHistories } from "./device_histories.ts";
export { DeviceHistory, type LoadedHistory } from "./device_history.ts";
export { wordCount } from "./words.ts";
export { type AnswerOptions, Dialogue, type DialogueOptions, type WritePiece } from "./dialogue.ts";
export { emotionIn, EmotionReader } from "./emotion.ts";
export { ExitPhrases } from "./exit_phrases.ts";
export { languageOf } from "./language_of.ts";
export { registerDialogueMetrics } from "./metrics.ts";
export { PieceCutter, type PieceCutterOptions } from "./piece_cutter.ts";
export { sameWords } from "./same_words.ts";
export { SpokenText } from "./spoken_text.ts";
export { Summaries, type SummariesOptions, type SummariesStats, type SummaryWriter } from "./summaries.ts";
export {
  summarize,
  type SummarizeOptions,
  type SummaryInput,
  type SummaryOutcome,
  turnsToSummarize,
} from "./summary.ts";
export { ThinkFilter } from "./think_filter.ts";
export { TurnCount } from "./turn_count.ts";
