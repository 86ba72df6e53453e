import { z } from "zod";
import { jsonOf, type ServiceName } from "../../service/mod.ts";
import type { LlmEvent } from "../contract.ts";
import { chatError, chatFaultOf, isChatFault, readChatFault } from "./chat_fault.ts";
import type { DataEvent, EventReader } from "./event_reader.ts";
import { llmError } from "./llm_error.ts";
import { ThinkTags } from "./think_tags.ts";
import { END_MS } from "./until_end.ts";

/** How answers are read. */
export interface AnthropicReaderOptions {
  /** The service, for errors. */
  readonly service: ServiceName;
  /** Takes out of the server's words what they repeat of the conversation. */
  readonly unquoted: (words: string) => string;
}

/** How long the last event may take after the reason of the end, in ms. */
const LAST_EVENT_MS = 1_000;

const count = z.int().nonnegative().nullish().catch(undefined);
const usage = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
}).nullish().catch(undefined);
const maybeText = z.string().nullish().catch(undefined);
const block = z.looseObject({ type: maybeText, text: maybeText });
const message = z.looseObject({
  type: z.literal("message"),
  content: z.array(block),
  stop_reason: maybeText,
  usage,
});
const event = z.looseObject({
  type: z.string(),
  content_block: block.nullish(),
  delta: z.looseObject({ type: maybeText, text: maybeText, stop_reason: maybeText }).nullish(),
  message: z.looseObject({ usage }).nullish().catch(undefined),
  usage,
});

/** Reads what one answer of the Messages API consists of; of its blocks only text is said. No I/O. */
export class AnthropicReader implements EventReader {
  readonly #options: AnthropicReaderOptions;
  /** Servers that only speak like it write thoughts into their text. */
  readonly #tags = new ThinkTags();
  #promptTokens: number | undefined;
  #answerTokens: number | undefined;
  #stop = "";
  #done = false;
  #spoken = false;
  #unreadable = 0;

  /** Has read nothing. */
  constructor(options: AnthropicReaderOptions) {
    this.#options = options;
  }

  get waitMs(): number | undefined {
    return this.#done ? END_MS : this.#stop !== "" ? LAST_EVENT_MS : undefined;
  }

  take({ data, event: name }: DataEvent): string {
    if (this.#done) return "";
    const value = jsonOf(data);
    if (name === "error" || isChatFault(value)) this.#fail(value === undefined ? data : value);
    const read = event.safeParse(value);
    if (!read.success) {
      this.#unreadable++;
      return "";
    }
    const { type, content_block: begun, delta, message: started, usage: counted } = read.data;
    this.#count(started?.usage);
    this.#count(counted);
    switch (type) {
      case "content_block_start":
        return begun?.type === "text" ? this.#say(begun.text) : "";
      case "content_block_delta":
        return delta?.type === "text_delta" ? this.#say(delta.text) : "";
      case "message_delta":
        if (delta?.stop_reason) this.#stop = delta.stop_reason;
        return "";
      case "message_stop":
        this.#done = true;
        return "";
      default:
        return "";
    }
  }

  takeWhole(body: string): string {
    const { service, unquoted } = this.#options;
    const value = jsonOf(body);
    if (isChatFault(value)) this.#fail(value);
    const read = message.safeParse(value);
    if (!read.success) {
      const { message: words } = readChatFault(body);
      throw llmError(service, "protocol", { detail: `its answer is no message: ${unquoted(words)}` });
    }
    this.#count(read.data.usage);
    this.#stop = read.data.stop_reason ?? "";
    this.#done = true;
    return this.#say(read.data.content.map(({ type, text }) => type === "text" ? text ?? "" : "").join(""));
  }

  conclude(): readonly LlmEvent[] {
    const { service } = this.#options;
    if (this.#stop === "refusal") throw llmError(service, "content", { detail: "it ended with a refusal" });
    const rest = this.#tags.end({ whole: this.#stop !== "max_tokens" });
    if (!this.#spoken && rest.trim() === "") throw this.#nothing();
    const counted = this.#answerTokens !== undefined;
    return [
      ...(rest === "" ? [] : [{ type: "text", text: rest } as const]),
      ...(counted
        ? [
          {
            type: "usage",
            promptTokens: this.#promptTokens ?? 0,
            answerTokens: this.#answerTokens ?? 0,
          } as const,
        ]
        : []),
      { type: "ended", reason: this.#reason() },
    ];
  }

  #say(piece: string | null | undefined): string {
    const text = this.#tags.push(piece ?? "");
    this.#spoken ||= text.trim() !== "";
    return text;
  }

  /** The last counts count; what came from a cache was sent as well. */
  #count(counted: z.output<typeof usage>): void {
    if (counted?.input_tokens) {
      this.#promptTokens = counted.input_tokens + (counted.cache_read_input_tokens ?? 0) +
        (counted.cache_creation_input_tokens ?? 0);
    }
    this.#answerTokens = counted?.output_tokens ?? this.#answerTokens;
  }

  #reason(): "stop" | "length" | "truncated" {
    if (this.#stop === "max_tokens" || this.#stop === "model_context_window_exceeded") return "length";
    // A turn that is paused would go on if it were sent again.
    return this.#stop === "pause_turn" || (this.#stop === "" && !this.#done) ? "truncated" : "stop";
  }

  /** What an answer without a word means. */
  #nothing(): Error {
    const { service } = this.#options;
    const detail = this.#stop === "" ? "its answer has no end" : `its answer ended with ${this.#stop}`;
    if (this.#stop === "model_context_window_exceeded") return llmError(service, "context", { detail });
    if (this.#unreadable > 0) {
      return llmError(service, "protocol", { detail: "its events are not of this protocol" });
    }
    return llmError(service, "empty", { detail });
  }

  #fail(value: unknown): never {
    const { service, unquoted } = this.#options;
    const fault = chatFaultOf(value);
    throw chatError(service, { ...fault, message: unquoted(fault.message) });
  }
}
