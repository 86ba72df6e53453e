import { EarshotError } from "../errors/mod.ts";
import { scheduleFairly } from "../lifecycle/mod.ts";
import { serviceError } from "../service/mod.ts";
import type { AheadPlace, Place } from "./admission.ts";
import { AnswerText } from "./answer_text.ts";
import { type AnswerEnd, Attempt, type Usage } from "./attempt.ts";
import type { LlmEvent, LlmProviderRequest, LlmRequest } from "./contract.ts";
import { retryDelayMs } from "./retry.ts";
import type { AnswerEvent, LlmRunner } from "./runner.ts";

/** What comes of a question, in order: text, what is called, how many tokens were counted, the end. */
export type LlmText = Extract<LlmEvent, { type: "text" | "tool_call" | "thoughts" | "usage" | "ended" }>;

/** A chain of at least one language model. */
export type LlmChain = readonly [LlmRunner, ...LlmRunner[]];

/** Who asks, and how. */
export interface AskOptions {
  /** Aborting it ends the request at its socket and frees its place. */
  readonly signal: AbortSignal;
  /**
   * Who asks, such as the id of the device: one question of each is answered at a time, and all get their turn. A service
   * that keeps the history has one conversation with each.
   */
  readonly flow: string;
  /**
   * Asks ahead of time, before it is known whether it will be a question: only the first service, only if it keeps no
   * history, does nothing but answer, has a free place and is healthy, without a retry. Default: no.
   */
  readonly ahead?: boolean;
}

/** Faults that another service does not cure: the conversation is too long, or the subject is refused. */
const OF_THE_QUESTION = new Set(["llm.context", "llm.content", "canceled"]);

/**
 * One question on its way through a chain of services, each with its deadlines. It is asked at once; the answer is read
 * as fast as the service writes, at most 64 KB of it, and waits here for its one reader, while the place at the service
 * is free already. A service that fails before it has said a word is asked again, and then the next one of the chain.
 */
export class Answer implements AsyncIterable<LlmText> {
  readonly #members: LlmChain;
  readonly #request: LlmProviderRequest;
  readonly #options: AskOptions;
  readonly #text = new AnswerText();
  readonly #life = new AbortController();
  readonly #onAbort = () => this.#giveUp();
  readonly #askedMs: number;
  /** The service that is asked now. */
  #runner: LlmRunner;
  /** The services that had no place. */
  readonly #busy: LlmRunner[] = [];
  #ahead: boolean;
  #place: Place | AheadPlace | undefined;
  #attempt: Attempt | undefined;
  #spoken = false;
  #usage: Usage | undefined;
  #cut = false;
  #ended = false;
  #endedMs = 0;
  /** When the whole answer is due, on the clock of the service that is asked. */
  #dueMs = Infinity;
  #cancelTotal = () => {};

  /** Asks; made by `Answerer.ask`. */
  constructor(members: LlmChain, request: LlmRequest, options: AskOptions) {
    this.#members = members;
    this.#runner = members[0];
    this.#request = { ...request, conversation: options.flow };
    this.#options = options;
    this.#ahead = options.ahead ?? false;
    this.#askedMs = this.#runner.clock.nowMs();
    if (options.signal.aborted) {
      this.#giveUp();
      return;
    }
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
    void this.#run();
  }

