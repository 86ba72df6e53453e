import { z } from "zod";
import type { EarshotError } from "../../errors/mod.ts";
import { jsonOf, type ServiceName } from "../../service/mod.ts";
import type { LlmEvent, LlmTool, LlmToolCall } from "../contract.ts";
import { chatError, chatFaultOf, isChatFault, readChatFault } from "./chat_fault.ts";
import type { DataEvent, EventReader } from "./event_reader.ts";
import { llmError, type LlmFault } from "./llm_error.ts";
import { ModelText } from "./model_text.ts";
import { END_MS } from "./until_end.ts";

/** How answers are read. */
export interface ChatReaderOptions {
  /** The service, for errors. */
  readonly service: ServiceName;
  /** Whether the server leaves out the tag that opens thoughts. */
  readonly thinkTags: boolean;
  /** Whether thoughts without an answer are the answer: the server was told not to think, and has mistaken it. */
  readonly thoughtsAnswer: boolean;
  /** Takes out of the server's words what they repeat of the conversation. */
  readonly unquoted: (words: string) => string;
  /** Whether thoughts that belong to calls are told, since the server wants to see them again. Default: no. */
  readonly keepsThoughts?: boolean;
  /** The tools that were offered. Default: none. */
  readonly tools?: readonly LlmTool[] | undefined;
  /** The ids of calls of earlier steps. Default: none. */
  readonly takenIds?: Iterable<string>;
  /** Whether the events of a name have the answer in them; others are signs of life. Default: all have. */
  readonly speaks?: (name: string) => boolean;
  /** What it means that something went wrong, where the server has words of its own for it. */
  readonly errorOf?: (value: unknown) => EarshotError;
}

/** How long counts of tokens may take after the last word, in ms. */
const USAGE_MS = 1_000;

/** What ends a stream of events. */
const DONE = "[DONE]";
/** How many characters of thoughts are kept, which may be the answer or belong to calls; an answer is not longer. */
const MAX_THOUGHTS_LENGTH = 65_536;

/** Ends that are none: what came is not all. Without any text, each is an error of its own. */
const BROKEN: ReadonlyMap<string, LlmFault> = new Map([
  ["network_error", "failed"],
  ["abort", "failed"],
  ["error", "failed"],
  ["insufficient_system_resource", "throttled"],
]);
const FILTERED = new Set(["content_filter", "sensitive"]);
const FULL = "model_context_window_exceeded";

const maybeText = z.string().nullish().catch(undefined);
/** Plain text, or parts of which only the text is spoken. */
const content = z.union([
  z.string(),
  z.array(z.looseObject({ type: maybeText, text: maybeText })).transform((parts) =>
    parts.map(({ type, text }) => type === "text" ? text ?? "" : "").join("")
  ),
]).nullish().catch(undefined);
const extra = z.looseObject({}).nullish().catch(undefined);
const named = z.looseObject({ name: maybeText, arguments: z.unknown().optional() }).nullish().catch(
  undefined,
);
const call = z.looseObject({
  id: maybeText,
  index: z.int().nullish().catch(undefined),
  function: named,
  extra_content: extra,
});
const delta = z.looseObject({
  content,
  tool_calls: z.array(call).nullish().catch(undefined),
  // As it was called before there could be several.
  function_call: named,
  refusal: maybeText,
  reasoning_content: maybeText,
  reasoning: maybeText,
});
const count = z.int().nonnegative().catch(0);
const chunk = z.looseObject({
  choices: z.array(z.looseObject({
    delta: delta.nullish(),
    message: delta.nullish(),
    finish_reason: maybeText,
  })).nullish(),
  usage: z.looseObject({ prompt_tokens: count, completion_tokens: count }).nullish().catch(undefined),
});

/** Reads what one answer consists of, event by event or whole, and says how it ended. No I/O. */
export class ChatReader implements EventReader {
  readonly #options: ChatReaderOptions;
  readonly #text: ModelText;
  #usage: Extract<LlmEvent, { type: "usage" }> | undefined;
  #finish = "";
  #done = false;
  #thoughts = "";
  /** Events that were no JSON, or not of this protocol. */
  #unreadable = 0;

  /** Has read nothing. */
  constructor(options: ChatReaderOptions) {
    this.#options = options;
    const { thinkTags, tools, takenIds = [] } = options;
    this.#text = new ModelText({ openingMissing: thinkTags, tools, takenIds });
  }

  /** Whether the end was announced: only counts of tokens may follow. */
  get finished(): boolean {
    return this.#finish !== "" || this.#done;
  }

  /** Whether nothing follows. */
  get done(): boolean {
    return this.#done;
  }

  get calling(): boolean {
    return this.#text.calling;
  }

  get full(): boolean {
    return this.#text.full;
  }

