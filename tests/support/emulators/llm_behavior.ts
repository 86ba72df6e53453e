import type { CallShape, ScriptedCall } from "./call_shapes.ts";
import type { SentResult } from "./tool_talk.ts";

/** What a model says: a text, which is cut into tokens, or the tokens themselves. */
export type Said = string | readonly string[];

/** Why servers refuse. */
export type LlmRefusalKind =
  | "busy"
  | "loading"
  | "quota"
  | "auth"
  | "model"
  | "context"
  | "content"
  | "server"
  | "request";

/** What goes wrong. */
export type LlmFault =
  /** It refuses as this server words it, before anything else. */
  | {
    readonly what: "refuse";
    readonly kind: LlmRefusalKind;
    readonly headers?: Readonly<Record<string, string>>;
  }
  /** It answers anything. */
  | { readonly what: "answer"; readonly status: number; readonly body: string; readonly type: string }
  /** It says in mid-answer, after so many tokens, that something went wrong, as this server does. */
  | { readonly what: "error"; readonly kind: LlmRefusalKind; readonly afterTokens: number }
  | {
    /**
     * It says nothing more (in the middle of an event), resets the connection, ends the body in order without an end of
     * the answer, or sends a line that never ends.
     */
    readonly what: "hang" | "reset" | "cut" | "endless";
    /** Before its headers, after them, or after so many tokens. */
    readonly at: "request" | "headers" | number;
  };

/** How a server behaves; can be changed while it runs, and counts for requests that come then. */
export interface LlmBehavior {
  /** What it says, by the last message of the user. Default: a short sentence. */
  readonly answer?: Said | ((question: string, exchange: LlmExchange) => Said);
  /** What it calls, after the text: these once, until their results come, or by the request. Default: nothing. */
  readonly calls?: readonly ScriptedCall[] | ((exchange: LlmExchange) => readonly ScriptedCall[]);
  /** How its calls come, where the server has several ways. Default: in pieces. */
  readonly callShape?: CallShape;
  /** Whether it takes no tools, or refuses how the first one is described. Default: neither. */
  readonly refusesTools?: "all" | "first";
  /** What the model thinks before, unless it is told not to. Default: nothing. */
  readonly thoughts?: Said;
  /** How long the headers take, in ms; comments cannot come before. */
  readonly headersMs?: number;
  /** How long the first token takes after that, in ms. */
  readonly firstTokenMs?: number;
  /** How long each further token takes, in ms. */
  readonly tokenMs?: number;
  /** How long the model takes to load, in ms, once: before the headers of the first answer, or when it is warmed up. */
  readonly loadMs?: number;
  /** How often it gives a sign of life while it waits for the first token, in ms. Default: never. */
  readonly commentEveryMs?: number;
  /** How many bytes of the body go out at a time. Default: an event. */
  readonly splitBytes?: number;
  /** Why the answer ends, as this server says it. Default: `stop`. */
  readonly finish?: string;
  /** What of the end is missing. */
  readonly omit?: "finish" | "done" | "both";
  /** How long the connection stays open after the last event, in ms. */
  readonly lingerMs?: number;
  /** Answers in one piece, as servers do that cannot stream. */
  readonly whole?: boolean;
  /** The most tokens of a conversation; beyond it does what this server does. */
  readonly maxPromptTokens?: number;
  /** How many answers it gives at once; further requests wait for their headers. Default: any number, 1 for Ollama. */
  readonly slots?: number;
  /** Fields that it refuses, and whether it names them apart from its words. */
  readonly refusedFields?: readonly string[];
  readonly refusedAs?: "param" | "detail" | "words";
  readonly fault?: LlmFault;
  /** For how many answers; then all is well. Default: all. */
  readonly faultTimes?: number;
}

/** One message of a request. */
export interface LlmMessageSent {
  readonly role: string;
  readonly content: string;
}

/** One request, and what became of it. */
export interface LlmExchange {
  readonly method: string;
  readonly path: string;
  /** What its address says after the question mark. */
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, decoded; empty without one. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly messages: readonly LlmMessageSent[];
  /** The last message of the user. */
  readonly question: string;
  /** What was called for it before, and came of it. */
  readonly results: readonly SentResult[];
  /** How many images it has. */
  readonly images: number;
  /** When it came, on the emulator's clock. */
  readonly beganMs: number;
  /** When its headers went out. */
  headersMs?: number;
  /** When its first token went out. */
  firstTokenMs?: number;
  /** Tokens of the answer that went out; an event of a call counts as one. */
  tokens: number;
  /** Whether the model thought. */
  thought: boolean;
  /** How it ended: the answer was given to its end, the emulator broke it off, or the other side did. */
  endedBy?: "answer" | "fault" | "client";
  /** When that was; for `client`, when its connection closed. */
  endedMs?: number;
}

/** A text as the tokens in which it goes out: words, or one or two characters of Chinese. */
export function tokensOf(said: Said): readonly string[] {
  if (typeof said !== "string") return said;
  return said.match(/\s*\p{Script=Han}{1,2}|\s*[^\s\p{Script=Han}]+|\s+$/gu) ?? [];
}