  /**
   * Makes a question that was asked ahead of time a real one, which keeps its place. `false`: it has failed, found no
   * place or lost it; then it is over, and the question is to be asked anew.
   */
  promote(): boolean {
    const failed = this.#text.end?.error !== undefined || this.#options.signal.aborted;
    if (!this.#ahead || failed) return !failed;
    if (!this.#ended && !this.#promotePlace()) {
      this.#fail(
        serviceError(this.#runner.service, "busy", { detail: "this device is being answered already" }),
      );
      return false;
    }
    this.#ahead = false;
    this.#runner.onEvent({ type: "ahead", what: "used" });
    if (this.#ended) this.#report();
    return true;
  }

  /**
   * The answer, for one reader; leaving the loop gives it up. Throws `llm.*`, after the text that came before, or
   * `canceled` as soon as the signal is aborted.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<LlmText, void> {
    try {
      for (;;) {
        if (this.#options.signal.aborted) throw this.#canceled();
        const text = this.#text.take();
        if (text !== "") {
          yield { type: "text", text };
          continue;
        }
        const { end } = this.#text;
        if (end === undefined) {
          await this.#text.changed();
          continue;
        }
        if (end.error !== undefined) throw end.error;
        // One that keeps the history counts more than it was sent.
        const { stateless } = this.#runner.provider.capabilities;
        if (this.#usage !== undefined && stateless) yield this.#usage;
        return yield { type: "ended", reason: end.reason };
      }
    } finally {
      this.#giveUp();
    }
  }

  async #run(): Promise<void> {
    const members = [...this.#members];
    try {
      for (let runner = members.shift(); runner !== undefined; runner = members.shift()) {
        const [next] = members;
        try {
          this.#succeed(await this.#askService(runner));
          return;
        } catch (thrown) {
          const error = EarshotError.from(thrown, "llm.failed");
          const isLast = next === undefined || this.#spoken || this.#ahead || OF_THE_QUESTION.has(error.code);
          if (this.#ended || isLast) throw error;
          if (error.code === "llm.busy" && this.#place === undefined) this.#busy.push(runner);
          this.#leave();
          runner.onEvent({ type: "retried", error, next: next.provider.name });
        }
      }
    } catch (thrown) {
      this.#fail(EarshotError.from(thrown, "llm.failed"));
    }
  }

  /** Asks one service, again after a fault that may pass. */
  async #askService(runner: LlmRunner): Promise<AnswerEnd> {
    const { guard, onEvent } = runner;
    this.#runner = runner;
    await this.#enter(runner);
    if (this.#isOver()) {
      this.#leave();
      throw this.#canceled();
    }
    this.#limit(runner);
    for (let tries = 0;; tries++) {
      guard.assertAvailable();
      const attempt = this.#attempt = this.#begin(runner);
      try {
        const reason = await attempt.run();
        guard.succeeded();
        runner.answered();
        return reason;
      } catch (thrown) {
        const error = EarshotError.from(thrown, "llm.failed");
        guard.failed(error, { givenUp: this.#ended, counts: isFaultOfService(error) });
        const delayMs = this.#delayBeforeRetry(error, tries);
        if (delayMs === undefined) throw error;
        onEvent({ type: "retried", error });
        await this.#wait(runner, delayMs);
        if (this.#isOver() || guard.stats.breaker === "open") throw error;
      }
    }
  }

  /** Takes a place; for a question ahead of time without a wait, so that it is asked within the call that asks it. */
  async #enter(runner: LlmRunner): Promise<void> {
    const { admission, clock, guard, onEvent } = runner;
    if (this.#ahead) {
      this.#place = this.#enterAhead(runner);
      onEvent({ type: "ahead", what: "started" });
      return;
    }
    if (guard.stats.breaker === "open") guard.assertAvailable();
    const cameMs = clock.nowMs();
    this.#place = await admission.enter(this.#options.flow, this.#life.signal);
    onEvent({ type: "admitted", queueMs: clock.nowMs() - cameMs });
  }

  #enterAhead({ admission, guard, onEvent, provider, service }: LlmRunner): AheadPlace {
    const { stateless, acts = false } = provider.capabilities;
    const mayBeAsked = stateless && !acts && guard.stats.breaker === "closed";
    const place = mayBeAsked
      ? admission.enterAhead(this.#options.flow, () => {
        onEvent({ type: "ahead", what: "given_up" });
        this.#fail(serviceError(service, "busy", { detail: "the place was needed" }));
      })
      : undefined;
    if (place !== undefined) return place;
    onEvent({ type: "ahead", what: "refused" });
    throw serviceError(service, "busy", { detail: "no place is free" });
  }

  #promotePlace(): boolean {
    return this.#place !== undefined && "promote" in this.#place && this.#place.promote();
  }

