/**
 * The conversation: prompt, history, and an answer cut into pieces that can be spoken. No sound.
 *
 * @module
 */
export { hasWords } from "./characters.ts";
export type { AskLlm, DialogueContext, DialogueEvent, LlmText, PastTurn } from "./contract.ts";
export { emotionIn, EmotionReader } from "./emotion.ts";
export { ExitPhrases } from "./exit_phrases.ts";
export { languageOf } from "./language_of.ts";
export { PieceCutter, type PieceCutterOptions } from "./piece_cutter.ts";
export { SpokenText } from "./spoken_text.ts";