  get waitMs(): number | undefined {
    return this.#done ? END_MS : this.finished ? USAGE_MS : undefined;
  }

  take({ data, event }: DataEvent): string {
    if (this.#done) return "";
    const { speaks } = this.#options;
    if (event !== undefined && event !== "error" && speaks?.(event) === false) return "";
    if (data.trim() === DONE) {
      this.#done = true;
      return "";
    }
    const value = jsonOf(data);
    if (event === "error" || isChatFault(value)) this.#fail(value === undefined ? data : value);
    return this.#read(value);
  }

  takeWhole(body: string): string {
    const value = jsonOf(body);
    if (isChatFault(value)) this.#fail(value);
    const text = this.#read(value);
    if (this.#unreadable > 0) {
      const { message } = readChatFault(body);
      throw llmError(this.#options.service, "protocol", {
        detail: `its answer is not one of chat completions: ${this.#options.unquoted(message)}`,
      });
    }
    this.#done = true;
    return text;
  }

  conclude(): readonly LlmEvent[] {
    const { service } = this.#options;
    if (FILTERED.has(this.#finish)) {
      throw llmError(service, "content", { detail: `it ended with ${this.#finish}` });
    }
    const spoken = this.#text.spoken;
    const whole = this.#finish !== "length" && (this.finished || spoken);
    const rest = this.#text.end({ whole });
    const calls = this.#calls();
    const mistaken = this.#options.thoughtsAnswer && whole && !spoken && calls.length === 0 &&
      rest.trim() === "";
    const text = mistaken ? this.#thoughts.trimStart() : rest;
    if (!spoken && calls.length === 0 && text.trim() === "") throw this.#nothing();
    const thoughts = this.#options.keepsThoughts === true && calls.length > 0 ? this.#thoughts : "";
    return [
      ...(text === "" ? [] : [{ type: "text", text } as const]),
      ...calls.map((call) => ({ type: "tool_call", call } as const)),
      ...(thoughts === "" ? [] : [{ type: "thoughts", text: thoughts } as const]),
      ...(this.#usage === undefined ? [] : [this.#usage]),
      { type: "ended", reason: this.#reason(calls.length > 0) },
    ];
  }

  #read(value: unknown): string {
    const read = chunk.safeParse(value);
    if (!read.success) {
      this.#unreadable++;
      return "";
    }
    const { choices, usage } = read.data;
    if (usage) {
      this.#usage = {
        type: "usage",
        promptTokens: usage.prompt_tokens,
        answerTokens: usage.completion_tokens,
      };
    }
    const [choice] = choices ?? [];
    if (choice === undefined) return "";
    const { delta: part, message, finish_reason: finish } = choice;
    if (finish) this.#finish = finish;
    // Some servers repeat the whole answer at its end.
    const said = part ?? (this.#text.spoken ? undefined : message);
    if (!said) return "";
    const thoughts = said.reasoning_content ?? said.reasoning ?? "";
    if (this.#thoughts.length < MAX_THOUGHTS_LENGTH) this.#thoughts += thoughts;
    for (const { function: called, extra_content: extra, ...where } of said.tool_calls ?? []) {
      this.#text.call({ ...where, name: called?.name, arguments: called?.arguments, extra });
    }
    if (said.function_call) this.#text.call(said.function_call);
    return this.#text.push(`${said.content ?? ""}${said.refusal ?? ""}`);
  }

  /** What is called. Where there is no end at all, only calls that are all complete count. */
  #calls(): readonly LlmToolCall[] {
    if (BROKEN.has(this.#finish)) return [];
    const cut = this.#finish === "length" || this.#finish === FULL;
    if (!this.finished && !this.#text.callsComplete) return [];
    return this.#text.calls({ whole: this.finished && !cut });
  }

  /** The calls decide where the reason of the end is missing. */
  #reason(calls: boolean): "stop" | "length" | "truncated" {
    if (this.#finish === "length" || this.#finish === FULL || this.#text.full) return "length";
    return !this.finished && !calls || BROKEN.has(this.#finish) ? "truncated" : "stop";
  }

  /** What an answer without a word means. */
  #nothing(): Error {
    const { service } = this.#options;
    const detail = this.#finish === "" ? "its answer has no end" : `its answer ended with ${this.#finish}`;
    const broken = BROKEN.get(this.#finish) ?? (this.#finish === FULL ? "context" : undefined);
    if (broken !== undefined) return llmError(service, broken, { detail });
    if (this.#unreadable > 0) return llmError(service, "protocol", { detail: "its events are not JSON" });
    return llmError(service, "empty", { detail });
  }

  #fail(value: unknown): never {
    const { service, unquoted, errorOf } = this.#options;
    if (errorOf !== undefined) throw errorOf(value);
    const fault = chatFaultOf(value);
    throw chatError(service, { ...fault, message: unquoted(fault.message) });
  }
}
