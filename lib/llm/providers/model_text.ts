import type { LlmTool, LlmToolCall } from "../contract.ts";
import { TextCalls } from "./text_calls.ts";
import { ThinkTags } from "./think_tags.ts";
import { type CallFragment, ToolCallMerger } from "./tool_call_merger.ts";

/** How what a model writes is read. */
export interface ModelTextOptions {
  /** Whether the server leaves out the tag that opens thoughts. Default: no. */
  readonly openingMissing?: boolean;
  /** The tools that were offered: what is written like a call is one. Default: none, and nothing is a call. */
  readonly tools?: readonly LlmTool[] | undefined;
  /** The ids of calls of earlier steps. Default: none. */
  readonly takenIds?: Iterable<string>;
}

/** What a model writes: the words that are to be spoken, and its calls, whether its server tells them apart or not. */
export class ModelText {
  readonly #tags: ThinkTags;
  readonly #merger: ToolCallMerger;
  readonly #written: TextCalls | undefined;
  #spoken = false;
  #called = false;

  /** Nothing was written yet. */
  constructor({ openingMissing = false, tools = [], takenIds = [] }: ModelTextOptions = {}) {
    this.#tags = new ThinkTags({ openingMissing });
    this.#merger = new ToolCallMerger({ taken: takenIds });
    this.#written = tools.length === 0 ? undefined : new TextCalls(tools, (call) => this.call(call));
  }

  /** Whether there was a word so far. */
  get spoken(): boolean {
    return this.#spoken;
  }

  /** Whether a call has begun since this was asked last. */
  get calling(): boolean {
    const calling = this.#called;
    this.#called = false;
    return calling;
  }

  /** Whether there was more of calls than is taken. */
  get full(): boolean {
    return this.#merger.full;
  }

  /** Whether the arguments of every call are complete. */
  get callsComplete(): boolean {
    return this.#merger.complete;
  }

  /** What of the words is complete with the next piece; may be `""`. */
  push(piece: string): string {
    return this.#said(this.#tags.push(piece));
  }

  /** A call, or a part of one, that the server tells apart; none counts where no tools were offered. */
  call(fragment: CallFragment): void {
    if (this.#written === undefined) return;
    this.#merger.push(fragment);
    this.#called ||= this.#merger.begun;
  }

  /** The rest of the words once all has come; `whole` as {@linkcode ThinkTags.end} has it. */
  end({ whole }: { readonly whole: boolean }): string {
    return this.#said(this.#tags.end({ whole })) + this.#keep(this.#written?.end() ?? "");
  }

  /** The calls, after the end of the words. */
  calls({ whole }: { readonly whole: boolean }): readonly LlmToolCall[] {
    return this.#merger.conclude({ whole });
  }

  #said(text: string): string {
    return this.#keep(this.#written === undefined || text === "" ? text : this.#written.push(text));
  }

  #keep(text: string): string {
    this.#spoken ||= text.trim() !== "";
    return text;
  }
}
