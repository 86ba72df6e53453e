import { EarshotError } from "../errors/mod.ts";
import { type Clock, systemClock } from "../lifecycle/mod.ts";
import type { LlmRequest } from "../llm/mod.ts";
import type { TurnTools } from "../tools/mod.ts";
import { sendable } from "./readable_text.ts";
import { ContextWindow, type ContextWindowOptions } from "./context_window.ts";
import type { AskLlm, DialogueContext, DialogueEvent } from "./contract.ts";
import type { LlmText } from "../llm/mod.ts";
import { ExitPhrases } from "./exit_phrases.ts";
import { languageOf } from "./language_of.ts";
import { fitHistory, type RecentTalk, recentTalk, tokensOfHistory } from "./history.ts";
import { contextOf, instructionsOf, rulesOf } from "./prompt.ts";
import { PromptGuard } from "./prompt_guard.ts";
import { promptWords } from "./prompt_words.ts";
import { sameWords } from "./same_words.ts";
import { textOfSteps, textOfTools } from "./told_steps.ts";
import { type Round, ToolLoop } from "./tool_loop.ts";

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
  /** What may be called; nothing without them. */
  readonly tools?: TurnTools | undefined;
  /** Resolves once tools may be called, where the question is asked ahead of time. Default: at once. */
  readonly mayAct?: () => Promise<void>;
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
    { ask, signal, clock = systemClock, tools, mayAct = () => Promise.resolve() }: AnswerOptions,
  ): AsyncIterableIterator<DialogueEvent> {
    const left = new AbortController();
    const life = AbortSignal.any([signal, left.signal]);
    const events = this.#written(question, context, { ask, signal: life, clock, tools, mayAct });
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
    const guard = new PromptGuard({
      prompt: context.prompt,
      rules: rulesOf(own, { tools: (asking.tools?.offered.length ?? 0) > 0 }),
      language: own[0],
    });
    for await (const event of this.#events(question, context, asking)) {
      if (event.type === "piece" && guard.leaks(event.text)) {
        throw new EarshotError("llm.content", "Cannot speak the answer: it repeats its instructions");
      }
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
    if (this.#exits.has(question)) {
      const { farewell } = promptWords(context.languages[0]);
      yield { type: "piece", text: farewell, spoken: farewell, emotion: "neutral" };
      yield { type: "ended", reason: "goodbye" };
      return;
    }
    yield* new ToolLoop({
      ask: (round) => this.#ask(question, context, { ...asking, round }),
      question,
      context,
      tools: asking.tools,
      mayAct: asking.mayAct,
      signal: asking.signal,
      clock: asking.clock,
    }).events();
  }

  /** Asks, and asks once more with half of the history where it is too long for the model. */
  async *#ask(
    question: string,
    context: DialogueContext,
    { ask, signal, clock, tools, round }: Asking & { readonly round: Round },
  ): AsyncGenerator<LlmText> {
    const talk = recentTalk(context.history, context.nowMs);
    const build = (historyTokens: number) =>
      this.#request({ question, context, talk, historyTokens, clock, tools, round });
    let { request, historyTokens } = build(Infinity);
    for (let again = false;; again = true) {
      let begun = false;
      try {
        for await (const part of ask(request, signal)) {
          if (part.type === "usage") this.#window.learnUsage(request, part.promptTokens);
          begun ||= part.type === "text" || part.type === "tool_call";
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

  #request({ question, context, talk, historyTokens, clock, tools, round }: {
    readonly question: string;
    readonly context: DialogueContext;
    readonly talk: RecentTalk;
    /** The most tokens of the history, if that is less than what fits. */
    readonly historyTokens: number;
    readonly clock: Clock;
    readonly tools: TurnTools | undefined;
    readonly round: Round;
  }): { readonly request: LlmRequest; readonly historyTokens: number } {
    const nowMs = clock.nowMs();
    const offered = tools?.offered ?? [];
    const instructions = instructionsOf(context, { tools: offered.length > 0 });
    const moment = contextOf(context);
    const words = sendable(question);
    const tokensOf = (text: string) => this.#window.tokensOf(text);
    const steps = [...talk.unansweredSteps, ...round.steps];
    const besides = offered.length === 0 ? [] : [textOfTools(offered), textOfSteps(steps)];
    const room = this.#window.historyTokens([instructions, moment, words, ...besides], nowMs);
    const unanswered = talk.unanswered.filter((text) => !sameWords(text, words));
    const history = fitHistory({ ...talk, unanswered }, {
      maxTokens: Math.min(room, historyTokens),
      tokensOf,
    });
    return {
      request: {
        instructions,
        // Who is offered no tools must not be told of any: servers refuse that.
        history: offered.length > 0
          ? history.messages
          : history.messages.map(({ role, content }) => ({ role, content })),
        context: moment,
        question: history.unanswered === "" ? words : `${history.unanswered}\n${words}`,
        language: context.heardLanguage ?? context.languages[0],
        maxTokens: this.#window.answerTokens(nowMs),
        ...(offered.length > 0 && { tools: offered }),
        ...(offered.length > 0 && steps.length > 0 && { steps }),
        ...(round.toolsClosed && { toolsClosed: true }),
      },
      historyTokens: tokensOfHistory(history, tokensOf),
    };
  }
}
