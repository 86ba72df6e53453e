import { EarshotError } from "../errors/mod.ts";
import { type Clock, systemClock } from "../lifecycle/mod.ts";
import type { LlmRequest } from "../llm/mod.ts";
import { AnswerReader } from "./answer_reader.ts";
import { cutBytes, sendable } from "./readable_text.ts";
import { ContextWindow, type ContextWindowOptions } from "./context_window.ts";
import type { AskLlm, DialogueContext, DialogueEvent } from "./contract.ts";
import type { LlmText } from "../llm/mod.ts";
import { ExitPhrases } from "./exit_phrases.ts";
import { languageOf } from "./language_of.ts";
import { fitHistory, type RecentTalk, recentTalk, tokensOfHistory } from "./history.ts";
import { contextOf, instructionsOf } from "./prompt.ts";
import { promptWords } from "./prompt_words.ts";
import { sameWords } from "./same_words.ts";
import { SpokenPieces } from "./spoken_pieces.ts";

/** The most text of an answer, in UTF-8. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Options of a {@linkcode Dialogue}. */
export interface DialogueOptions extends ContextWindowOptions {
  /** What ends the conversation when nothing else is said; the usual phrases unless told. */
  readonly exitPhrases?: readonly string[];
  /** Writes each piece of an answer, and its spoken words, as the agent does. Default: it stays as it was written. */
  readonly write?: WritePiece | Promise<WritePiece>;
}

/** Gives a text as the agent writes it; `language` (BCP 47) is the one that the text is in, where that is known. */
export type WritePiece = (text: string, language: string | undefined) => string;

/** Options of {@linkcode Dialogue.answer}. */
export interface AnswerOptions {
  readonly ask: AskLlm;
  /** Ends the answer and the request at the language model. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

type Asking = Required<AnswerOptions>;

/**
 * The conversation of one agent: builds what a language model is asked, and cuts what it says into pieces that can be
 * spoken. It holds nothing of a device, and serves any number of them at once.
 */
export class Dialogue {
  readonly #window: ContextWindow;
  readonly #exits: ExitPhrases;
  readonly #write: DialogueOptions["write"];

  /** Creates the conversation of an agent. */
  constructor(options: DialogueOptions = {}) {
    this.#window = new ContextWindow(options);
    this.#exits = new ExitPhrases(options.exitPhrases);
    this.#write = options.write;
    // An answer that cannot be written fails.
    Promise.resolve(options.write).catch(() => {});
  }

