import { z } from "zod";
import { jsonOf, type ServiceName } from "../../service/mod.ts";
import type { LlmEvent, LlmTool } from "../contract.ts";
import { type ThinkingBlock, thinkingText } from "./anthropic_thoughts.ts";
import { chatError, chatFaultOf, isChatFault, readChatFault } from "./chat_fault.ts";
import type { DataEvent, EventReader } from "./event_reader.ts";
import { llmError } from "./llm_error.ts";
import { ModelText } from "./model_text.ts";
import { END_MS } from "./until_end.ts";

/** How answers are read. */
export interface AnthropicReaderOptions {
  /** The service, for errors. */
  readonly service: ServiceName;
  /** Takes out of the server's words what they repeat of the conversation. */
  readonly unquoted: (words: string) => string;
  /** The tools that were offered. Default: none. */
  readonly tools?: readonly LlmTool[] | undefined;
  /** The ids of calls of earlier steps. Default: none. */
  readonly takenIds?: Iterable<string>;
}

/** How many characters of thoughts are kept, with their signatures. */
const MAX_THOUGHTS_LENGTH = 65_536;
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
const block = z.looseObject({
  type: maybeText,
  text: maybeText,
  // Of a call.
  id: maybeText,
  name: maybeText,
  input: z.unknown().optional(),
  // Of thoughts.
  thinking: maybeText,
  signature: maybeText,
  data: maybeText,
});
type Block = z.output<typeof block>;
const message = z.looseObject({
  type: z.literal("message"),
  content: z.array(block),
  stop_reason: maybeText,
  usage,
});
const event = z.looseObject({
  type: z.string(),
  index: z.int().optional().catch(undefined),
  content_block: block.nullish(),
  delta: z.looseObject({
    type: maybeText,
    text: maybeText,
    partial_json: maybeText,
    thinking: maybeText,
    signature: maybeText,
    stop_reason: maybeText,
  }).nullish(),
  message: z.looseObject({ usage }).nullish().catch(undefined),
  usage,
});

/** Reads what one answer of the Messages API consists of; of its blocks only text is said. No I/O. */
export class AnthropicReader implements EventReader {
  readonly #options: AnthropicReaderOptions;
  /** Servers that only speak like it write thoughts, and calls, into their text. */
  readonly #text: ModelText;
  /** Blocks of thoughts, of which the last one may not be whole. */
  readonly #thoughts: { -readonly [Key in keyof Block]?: Block[Key] }[] = [];
  #thoughtsLength = 0;
  #promptTokens: number | undefined;
  #answerTokens: number | undefined;
  #stop = "";
  #done = false;
  #unreadable = 0;

  /** Has read nothing. */
  constructor(options: AnthropicReaderOptions) {
    this.#options = options;
    const { tools, takenIds = [] } = options;
    this.#text = new ModelText({ tools, takenIds });
  }

  get calling(): boolean {
    return this.#text.calling;
  }

  get full(): boolean {
    return this.#text.full;
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
    const { type, index, content_block: begun, delta, message: started, usage: counted } = read.data;
    this.#count(started?.usage);
    this.#count(counted);
    switch (type) {
      case "content_block_start":
        return begun ? this.#begin(begun, index) : "";
      case "content_block_delta":
        if (delta?.type === "input_json_delta") this.#text.call({ index, arguments: delta.partial_json });
        this.#think(delta ?? {});
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
    return read.data.content.map((block, index) => {
      if (block.type === "tool_use") this.#text.call({ ...block, index, arguments: block.input });
      this.#keepThoughts(block);
      return block.type === "text" ? this.#say(block.text) : "";
    }).join("");
  }

  conclude(): readonly LlmEvent[] {
    const { service } = this.#options;
    if (this.#stop === "refusal") throw llmError(service, "content", { detail: "it ended with a refusal" });
    const rest = this.#text.end({ whole: this.#stop !== "max_tokens" });
    const ends = this.#stop !== "" || this.#done;
    const whole = ends && this.#reason(false) === "stop";
    const calls = ends || this.#text.callsComplete ? this.#text.calls({ whole }) : [];
    if (!this.#text.spoken && calls.length === 0) throw this.#nothing();
    const counted = this.#answerTokens !== undefined;
    const thoughts = calls.length > 0 ? this.#wholeThoughts() : [];
    return [
      ...(rest === "" ? [] : [{ type: "text", text: rest } as const]),
      ...calls.map((call) => ({ type: "tool_call", call } as const)),
      ...(thoughts.length === 0 ? [] : [{ type: "thoughts", text: thinkingText(thoughts) } as const]),
      ...(counted
        ? [
          {
            type: "usage",
            promptTokens: this.#promptTokens ?? 0,
            answerTokens: this.#answerTokens ?? 0,
          } as const,
        ]
        : []),
      { type: "ended", reason: this.#reason(calls.length > 0) },
    ];
  }

  #say(piece: string | null | undefined): string {
    return this.#text.push(piece ?? "");
  }

  /** A block begins; of a call its arguments follow, though it has some that are empty. */
  #begin(block: Block, index: number | undefined): string {
    if (block.type === "tool_use") this.#text.call({ id: block.id, name: block.name, index });
    this.#keepThoughts(block);
    return block.type === "text" ? this.#say(block.text) : "";
  }

  #keepThoughts({ type, thinking, signature, data }: Block): void {
    if (type !== "thinking" && type !== "redacted_thinking") return;
    this.#thoughts.push({ type, thinking: "", signature: "", data });
    this.#think({ thinking, signature });
  }

  #think({ thinking, signature }: Pick<Partial<Block>, "thinking" | "signature">): void {
    const last = this.#thoughts.at(-1);
    if (last === undefined) return;
    this.#thoughtsLength += (thinking ?? "").length + (signature ?? "").length;
    if (this.#thoughtsLength > MAX_THOUGHTS_LENGTH) return;
    last.thinking = `${last.thinking ?? ""}${thinking ?? ""}`;
    last.signature = `${last.signature ?? ""}${signature ?? ""}`;
  }

  /** Thoughts that the API takes again; none where one is not whole. */
  #wholeThoughts(): readonly ThinkingBlock[] {
    if (this.#thoughtsLength > MAX_THOUGHTS_LENGTH) return [];
    const blocks = this.#thoughts.map(({ type, thinking, signature, data }): ThinkingBlock | undefined => {
      if (type === "redacted_thinking") return data ? { type, data } : undefined;
      return signature ? { type: "thinking", thinking: thinking ?? "", signature } : undefined;
    });
    return blocks.includes(undefined) ? [] : blocks.filter((block) => block !== undefined);
  }

  /** The last counts count; what came from a cache was sent as well. */
  #count(counted: z.output<typeof usage>): void {
    if (counted?.input_tokens) {
      this.#promptTokens = counted.input_tokens + (counted.cache_read_input_tokens ?? 0) +
        (counted.cache_creation_input_tokens ?? 0);
    }
    this.#answerTokens = counted?.output_tokens ?? this.#answerTokens;
  }

  /** The calls decide where the reason of the end is missing. */
  #reason(calls: boolean): "stop" | "length" | "truncated" {
    if (this.#text.full || this.#stop === "max_tokens" || this.#stop === "model_context_window_exceeded") {
      return "length";
    }
    // A turn that is paused would go on if it were sent again.
    return this.#stop === "pause_turn" || (this.#stop === "" && !this.#done && !calls) ? "truncated" : "stop";
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
