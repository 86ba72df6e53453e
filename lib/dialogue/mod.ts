/**
 * The conversation: prompt, history, and an answer cut into pieces that can be spoken. No sound.
 *
 * @module
 */
export type { AskLlm, DialogueContext, DialogueEvent, LlmText, PastTurn } from "./contract.ts";
export { DeviceHistories } from "./device_histories.ts";
export { DeviceHistory, type LoadedHistory } from "./device_history.ts";
export { wordCount } from "./words.ts";