  /**
   * Answers. Taking the first event begins it, and may be done ahead of time: until the next one is taken nothing more is
   * read from `ask`, whose own buffer is the bound. Leaving the loop, or `return()` at any time, ends the request.
   *
   * An exit phrase gets the farewell and `goodbye`, without a model. An answer over 64 KB, one at its limit of tokens, and
   * one that broke off end with `cut`. A conversation that is too long for the model is asked once more with half of the
   * history.
   *
   * @throws {EarshotError} what `ask` throws; `llm.empty` for an answer with neither a word nor an emoji; `canceled`.
   * After `llm.content` the turn belongs into the record as refused (see {@linkcode PastTurn}).
   */
  answer(
    question: string,
    context: DialogueContext,
    { ask, signal, clock = systemClock }: AnswerOptions,
  ): AsyncIterableIterator<DialogueEvent> {
    const left = new AbortController();
    const life = AbortSignal.any([signal, left.signal]);
    const events = this.#written(question, context, { ask, signal: life, clock });
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        try {
          return await events.next();
        } catch (thrown) {
          if (left.signal.aborted) return { done: true, value: undefined };
          throw thrown;
        }
      },
      // A generator alone would first wait for the part that it waits for.
      async return() {
        left.abort(new EarshotError("canceled", "Cannot answer: nobody takes the answer"));
        await events.return(undefined).then(undefined, () => {});
        return { done: true, value: undefined };
      },
    };
  }

  /** The answer in the agent's script. A piece is whole words: what a character becomes depends on those beside it. */
  async *#written(
    question: string,
    context: DialogueContext,
    asking: Asking,
  ): AsyncGenerator<DialogueEvent, undefined> {
    const write = await this.#write;
    const { heardLanguage, languages: own } = context;
    const languages = heardLanguage === undefined ? own : [heardLanguage, ...own] as const;
    let language: string | undefined;
    for await (const event of this.#events(question, context, asking)) {
      if (write === undefined || event.type !== "piece") yield event;
      else {
        language = languageOf(event.text, languages, { before: language });
        yield { ...event, text: write(event.text, language), spoken: write(event.spoken, language) };
      }
    }
  }

  async *#events(
    question: string,
    context: DialogueContext,
    asking: Asking,
  ): AsyncGenerator<DialogueEvent, undefined> {
    const { signal, clock } = asking;
    if (this.#exits.has(question)) {
      const { farewell } = promptWords(context.languages[0]);
      yield { type: "piece", text: farewell, spoken: farewell, emotion: "neutral" };
      yield { type: "ended", reason: "goodbye" };
      return;
    }
    const reader = new AnswerReader(this.#ask(question, context, asking), { signal, clock });
    const pieces = new SpokenPieces(context.languages, { clock });
    let reason: "complete" | "cut" = "cut";
    try {
      let leftBytes = MAX_ANSWER_BYTES;
      for (let part = await reader.next(); part !== undefined; part = await reader.next(pieces.quietMs)) {
        if (part === "quiet") {
          yield* pieces.quiet();
        } else if (part.type === "ended") {
          if (part.reason === "stop") reason = "complete";
          break;
        } else if (part.type === "text") {
          const text = cutBytes(part.text, leftBytes);
          leftBytes -= new TextEncoder().encode(text).length;
          yield* pieces.push(text);
          if (text.length < part.text.length) break;
        }
      }
    } finally {
      // Before the rest is spoken: the place at the service is another's by then.
      await reader.close();
    }
    yield* pieces.end();
    if (!pieces.perceptible) {
      throw new EarshotError("llm.empty", "Cannot speak the answer: there is no word in it");
    }
    yield { type: "ended", reason };
  }

  /** Asks, and asks once more with half of the history where it is too long for the model. */
  async *#ask(
    question: string,
    context: DialogueContext,
    { ask, signal, clock }: Asking,
  ): AsyncGenerator<LlmText> {
    const talk = recentTalk(context.history, context.nowMs);
    const build = (historyTokens: number) => this.#request({ question, context, talk, historyTokens, clock });
    let { request, historyTokens } = build(Infinity);
    for (let again = false;; again = true) {
      let begun = false;
      try {
        for await (const part of ask(request, signal)) {
          if (part.type === "usage") this.#window.learnUsage(request, part.promptTokens);
          begun ||= part.type === "text";
          yield part;
        }
        return;
      } catch (thrown) {
        if (!(thrown instanceof EarshotError) || thrown.code !== "llm.context") throw thrown;
        const couldShrink = historyTokens > 0;
        ({ request, historyTokens } = build(historyTokens / 2));
        this.#window.learnLimit(request, clock.nowMs());
        if (begun) {
          yield { type: "ended", reason: "truncated" };
          return;
        }
        if (again || !couldShrink) throw thrown;
      }
    }
  }

  #request({ question, context, talk, historyTokens, clock }: {
    readonly question: string;
    readonly context: DialogueContext;
    readonly talk: RecentTalk;
    /** The most tokens of the history, if that is less than what fits. */
    readonly historyTokens: number;
    readonly clock: Clock;
  }): { readonly request: LlmRequest; readonly historyTokens: number } {
    const nowMs = clock.nowMs();
    const instructions = instructionsOf(context);
    const moment = contextOf(context);
    const words = sendable(question);
    const tokensOf = (text: string) => this.#window.tokensOf(text);
    const room = this.#window.historyTokens([instructions, moment, words], nowMs);
    const unanswered = talk.unanswered.filter((text) => !sameWords(text, words));
    const history = fitHistory({ ...talk, unanswered }, {
      maxTokens: Math.min(room, historyTokens),
      tokensOf,
    });
    return {
      request: {
        instructions,
        history: history.messages,
        context: moment,
        question: history.unanswered === "" ? words : `${history.unanswered}\n${words}`,
        language: context.heardLanguage ?? context.languages[0],
        maxTokens: this.#window.answerTokens(nowMs),
      },
      historyTokens: tokensOfHistory(history, tokensOf),
    };
  }
}
