import { EarshotError } from "../errors/mod.ts";
import { scheduleFairly } from "../lifecycle/mod.ts";
import { serviceError } from "../service/mod.ts";
import type { AnswerPart } from "./answer_parts.ts";
import type { LlmEvent, LlmProviderRequest } from "./contract.ts";
import type { LlmRunner } from "./runner.ts";

/** How an answer ended. */
export type AnswerEnd = Extract<LlmEvent, { type: "ended" }>["reason"];

/** How many tokens the service counted. */
export type Usage = Extract<LlmEvent, { type: "usage" }>;

/** Told of what an {@linkcode Attempt} reads; none may throw. */
export interface AttemptHandlers {
  /** The next part of the answer, never empty; `false`: no more of it is wanted. */
  readonly onPart: (part: AnswerPart) => boolean;
  /** How many tokens were counted. */
  readonly onUsage: (usage: Usage) => void;
}

/**
 * One try at a question: a request, and what it answers, within its deadlines. It ends with `run`, or when it is given up;
 * what the service says later touches nothing.
 */
export class Attempt {
  readonly #runner: LlmRunner;
  readonly #request: LlmProviderRequest;
  readonly #handlers: AttemptHandlers;
  readonly #life = new AbortController();
  readonly #outcome = Promise.withResolvers<AnswerEnd>();
  /** Nothing that comes from now on counts. */
  #over = false;
  #started = false;
  /** Whether there was a word or a call, which is what was asked for. */
  #answered = false;
  /** Whether one is being written. */
  #writing = false;
  #lifeSignMs = 0;
  #cancelDeadline = () => {};

  /** Does nothing before `run`. */
  constructor(runner: LlmRunner, request: LlmProviderRequest, handlers: AttemptHandlers) {
    this.#runner = runner;
    this.#request = request;
    this.#handlers = handlers;
    this.#outcome.promise.catch(() => {});
  }

  /** Sends the question and reads the answer to its end. Rejects with an `EarshotError`; called once. */
  run(): Promise<AnswerEnd> {
    const { headersTimeoutMs } = this.#runner.options;
    if (!this.#over) {
      this.#expect(headersTimeoutMs, "it did not begin to answer");
      void this.#read();
    }
    return this.#outcome.promise;
  }

  /** Gives it up: its request ends at its socket. May be called twice. */
  giveUp(error: EarshotError): void {
    if (this.#over) return;
    this.#end();
    this.#outcome.reject(error);
    this.#life.abort(error);
  }

  async #read(): Promise<void> {
    const { provider, service } = this.#runner;
    try {
      for await (const event of provider.answer(this.#request, this.#life.signal)) {
        if (!this.#over) this.#take(event);
        if (this.#over) return;
      }
      if (this.#answered) this.#finish("truncated");
      else throw serviceError(service, "failed", { detail: "its events ended before the last one" });
    } catch (thrown) {
      this.giveUp(EarshotError.from(thrown, "llm.failed"));
    }
  }

  #take(event: LlmEvent): void {
    this.#begin();
    this.#lifeSignMs = this.#runner.clock.nowMs();
    switch (event.type) {
      case "text":
        return this.#takeText(event.text);
      case "calling":
        return this.#write();
      case "tool_call":
        this.#answered = true;
        this.#write();
        return this.#hand(event);
      case "thoughts":
        return this.#hand(event);
      case "usage":
        return this.#handlers.onUsage(event);
      case "ended":
        return this.#finish(event.reason);
    }
  }

  #begin(): void {
    if (this.#started) return;
    this.#started = true;
    this.#expect(this.#runner.options.firstTokenTimeoutMs, "it began to answer, but said no word");
  }

  #takeText(piece: string): void {
    // Blanks before the first word are no answer: a model that was told not to think often begins with them.
    const text = this.#answered ? piece : piece.trimStart();
    if (text === "") return;
    this.#answered = true;
    this.#write();
    this.#hand({ type: "text", text });
  }

  /** The first word is there, or begins; the next ones are waited for. */
  #write(): void {
    if (this.#writing) return;
    this.#writing = true;
    this.#expectMore(this.#runner.options.tokenTimeoutMs);
  }

  #hand(part: AnswerPart): void {
    if (this.#handlers.onPart(part)) return;
    this.#finish("length");
    this.#life.abort();
  }

  #finish(reason: AnswerEnd): void {
    if (this.#over) return;
    this.#end();
    if (this.#answered) return this.#outcome.resolve(reason);
    const { name } = this.#runner.provider;
    this.#outcome.reject(new EarshotError("llm.empty", `Cannot answer with ${name}: it said no word`));
  }

  #end(): void {
    this.#over = true;
    this.#cancelDeadline();
  }

  #expect(limitMs: number, what: string): void {
    this.#cancelDeadline();
    this.#cancelDeadline = scheduleFairly(this.#runner.clock, limitMs, () => this.#expire(limitMs, what));
  }

  /** The same for each next sign of life: one timer, which looks when the last one was. */
  #expectMore(leftMs: number): void {
    const { clock, options: { tokenTimeoutMs } } = this.#runner;
    this.#cancelDeadline();
    this.#cancelDeadline = scheduleFairly(clock, leftMs, () => {
      const silentMs = clock.nowMs() - this.#lifeSignMs;
      if (silentMs < tokenTimeoutMs) this.#expectMore(tokenTimeoutMs - silentMs);
      else this.#expire(tokenTimeoutMs, "it stopped in mid-answer");
    });
  }

  #expire(limitMs: number, what: string): void {
    this.giveUp(serviceError(this.#runner.service, "timeout", { detail: `${what} within ${limitMs} ms` }));
  }
}