  #begin(runner: LlmRunner): Attempt {
    const { clock, onEvent } = runner;
    const sentMs = clock.nowMs();
    this.#usage = undefined;
    return new Attempt(runner, this.#request, {
      onText: (text) => {
        if (!this.#spoken) onEvent({ type: "first_token", firstTokenMs: clock.nowMs() - sentMs });
        this.#spoken = true;
        const fits = this.#text.push(text);
        if (!fits) this.#cut = true;
        return fits;
      },
      onUsage: (usage) => {
        this.#usage = usage;
      },
    });
  }

  /** How long to wait before the service is asked again, in ms; `undefined` when it is not. */
  #delayBeforeRetry(error: EarshotError, tries: number): number | undefined {
    const { clock, options: { retries }, provider: { capabilities } } = this.#runner;
    if (this.#isOver() || this.#spoken || this.#ahead || tries >= retries) return undefined;
    const repeatable = capabilities.stateless && capabilities.acts !== true;
    const delayMs = retryDelayMs(error, { tries, repeatable });
    return delayMs !== undefined && clock.nowMs() + delayMs < this.#dueMs ? delayMs : undefined;
  }

  #limit({ clock, options: { totalTimeoutMs }, service }: LlmRunner): void {
    this.#cancelTotal();
    this.#dueMs = clock.nowMs() + totalTimeoutMs;
    this.#cancelTotal = scheduleFairly(clock, totalTimeoutMs, () => {
      const detail = `the whole answer was not there within ${totalTimeoutMs} ms`;
      this.#attempt?.giveUp(serviceError(service, "timeout", { detail }));
    });
  }

  #wait({ clock }: LlmRunner, ms: number): Promise<void> {
    const { signal } = this.#life;
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = clock.schedule(ms, done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #succeed(reason: AnswerEnd): void {
    for (const { admission } of this.#busy) admission.forget(this.#options.flow);
    this.#close({ reason });
  }

  #fail(error: EarshotError): void {
    this.#close({ error });
  }

  #giveUp(): void {
    if (!this.#ended) this.#fail(this.#canceled());
  }

  #close(end: { readonly reason: AnswerEnd } | { readonly error: EarshotError }): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#endedMs = this.#runner.clock.nowMs();
    this.#text.finish(end);
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    if ("error" in end) this.#attempt?.giveUp(end.error);
    this.#life.abort();
    this.#leave();
    if (!this.#ahead) this.#report();
  }

  /** Gives the place back. */
  #leave(): void {
    this.#cancelTotal();
    this.#place?.release();
    this.#place = undefined;
  }

  #report(): void {
    const { error, reason } = this.#text.end ?? {};
    const event: AnswerEvent = {
      type: "ended",
      ...(error !== undefined && { error }),
      ...(reason !== undefined && { reason }),
      ...(this.#usage !== undefined && {
        promptTokens: this.#usage.promptTokens,
        answerTokens: this.#usage.answerTokens,
      }),
      cut: this.#cut,
      totalMs: this.#endedMs - this.#askedMs,
    };
    this.#runner.onEvent(event);
  }

  // A method, because it may become true while something is awaited, which narrowing cannot see.
  #isOver(): boolean {
    return this.#ended;
  }

  #canceled(): EarshotError {
    const cause = this.#options.signal.reason;
    return new EarshotError("canceled", "Cannot go on with the answer: it was given up", { cause });
  }
}

/** Whether the circuit breaker counts it: a conversation that is too long says nothing of the service, a spent account does. */
function isFaultOfService({ code, retryable }: EarshotError): boolean {
  return code === "llm.quota" || retryable && code !== "llm.context";
}
