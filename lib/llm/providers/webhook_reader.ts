import { z } from "zod";
import { jsonOf, type ServiceName } from "../../service/mod.ts";
import type { LlmEvent } from "../contract.ts";
import { chatError, chatFaultOf, isChatFault } from "./chat_fault.ts";
import { MAX_WHOLE_BYTES } from "./event_reader.ts";
import { llmError } from "./llm_error.ts";
import { ThinkTags } from "./think_tags.ts";

/** How answers are read. */
export interface WebhookReaderOptions {
  /** The service, for errors. */
  readonly service: ServiceName;
  /** What its answer is called by its headers; `""` where they do not say. */
  readonly contentType: string;
  /** Takes out of its words what they repeat of the conversation. */
  readonly unquoted: (words: string) => string;
}

/** How long something may follow the end of what one node of a flow says, in ms: another node may go on. */
const NEXT_NODE_MS = 1_000;
/** How deep an answer may lie in JSON. */
const MAX_DEPTH = 4;

const text = z.union([z.string(), z.number()]).nullish().catch(undefined)
  .transform((value) => String(value ?? ""));
/** A line of an answer that comes bit by bit, as n8n writes it. */
const part = z.looseObject({ type: z.enum(["begin", "item", "end", "error"]), content: text });
/** A line whose kind is not known: a tool that is called, for example. */
const otherPart = z.looseObject({ type: z.string() });

/**
 * Reads what one answer of a webhook consists of, line by line: JSON lines of `begin`, `item`, `end` and `error`, or
 * anything else as a whole, which is JSON or text. No I/O.
 */
export class WebhookReader {
  readonly #options: WebhookReaderOptions;
  readonly #tags = new ThinkTags();
  #form: "unknown" | "lines" | "whole" = "unknown";
  readonly #whole: string[] = [];
  #wholeLength = 0;
  /** Nodes that have begun and not ended. */
  #open = 0;
  #ended = false;
  #spoken = false;

  /** Has read nothing. */
  constructor(options: WebhookReaderOptions) {
    this.#options = options;
  }

  /** How long the body may take from now on, in ms; `undefined` until the answer is whole. */
  get waitMs(): number | undefined {
    return this.#ended ? NEXT_NODE_MS : undefined;
  }

  /**
   * Reads one line; gives what is to be said of it, `""` for nothing.
   *
   * @throws {EarshotError} what it says that went wrong, or `llm.protocol` for an answer that is too long
   */
  take(line: string): string {
    if (this.#form === "unknown" && line.trim() === "") return "";
    const value = this.#form === "whole" ? undefined : jsonOf(line);
    const read = part.safeParse(value);
    if (read.success) {
      this.#form = "lines";
      return this.#takePart(read.data, value);
    }
    if (this.#form === "lines") return "";
    if (this.#form === "unknown" && isOtherPart(value)) return "";
    this.#form = "whole";
    this.#whole.push(line);
    this.#wholeLength += line.length + 1;
    if (this.#wholeLength <= MAX_WHOLE_BYTES) return "";
    throw llmError(this.#options.service, "protocol", { detail: "its answer is too long" });
  }

  /**
   * All has come: the rest of what is to be said, and how it ended.
   *
   * @throws {EarshotError} `llm.empty` without a word; what an answer in one piece says that went wrong, or `llm.protocol`
   * where it is none
   */
  conclude(): readonly LlmEvent[] {
    const isWhole = this.#form === "whole";
    const last = isWhole ? this.#say(this.#read(this.#whole.join("\n").trim())) : "";
    const ended = isWhole || this.#ended;
    const rest = last + this.#tags.end({ whole: ended });
    if (!this.#spoken && rest.trim() === "") {
      throw llmError(this.#options.service, "empty", {
        detail: ended ? "its answer is empty" : "its answer has no end",
      });
    }
    return [
      ...(rest === "" ? [] : [{ type: "text", text: rest } as const]),
      { type: "ended", reason: ended ? "stop" : "truncated" },
    ];
  }

  #takePart({ type, content }: z.output<typeof part>, value: unknown): string {
    switch (type) {
      case "begin":
        this.#open++;
        this.#ended = false;
        return "";
      case "item":
        return this.#say(content);
      case "end":
        this.#open = Math.max(0, this.#open - 1);
        this.#ended = this.#open === 0;
        return "";
      case "error":
        return this.#fail(content === "" ? value : { message: content });
    }
  }

  #say(piece: string): string {
    const said = this.#tags.push(piece);
    this.#spoken ||= said.trim() !== "";
    return said;
  }

  /** What an answer in one piece says. */
  #read(body: string): string {
    const { service, contentType } = this.#options;
    const value = jsonOf(body);
    if (value === undefined) {
      const isJson = /\bjson\b/i.test(contentType) || /^[[{]/.test(body);
      const detail = /^<(!doctype|html)\b/i.test(body)
        ? "its answer is a page"
        : isJson
        ? "its answer is no JSON"
        : undefined;
      if (detail !== undefined) throw llmError(service, "protocol", { detail });
      return body;
    }
    const answer = answerOf(value);
    if (answer !== undefined) return answer;
    if (isChatFault(value)) return this.#fail(value);
    throw llmError(service, "protocol", { detail: "its answer has no output, no text and no answer" });
  }

  #fail(value: unknown): never {
    const { service, unquoted } = this.#options;
    const fault = chatFaultOf(value);
    throw chatError(service, { ...fault, message: unquoted(fault.message) });
  }
}

/** Whether it is a line of another kind, and neither an answer nor a fault. */
function isOtherPart(value: unknown): boolean {
  return otherPart.safeParse(value).success && answerOf(value) === undefined && !isChatFault(value);
}

/** What is to be said of an answer in JSON; `undefined` where it is none. */
function answerOf(value: unknown, depth = 0): string | undefined {
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null || depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    const answers = value.flatMap((item) => answerOf(item, depth + 1) ?? []);
    return answers.length === 0 && value.length > 0 ? undefined : answers.join("\n");
  }
  const { output, text, answer } = fields.parse(value);
  return answerOf(output ?? text ?? answer, depth + 1);
}

const fields = z.looseObject({
  output: z.unknown().optional(),
  text: z.unknown().optional(),
  answer: z.unknown().optional(),
});
