import type { LlmRequest } from "../llm/mod.ts";
import { textOfSteps, textOfTools } from "./told_steps.ts";

/** Tenths of a token that a character is: somewhat more than what tokenizers make of Latin script, and of Chinese. */
const TENTHS_PER_LATIN = 3;
const TENTHS_PER_OTHER = 8;
/** What a message costs besides its text: its role and its marks. */
const TOKENS_PER_MESSAGE = 4;
/** How far a service's own count may correct the estimate; beyond that it counts something else, such as no cached ones. */
const MIN_SCALE = 0.5;
const MAX_SCALE = 4;
/** How long a learned limit holds: a chain may be back at a model that reads more. */
const LEARNED_MS = 3_600_000;

/** How many tokens a text is, roughly: 0.3 a Latin character, 0.8 one of any other script. */
export function estimateTokens(text: string): number {
  let others = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x250) others++;
  return (others * TENTHS_PER_OTHER + (text.length - others) * TENTHS_PER_LATIN) / 10;
}

/** Options of {@linkcode ContextWindow}. */
export interface ContextWindowOptions {
  /** How many tokens of conversation and answer the models of the agent read. Default 8,192. */
  readonly contextTokens?: number;
  /** The most tokens of an answer; at most half of the window. Default 1,024. */
  readonly maxAnswerTokens?: number;
}

/**
 * How much a model can read. It learns: how its tokens compare with the estimate, from each answer's usage, and how much
 * is too much, from each refusal (for one hour).
 */
export class ContextWindow {
  readonly #contextTokens: number;
  readonly #maxAnswerTokens: number;
  #scale = 1;
  #learned: { readonly tokens: number; readonly untilMs: number } | undefined;

  /** Starts with what the config says. */
  constructor({ contextTokens = 8_192, maxAnswerTokens = 1_024 }: ContextWindowOptions = {}) {
    this.#contextTokens = contextTokens;
    this.#maxAnswerTokens = maxAnswerTokens;
  }

  /** How many tokens a message is. */
  tokensOf(text: string): number {
    return Math.ceil(this.#scale * messageTokens(text));
  }

  /** The most tokens of an answer. `nowMs` is monotonic. */
  answerTokens(nowMs: number): number {
    return Math.max(1, Math.min(this.#maxAnswerTokens, Math.floor(this.#limit(nowMs) / 2)));
  }

  /** How many tokens are left for the history beside the answer and these texts; never below 0. `nowMs` is monotonic. */
  historyTokens(texts: readonly string[], nowMs: number): number {
    return Math.max(0, this.#limit(nowMs) - this.answerTokens(nowMs) - this.#sum(texts));
  }

  /** Takes a service's own count of a request. */
  learnUsage(request: LlmRequest, promptTokens: number): void {
    if (!(promptTokens > 0)) return;
    const estimated = textsOf(request).reduce((tokens, text) => tokens + messageTokens(text), 0);
    this.#scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, promptTokens / estimated));
  }

  /** Takes as the limit what is asked instead of a request that was too long. `nowMs` is monotonic. */
  learnLimit(request: LlmRequest, nowMs: number): void {
    const tokens = this.#sum(textsOf(request)) + request.maxTokens;
    this.#learned = { tokens: Math.min(tokens, this.#limit(nowMs)), untilMs: nowMs + LEARNED_MS };
  }

  #limit(nowMs: number): number {
    if (this.#learned !== undefined && nowMs >= this.#learned.untilMs) this.#learned = undefined;
    return Math.min(this.#contextTokens, this.#learned?.tokens ?? Infinity);
  }

  #sum(texts: readonly string[]): number {
    return texts.reduce((tokens, text) => tokens + this.tokensOf(text), 0);
  }
}

function messageTokens(text: string): number {
  return estimateTokens(text) + TOKENS_PER_MESSAGE;
}

function textsOf(request: LlmRequest): readonly string[] {
  const { instructions, history, context, question, tools = [], steps = [] } = request;
  const past = history.flatMap((message) => message.steps ?? []);
  const ofTools = [textOfSteps([...past, ...steps]), tools.length === 0 ? "" : textOfTools(tools)];
  return [
    instructions,
    ...history.map(({ content }) => content),
    context,
    question,
    ...ofTools.filter((text) => text !== ""),
  ];
}
