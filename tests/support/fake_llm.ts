import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import type { Clock } from "../../lib/lifecycle/mod.ts";
import type {
  LlmCapabilities,
  LlmEvent,
  LlmProvider,
  LlmProviderRequest,
  LlmRequest,
  LlmToolCall,
} from "../../lib/llm/mod.ts";

/** Where an answer of a {@linkcode FakeLlm} fails or hangs: before that step, or after so many pieces of its text. */
export type FakeStep = "headers" | "first_token" | "end" | { readonly afterPieces: number };

/** What a {@linkcode FakeLlm} answers to one question. */
export interface FakeAnswer {
  /** The pieces of its text; a string is cut after each blank. Default: none. */
  readonly text?: string | readonly string[];
  /** What it calls after its text. Default: nothing. */
  readonly calls?: readonly LlmToolCall[];
  /** How long until it begins to answer, in ms. Default 0. */
  readonly headersMs?: number;
  /** How long the first piece takes after that, in ms. Default 0. */
  readonly firstTokenMs?: number;
  /** How long before each further piece, and before the end, in ms. Default 0. */
  readonly tokenMs?: number;
  /** While it waits, it says that often that it is alive, in ms. Default: never. */
  readonly aliveEveryMs?: number;
  /** What it counts. Default: it does not. */
  readonly usage?: { readonly promptTokens: number; readonly answerTokens: number };
  /** How it ends; `none` leaves the end out. Default: `stop`. */
  readonly reason?: Extract<LlmEvent, { type: "ended" }>["reason"] | "none";
  /** It fails there. */
  readonly fault?: { readonly at: FakeStep; readonly error: ErrorCode | Error };
  /** It says nothing from there on. */
  readonly hangsAt?: FakeStep;
  /** It hears no abort, as a library that ignores the signal. Default: it does. */
  readonly deaf?: boolean;
}

/** One question that a {@linkcode FakeLlm} was asked. */
export interface FakeCall {
  readonly request: LlmProviderRequest;
  readonly signal: AbortSignal;
  readonly askedMs: number;
  /** What it has said so far. */
  readonly said: string;
  /** How it has ended: whole, by a fault of its script, by its signal, or because its reader left; and when. */
  readonly end?: "ended" | "failed" | "canceled" | "left";
  readonly endedMs?: number;
}

/** Options of a {@linkcode FakeLlm}. */
export interface FakeLlmOptions extends Partial<LlmCapabilities> {
  /** The time source of its delays. */
  readonly clock: Clock;
  /** Its name in the config. Default: `fake`. */
  readonly name?: string;
  /** What it answers. Default: the question, after `You said: `. */
  readonly script?: (request: LlmRequest, index: number) => FakeAnswer;
}

/** A language model that answers by script, on an injected clock, and keeps a record of each question and its end. */
export class FakeLlm implements LlmProvider {
  readonly name: string;
  readonly capabilities: LlmCapabilities;
  /** Every question, as they came. */
  readonly calls: FakeCall[] = [];
  /** What it answers; may be changed at any time. */
  script: (request: LlmRequest, index: number) => FakeAnswer;
  /** How often it was to load its model, and when. */
  readonly warmedMs: number[] = [];
  /** What loading does; by default it takes no time. */
  warming: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  /** How many questions were answered at once at most. */
  maxActive = 0;
  closed = 0;
  /** Conversations that were erased. */
  readonly forgotten: string[] = [];
  readonly #clock: Clock;

  /** Is asked nothing yet. */
  constructor({ clock, name = "fake", script, ...capabilities }: FakeLlmOptions) {
    this.#clock = clock;
    this.name = name;
    this.script = script ?? (({ question }) => ({ text: `You said: ${question}` }));
    this.capabilities = { stateless: true, local: true, maxConcurrent: 4, languages: "any", ...capabilities };
  }

  /** How many questions are being answered. */
  get active(): number {
    return this.calls.filter(({ end }) => end === undefined).length;
  }

