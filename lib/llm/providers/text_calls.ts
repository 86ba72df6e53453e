import { jsonOf } from "../../service/mod.ts";
import { MAX_CALL_BYTES } from "../call_bounds.ts";
import type { LlmTool } from "../contract.ts";
import type { CallFragment } from "./tool_call_merger.ts";

const TAG = "<tool_call>";
const CLOSING_TAG = "</tool_call>";
const FENCE = "```";
/** What may stand beside the fence of a call, and how the call begins after it. */
const CALL_BEGINS = /^```[ \t]*(?:json|tool_call|tool_calls|tool_code)?[ \t]*\r?\n?\s*[{[]/i;
/** The same as far as it has come. */
const MAY_BEGIN = /^```[ \t]*[a-z_]{0,10}[ \t]*\r?\n?\s*$/i;

/** A call, or something else in JSON. */
interface Named {
  readonly name: string;
  readonly arguments: unknown;
}

/**
 * Takes calls out of a text that comes in pieces: some models write `<tool_call>{...}</tool_call>`, or JSON in a fence, and
 * their server does not see it. What stands in such a tag is never spoken; JSON in a fence is a call where it names a tool
 * that was offered, and stays text otherwise.
 */
export class TextCalls {
  readonly #names: ReadonlySet<string>;
  readonly #onCall: (call: CallFragment) => void;
  #state: "text" | "tag" | "fence" = "text";
  /** What is held: the end of the text where something may begin, or what is in a tag or a fence. */
  #held = "";
  /** Whether the text is in a fence that is no call: the next one closes it. */
  #inCode = false;
  /** Whether more is in a tag than may be held. */
  #tooLong = false;

  /** `tools` are those that were offered; `onCall` is told of each call. */
  constructor(tools: readonly LlmTool[], onCall: (call: CallFragment) => void) {
    this.#names = new Set(tools.map(({ name }) => name));
    this.#onCall = onCall;
  }

  /** What of the text is complete with the next piece; may be `""`. */
  push(piece: string): string {
    let said = "";
    this.#held += piece;
    for (;;) {
      const before = this.#held;
      const state = this.#state;
      said += state === "text" ? this.#readText() : state === "tag" ? this.#readTag() : this.#readFence();
      if (this.#held === before && this.#state === state) return said;
    }
  }

  /** What is left of the text once all has come. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    if (this.#state === "text") return held;
    if (this.#state === "tag") {
      // One that was not closed counts if it is complete.
      this.#takeTag(held);
      return "";
    }
    this.#state = "text";
    return this.#takesFence(held) ? "" : held;
  }

  #readText(): string {
    const tag = this.#held.indexOf(TAG);
    const fence = this.#held.indexOf(FENCE);
    const found = [tag, fence].filter((at) => at >= 0);
    if (found.length === 0) return this.#leave(this.#held.length - tailOf(this.#held));
    const at = Math.min(...found);
    this.#state = at === tag ? "tag" : "fence";
    const said = this.#leave(at);
    if (this.#state === "tag") this.#held = this.#held.slice(TAG.length);
    return said;
  }

  #readTag(): "" {
    const at = this.#held.indexOf(CLOSING_TAG);
    if (at === -1) {
      if (this.#held.length > MAX_CALL_BYTES) {
        this.#tooLong = true;
        this.#held = this.#held.slice(-CLOSING_TAG.length);
      }
      return "";
    }
    this.#takeTag(this.#held.slice(0, at));
    this.#held = this.#held.slice(at + CLOSING_TAG.length);
    this.#state = "text";
    this.#tooLong = false;
    return "";
  }

  #readFence(): string {
    if (this.#inCode) {
      this.#inCode = false;
      this.#state = "text";
      return this.#leave(FENCE.length);
    }
    if (!CALL_BEGINS.test(this.#held)) {
      return MAY_BEGIN.test(this.#held) ? "" : this.#skipFence();
    }
    const end = this.#held.indexOf(FENCE, FENCE.length);
    if (end === -1) return this.#held.length > MAX_CALL_BYTES ? this.#skipFence() : "";
    const block = this.#held.slice(0, end + FENCE.length);
    this.#state = "text";
    if (!this.#takesFence(block)) return this.#leave(block.length);
    this.#held = this.#held.slice(block.length);
    return "";
  }

  /** It is no call: the fence is text, and what follows is looked at anew. */
  #skipFence(): string {
    this.#inCode = true;
    this.#state = "text";
    return this.#leave(FENCE.length);
  }

  #leave(length: number): string {
    const said = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return said;
  }

  #takeTag(json: string): void {
    if (!this.#tooLong) callsIn(jsonOf(json.replace(/^\s*```\w*|```\s*$/g, ""))).forEach(this.#onCall);
  }

  #takesFence(block: string): boolean {
    const calls = callsIn(jsonOf(block.slice(block.search(/[{[]/)).replace(/`+\s*$/, "")));
    if (calls.length === 0 || calls.some(({ name }) => !this.#names.has(name))) return false;
    calls.forEach(this.#onCall);
    return true;
  }
}

/** The calls that a value is, in whatever shape; none where it is something else. */
function callsIn(value: unknown): readonly Named[] {
  if (Array.isArray(value)) {
    const calls = value.map(callsIn);
    return calls.every(({ length }) => length === 1) ? calls.flat() : [];
  }
  if (typeof value !== "object" || value === null) return [];
  if ("function" in value && typeof value.function === "object") return callsIn(value.function);
  if (!("name" in value) || typeof value.name !== "string" || value.name === "") return [];
  const given = "arguments" in value ? value.arguments : "parameters" in value ? value.parameters : undefined;
  // Whole by itself: it is no piece that others follow.
  const whole = typeof given === "string" ? given.trim() || "{}" : given ?? {};
  return [{ name: value.name, arguments: whole }];
}

/** How much of the end of a text may be the beginning of a tag or a fence, in characters. */
function tailOf(text: string): number {
  for (let length = Math.min(text.length, TAG.length - 1); length > 0; length--) {
    const tail = text.slice(-length);
    if (TAG.startsWith(tail) || FENCE.startsWith(tail)) return length;
  }
  return 0;
}
