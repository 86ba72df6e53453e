import { z } from "zod";
import { jsonOf, type ServiceName } from "../../service/mod.ts";
import type { LlmEvent } from "../contract.ts";
import { cozeError, type CozeFault, cozeFaultOf } from "./coze_fault.ts";
import type { DataEvent, EventReader } from "./event_reader.ts";
import { llmError } from "./llm_error.ts";
import { ThinkTags } from "./think_tags.ts";
import { END_MS } from "./until_end.ts";

/** How answers are read. */
export interface CozeReaderOptions {
  /** The service, for errors. */
  readonly service: ServiceName;
  /** Takes out of Coze's words what they repeat of the conversation. */
  readonly unquoted: (words: string) => string;
  /** Told the id of the conversation, as often as it is said. */
  readonly onConversation: (id: string) => void;
}

/** A chat, which is one answer in a conversation. */
export interface CozeChat {
  readonly conversation_id: string;
  readonly chat_id: string;
}

/** How long the last event may take once the chat is complete, in ms. */
const LAST_EVENT_MS = 1_000;
/** Of how many messages it is known that they have been said; beyond that none is said a second time. */
const MAX_MESSAGES = 1_000;

const text = z.union([z.string(), z.number()]).nullish().catch(undefined)
  .transform((value) => String(value ?? ""));
const count = z.int().nonnegative().catch(0);
const chat = z.looseObject({
  id: text,
  conversation_id: text,
  last_error: z.unknown().optional(),
  usage: z.looseObject({ input_count: count, output_count: count }).nullish().catch(undefined),
});
const message = z.looseObject({
  id: text,
  conversation_id: text,
  chat_id: text,
  type: text,
  content: text,
  content_type: text,
});

/** Reads what one answer of Coze consists of. No I/O. */
export class CozeReader implements EventReader {
  readonly #options: CozeReaderOptions;
  readonly #tags = new ThinkTags();
  /** Messages that came bit by bit: they come once more as a whole. */
  readonly #said = new Set<string>();
  /** The message of which something was said last. */
  #lastId: string | undefined;
  #chat: CozeChat | undefined;
  #usage: Extract<LlmEvent, { type: "usage" }> | undefined;
  #complete = false;
  #done = false;
  #spoken = false;
  #unreadable = 0;

  /** Has read nothing. */
  constructor(options: CozeReaderOptions) {
    this.#options = options;
  }

  get waitMs(): number | undefined {
    return this.#done ? END_MS : this.#complete ? LAST_EVENT_MS : undefined;
  }

  /** Whether Coze has said in which conversation it answers. */
  get named(): boolean {
    return this.#chat !== undefined;
  }

  /** What is to be canceled if nobody takes the answer any more; `undefined` before it is known and after its end. */
  get runningChat(): CozeChat | undefined {
    return this.#done || this.#complete ? undefined : this.#chat;
  }

  take({ event = "", data }: DataEvent): string {
    if (this.#done) return "";
    if (event === "done") {
      this.#done = true;
      return "";
    }
    const value = jsonOf(data);
    if (event === "error") this.#fail(cozeFaultOf(value));
    if (event.startsWith("conversation.chat.")) return this.#takeChat(event, value);
    if (event.startsWith("conversation.message.")) return this.#takeMessage(event, value);
    return "";
  }

  takeWhole(): never {
    throw llmError(this.#options.service, "protocol", { detail: "its answer is no stream of events" });
  }

  conclude(): readonly LlmEvent[] {
    const ended = this.#done || this.#complete;
    const rest = this.#tags.end({ whole: ended });
    if (!this.#spoken && rest.trim() === "") throw this.#nothing();
    return [
      ...(rest === "" ? [] : [{ type: "text", text: rest } as const]),
      ...(this.#usage === undefined ? [] : [this.#usage]),
      { type: "ended", reason: ended ? "stop" : "truncated" },
    ];
  }

  #takeChat(event: string, value: unknown): string {
    const read = chat.safeParse(value);
    if (!read.success) {
      this.#unreadable++;
      return "";
    }
    const { id, conversation_id: conversation, last_error: error, usage } = read.data;
    this.#name(conversation, id);
    switch (event) {
      case "conversation.chat.completed":
        this.#complete = true;
        if (usage) {
          const { input_count: promptTokens, output_count: answerTokens } = usage;
          this.#usage = { type: "usage", promptTokens, answerTokens };
        }
        return "";
      case "conversation.chat.failed":
        return this.#fail(cozeFaultOf(error));
      case "conversation.chat.requires_action":
        this.#done = true;
        throw llmError(this.#options.service, "config", {
          detail: "its bot wants a plugin of this side, which there is not",
        });
      default:
        return "";
    }
  }

  #takeMessage(event: string, value: unknown): string {
    const read = message.safeParse(value);
    if (!read.success) {
      this.#unreadable++;
      return "";
    }
    const { id, conversation_id: conversation, chat_id: chatId, type, content, content_type } = read.data;
    this.#name(conversation, chatId);
    if (type !== "answer" || content_type !== "text") return "";
    if (event === "conversation.message.delta") {
      if (content !== "" && this.#said.size < MAX_MESSAGES) this.#said.add(id);
      return this.#say(content, id);
    }
    const isNew = event === "conversation.message.completed" && !this.#said.has(id) &&
      this.#said.size < MAX_MESSAGES;
    return isNew ? this.#say(content, id) : "";
  }

  #name(conversation: string, chatId: string): void {
    if (conversation !== "") this.#options.onConversation(conversation);
    if (conversation !== "" && chatId !== "") {
      this.#chat = { conversation_id: conversation, chat_id: chatId };
    }
  }

  /** A flow may answer in several messages. */
  #say(content: string, id: string): string {
    if (content === "") return "";
    const follows = this.#lastId !== undefined && this.#lastId !== id;
    this.#lastId = id;
    const said = this.#tags.push(follows ? `\n${content}` : content);
    this.#spoken ||= said.trim() !== "";
    return said;
  }

  #nothing(): Error {
    const { service } = this.#options;
    if (this.#unreadable > 0) return llmError(service, "protocol", { detail: "its events are not JSON" });
    const detail = this.#complete || this.#done ? "its answer is empty" : "its answer has no end";
    return llmError(service, "empty", { detail });
  }

  #fail(fault: CozeFault): never {
    this.#done = true;
    const { service, unquoted } = this.#options;
    throw cozeError(service, { ...fault, message: unquoted(fault.message) });
  }
}
