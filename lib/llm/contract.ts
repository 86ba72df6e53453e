import type { EarshotError } from "../errors/mod.ts";

/** What a language model's service can do; plain data, read by the runner and by the config. */
export interface LlmCapabilities {
  /**
   * Whether each request says everything. Otherwise the service keeps the history of each conversation: it is sent the
   * question alone, and asking it twice changes it.
   */
  readonly stateless: boolean;
  /**
   * Whether a question may do something, such as switch a light or run a flow: it is never asked ahead of time, nor a
   * second time once it may have been read. Default: no.
   */
  readonly acts?: boolean;
  /** Whether it runs on this network: it is warmed up, and may be asked before the end of speech is known. */
  readonly local: boolean;
  /** How many answers it gives at once, unless its block says otherwise. */
  readonly maxConcurrent: number;
  /** How many tokens of conversation and answer it can read, where that is known. */
  readonly contextTokens?: number;
  /** The languages that it answers in (BCP 47), or `"any"`. */
  readonly languages: readonly string[] | "any";
  /** It answers by fixed rules and reads no instructions: nothing else can be asked of it. Default: no. */
  readonly scripted?: boolean;
  /** Whether it calls tools that it is offered. Default: no, and it is neither offered nor told of any. */
  readonly tools?: boolean;
  /** Whether it sees images. Default: no, and a request that has some fails with `llm.unsupported`. */
  readonly vision?: boolean;
}

/** A tool that a model may call. */
export interface LlmTool {
  /** `^[a-zA-Z0-9_-]{1,64}$`. */
  readonly name: string;
  /** What it does, for the model. */
  readonly description: string;
  /** The JSON Schema of its arguments: of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A tool that a model calls. */
export interface LlmToolCall {
  /** Unique within its turn; made up here where the service gives none. */
  readonly id: string;
  /** The tool's name as the model wrote it; there may be none of this name. */
  readonly name: string;
  /** The arguments as the model wrote them: JSON of an object where the model makes no mistake. `"{}"` for none. */
  readonly arguments: string;
  /** What the service wants to see again with this call (`extra_content` of Gemini); read by its provider alone. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What a tool gave, as the model is told. */
export interface LlmToolResult {
  readonly call: LlmToolCall;
  readonly text: string;
}

/** One round of calls: what the model said before them, and each call with its result. Valid by construction. */
export interface LlmStep {
  /** What it said before the calls; may be `""`. */
  readonly text: string;
  /** At least one, in the order in which the model called. */
  readonly results: readonly LlmToolResult[];
  /** It was done for earlier words, whose answer nobody has heard. Default: for what is asked now. */
  readonly past?: boolean;
  /** Thoughts that the service wants to see again (DeepSeek's `reasoning_content`); read by its provider alone. */
  readonly thoughts?: string;
}

/** One message of a conversation, oldest first; they alternate, and the first is the user's. */
export interface LlmMessage {
  readonly role: "user" | "assistant";
  readonly content: string;
  /** Of an assistant's message: what it did before it said this. A service without tools is not told. */
  readonly steps?: readonly LlmStep[];
}

/** An image that a model looks at. */
export interface LlmImage {
  readonly mimeType: "image/jpeg" | "image/png" | "image/webp" | "image/gif";
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What is to be answered. Everything before `context` stays the same from turn to turn, for prompt caches. */
export interface LlmRequest {
  /** The system prompt; may be `""`. */
  readonly instructions: string;
  /** The conversation before; begins with the user and ends with the assistant, or is empty. */
  readonly history: readonly LlmMessage[];
  /** What the model should know of this moment, such as the time and the speaker; may be `""`. Sent before the question. */
  readonly context: string;
  /** What the user said. */
  readonly question: string;
  /** The language that the user speaks (BCP 47). */
  readonly language: string;
  /** The most tokens of the answer. */
  readonly maxTokens: number;
  /** What the model may call; none unless told. The order is the same from turn to turn, for prompt caches. */
  readonly tools?: readonly LlmTool[];
  /** Whether it must not call any of them now, though they are still described, as after the last step. Default: it may. */
  readonly toolsClosed?: boolean;
  /** What it did to answer this question so far, oldest first; none unless told. */
  readonly steps?: readonly LlmStep[];
  /** Images that belong to the question; none unless told. */
  readonly images?: readonly LlmImage[];
}

/** A request as a service gets it. */
export interface LlmProviderRequest extends LlmRequest {
  /**
   * Whose conversation it is, such as the id of the device. A service that keeps the history goes on with the one of this
   * name; where `history` is empty it begins a new one, as ours does.
   */
  readonly conversation: string;
}

/** What a language model says. */
export type LlmEvent =
  /** The service has begun to answer: its headers came. Once, and first. */
  | { readonly type: "started" }
  /** It is alive, though it says nothing: thinking, or a comment of its stream. */
  | { readonly type: "alive" }
  /** The next piece of the answer; never empty. */
  | { readonly type: "text"; readonly text: string }
  /** It has begun to write a call, or goes on with it: as good as a word for its deadlines. */
  | { readonly type: "calling" }
  /** A tool that it calls, whole; after the text, before the end. */
  | { readonly type: "tool_call"; readonly call: LlmToolCall }
  /** Thoughts that belong to the calls of this answer, for {@linkcode LlmStep.thoughts}; before its end. Not spoken. */
  | { readonly type: "thoughts"; readonly text: string }
  /** How many tokens it counted; the last one counts. */
  | { readonly type: "usage"; readonly promptTokens: number; readonly answerTokens: number }
  /** The end, last: whole, cut at `maxTokens`, or broken off after text (by an end without a finish). */
  | { readonly type: "ended"; readonly reason: "stop" | "length" | "truncated" };

/** What is held here for a service that keeps the history. */
export interface KeptStats {
  /** Conversations whose id is known. */
  readonly conversations: number;
  /** How many ids were dropped for want of room. */
  readonly conversationsDropped: number;
  /** How many requests to stop an answer were not made, since too many were under way. */
  readonly stopsDropped: number;
}

/** Why a service was asked without the tools that it was to be offered. */
export interface ToolsRefusal {
  /** What it said. */
  readonly error: EarshotError;
  /** Whether it takes none at all; otherwise it refuses how one of them is described, and is offered others. */
  readonly always: boolean;
}

/** A language model: the wire and nothing else. Deadlines, retries, admission and metrics belong to the runner. */
export interface LlmProvider {
  /** Its name in the config, in logs and in metrics. */
  readonly name: string;
  /** What it can do. */
  readonly capabilities: LlmCapabilities;
  /**
   * Answers; events come as the service sends them. Aborting the signal, or leaving the loop, ends the request at its
   * socket.
   *
   * @throws {EarshotError} `llm.*` or `canceled`; `llm.empty` where there was neither a word nor an error, `llm.context`
   * and `llm.content` where the service says so
   */
  answer(request: LlmProviderRequest, signal: AbortSignal): AsyncIterable<LlmEvent>;
  /** Has the service load its model, where it is a server that loads on demand. */
  warm?(signal: AbortSignal): Promise<void>;
  /** What was said in a conversation is erased: it begins anew, also where it is being answered. */
  forget?(conversation: string): void;
  /** What is held of conversations, where the service keeps the history. */
  readonly kept?: () => KeptStats;
  /** Why it was asked without tools last, where it has refused them; `undefined` where it never has. */
  readonly toolsRefusal?: () => ToolsRefusal | undefined;
  /** Lets go of what it keeps between requests. */
  close?(): unknown;
}
