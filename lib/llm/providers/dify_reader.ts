import { z } from "zod";
import { jsonOf, type ServiceName } from "../../service/mod.ts";
import type { LlmEvent } from "../contract.ts";
import { type ChatFault, chatFaultOf, readChatFault } from "./chat_fault.ts";
import { difyError } from "./dify_fault.ts";
import type { DataEvent, EventReader } from "./event_reader.ts";
import { llmError } from "./llm_error.ts";
import { ThinkTags } from "./think_tags.ts";
import { END_MS } from "./until_end.ts";

/** How answers are read. */
export interface DifyReaderOptions {
  /** The service, for errors. */
  readonly service: ServiceName;
  /** Takes out of Dify's words what they repeat of the conversation. */
  readonly unquoted: (words: string) => string;
  /** Told the id of the conversation, as often as it is said. */
  readonly onConversation: (id: string) => void;
}

/** How long the last event may take once the flow has ended, in ms. */
const LAST_EVENT_MS = 1_000;
/** How much of an answer is compared with one that comes again as a whole, in characters; an answer is not longer. */
const MAX_COMPARED_LENGTH = 65_536;

const maybeText = z.string().nullish().catch(undefined);
const count = z.int().nonnegative().catch(0);
const event = z.looseObject({
  event: z.string(),
  answer: maybeText,
  conversation_id: maybeText,
  task_id: maybeText,
  metadata: z.looseObject({
    usage: z.looseObject({ prompt_tokens: count, completion_tokens: count }).nullish().catch(undefined),
  }).nullish().catch(undefined),
  data: z.looseObject({ status: maybeText, error: maybeText }).nullish().catch(undefined),
});
type DifyEvent = z.output<typeof event>;

/** Reads what one answer of Dify consists of. No I/O. */
export class DifyReader implements EventReader {
  readonly #options: DifyReaderOptions;
  #tags = new ThinkTags();
  /** What has come of the answer, thoughts in tags included. */
  #answer = "";
  #taskId: string | undefined;
  #isAgent = false;
  #spoken = false;
  #usage: Extract<LlmEvent, { type: "usage" }> | undefined;
  /** What became of the flow. */
  #flow: "running" | "succeeded" | "stopped" | "failed" = "running";
  #flowError = "";
  #done = false;
  #named = false;
  #unreadable = 0;

  /** Has read nothing. */
  constructor(options: DifyReaderOptions) {
    this.#options = options;
  }

  get waitMs(): number | undefined {
    return this.#done ? END_MS : this.#flow === "running" ? undefined : LAST_EVENT_MS;
  }

  /** Whether Dify has said in which conversation it answers. */
  get named(): boolean {
    return this.#named;
  }

  /** The task that is to be stopped if nobody takes the answer any more; `undefined` before it is known and after its end. */
  get runningTask(): string | undefined {
    return this.#done || this.#flow !== "running" ? undefined : this.#taskId;
  }

  take({ data }: DataEvent): string {
    if (this.#done) return "";
    const read = event.safeParse(jsonOf(data));
    if (!read.success) {
      this.#unreadable++;
      return "";
    }
    const { conversation_id: conversation, task_id: task } = read.data;
    if (conversation) {
      this.#named = true;
      this.#options.onConversation(conversation);
    }
    if (task) this.#taskId = task;
    return this.#take(read.data);
  }

  takeWhole(body: string): string {
    const read = event.safeParse(jsonOf(body));
    if (!read.success) {
      const { service, unquoted } = this.#options;
      const fault = readChatFault(body);
      const words = { ...fault, message: unquoted(fault.message) };
      if (fault.code !== "") throw difyError(service, words);
      throw llmError(service, "protocol", { detail: `its answer is not one of Dify: ${words.message}` });
    }
    const text = this.take({ type: "data", data: body });
    return text + this.#end(read.data);
  }

  conclude(): readonly LlmEvent[] {
    const { service, unquoted } = this.#options;
    if (this.#flow === "failed") {
      throw llmError(service, "failed", { detail: `its flow failed: ${unquoted(this.#flowError)}` });
    }
    const ended = this.#done || this.#flow === "succeeded";
    const rest = this.#tags.end({ whole: ended });
    if (!this.#spoken && rest.trim() === "") throw this.#nothing();
    return [
      ...(rest === "" ? [] : [{ type: "text", text: rest } as const]),
      ...(this.#usage === undefined ? [] : [this.#usage]),
      { type: "ended", reason: ended && this.#flow !== "stopped" ? "stop" : "truncated" },
    ];
  }

  #take(read: DifyEvent): string {
    const answer = read.answer ?? "";
    switch (read.event) {
      case "agent_message":
        this.#isAgent = true;
        return this.#say(answer);
      case "message":
        // An agent says at its end once more what it has said.
        return this.#say(this.#isAgent ? this.#beyond(answer) ?? "" : answer);
      case "message_replace":
        return this.#replace(answer);
      case "message_end":
        return this.#end(read);
      case "workflow_finished":
        this.#finish(read.data?.status ?? "", read.data?.error ?? "");
        return "";
      case "error":
        return this.#fail(chatFaultOf(read));
      default:
        return "";
    }
  }

  #say(piece: string): string {
    if (this.#answer.length < MAX_COMPARED_LENGTH) this.#answer += piece;
    const text = this.#tags.push(piece);
    this.#spoken ||= text.trim() !== "";
    return text;
  }

  /** What a text has after all that has come; `undefined` where it does not begin with that. */
  #beyond(text: string): string | undefined {
    if (text.startsWith(this.#answer)) return text.slice(this.#answer.length);
    const before = this.#answer.trim();
    return text.trim().startsWith(before) ? text.trim().slice(before.length) : undefined;
  }

  /** Moderation puts a text in the place of the answer. What was spoken of that cannot be taken back. */
  #replace(text: string): string {
    if (!this.#spoken) {
      this.#answer = "";
      this.#tags = new ThinkTags();
      return this.#say(text);
    }
    const rest = this.#beyond(text);
    if (rest !== undefined) return this.#say(rest);
    this.#done = true;
    throw llmError(this.#options.service, "content", { detail: "its moderation replaced the answer" });
  }

  #end({ metadata }: DifyEvent): string {
    this.#done = true;
    if (metadata?.usage) {
      const { prompt_tokens: promptTokens, completion_tokens: answerTokens } = metadata.usage;
      this.#usage = { type: "usage", promptTokens, answerTokens };
    }
    return "";
  }

  #finish(status: string, error: string): void {
    this.#flow = status === "failed" || status === "stopped" ? status : "succeeded";
    this.#flowError = error;
  }

  #nothing(): Error {
    const { service } = this.#options;
    if (this.#unreadable > 0) return llmError(service, "protocol", { detail: "its events are not JSON" });
    const detail = this.#done ? "its answer is empty" : "its answer has no end";
    return llmError(service, "empty", { detail });
  }

  #fail(fault: ChatFault): never {
    this.#done = true;
    const { service, unquoted } = this.#options;
    throw difyError(service, { ...fault, message: unquoted(fault.message) });
  }
}
