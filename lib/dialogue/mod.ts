/**
 * The conversation: prompt, history, and an answer cut into pieces that can be spoken. No sound.
 *
 * @module
 */
export type { AskLlm, DialogueContext, DialogueEvent, LlmText, PastTurn } from "./contract.ts";