  async *answer(request: LlmProviderRequest, signal: AbortSignal): AsyncGenerator<LlmEvent, void> {
    const index = this.calls.length;
    const call: { -readonly [Key in keyof FakeCall]: FakeCall[Key] } = {
      request,
      signal,
      askedMs: this.#clock.nowMs(),
      said: "",
    };
    this.calls.push(call);
    this.maxActive = Math.max(this.maxActive, this.active);
    const settle = (end: NonNullable<FakeCall["end"]>) => {
      if (call.end !== undefined) return;
      call.end = end;
      call.endedMs = this.#clock.nowMs();
    };
    const answer = this.script(request, index);
    const heard = answer.deaf === true ? new AbortController().signal : signal;
    const onAbort = () => settle("canceled");
    heard.addEventListener("abort", onAbort, { once: true });
    try {
      for await (const event of this.#play(answer, heard)) {
        if (event.type === "text") call.said += event.text;
        if (event.type === "ended") settle("ended");
        yield event;
      }
      settle("ended");
    } catch (thrown) {
      settle(heard.aborted ? "canceled" : "failed");
      throw thrown;
    } finally {
      heard.removeEventListener("abort", onAbort);
      settle("left");
    }
  }

  warm(signal: AbortSignal): Promise<void> {
    this.warmedMs.push(this.#clock.nowMs());
    return this.warming(signal);
  }

  forget(conversation: string): void {
    this.forgotten.push(conversation);
  }

  close(): void {
    this.closed++;
  }

  async *#play(answer: FakeAnswer, signal: AbortSignal): AsyncGenerator<LlmEvent, void> {
    const { headersMs = 0, firstTokenMs = 0, tokenMs = 0, usage, reason = "stop" } = answer;
    await this.#sleep(headersMs, signal);
    await this.#stepTo("headers", answer, signal);
    yield { type: "started" };
    yield* this.#think(firstTokenMs, answer, signal);
    await this.#stepTo("first_token", answer, signal);
    const pieces = piecesOf(answer.text ?? []);
    for (const [index, text] of pieces.entries()) {
      if (index > 0) yield* this.#think(tokenMs, answer, signal);
      await this.#stepTo({ afterPieces: index }, answer, signal);
      yield { type: "text", text };
    }
    if (pieces.length > 0) yield* this.#think(tokenMs, answer, signal);
    await this.#stepTo({ afterPieces: pieces.length }, answer, signal);
    for (const call of answer.calls ?? []) yield { type: "tool_call", call };
    if (usage !== undefined) yield { type: "usage", ...usage };
    await this.#stepTo("end", answer, signal);
    if (reason !== "none") yield { type: "ended", reason };
  }

  /** Waits, with signs of life. */
  async *#think(
    ms: number,
    { aliveEveryMs = Infinity }: FakeAnswer,
    signal: AbortSignal,
  ): AsyncGenerator<LlmEvent> {
    let leftMs = ms;
    for (; leftMs > aliveEveryMs; leftMs -= aliveEveryMs) {
      await this.#sleep(aliveEveryMs, signal);
      yield { type: "alive" };
    }
    await this.#sleep(leftMs, signal);
  }

  async #stepTo(step: FakeStep, { fault, hangsAt }: FakeAnswer, signal: AbortSignal): Promise<void> {
    if (hangsAt !== undefined && isSame(hangsAt, step)) await this.#sleep(Infinity, signal);
    if (fault === undefined || !isSame(fault.at, step)) return;
    throw fault.error instanceof Error
      ? fault.error
      : new EarshotError(fault.error, "Cannot answer: the test says so");
  }

  /** Rejects with `canceled` when the signal is aborted. */
  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        cancel();
        reject(new EarshotError("canceled", "Cannot go on: the test's service was left"));
      };
      if (signal.aborted) return reject(new EarshotError("canceled", "Cannot begin: the signal is aborted"));
      if (ms === 0) return resolve();
      const cancel = ms === Infinity ? () => {} : this.#clock.schedule(ms, () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}

/** A request with only a question, or whatever else is given. */
export function requestOf(
  question: string,
  others: Partial<LlmProviderRequest> = {},
): LlmProviderRequest {
  return {
    instructions: "",
    history: [],
    context: "",
    language: "en",
    maxTokens: 500,
    conversation: "kitchen",
    ...others,
    question,
  };
}

function piecesOf(text: string | readonly string[]): readonly string[] {
  return typeof text === "string" ? text.split(/(?<=\s)/).filter((piece) => piece !== "") : text;
}

function isSame(one: FakeStep, other: FakeStep): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return one.afterPieces === other.afterPieces;
}
