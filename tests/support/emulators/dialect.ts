import type { Performer } from "./performer.ts";
import type { RefusalKind, Script } from "./script.ts";

/** How a connection, or a plain request, begins. */
export interface OpeningRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A plain HTTP request, whole. */
export interface PlainRequest extends OpeningRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Its fields, where the body is a form that can be read. */
  readonly form?: FormData;
}

/** What a dialect can do with its connection. */
export interface EmulatorIo {
  readonly script: Script;
  /** Follows the script: tell it of sound and of its end. */
  readonly performer: Performer;
  /** Begins the script anew, for a service that takes one stream after the other on a connection. */
  again(): void;
  send(message: string | Uint8Array): void;
  close(code?: number): void;
  /** The adapter has broken the service's rules: the test fails, and the connection ends. */
  violation(what: string): void;
}

/** What a dialect can do with the answer to a plain request. */
export interface AnswerIo {
  readonly script: Script;
  /** Follows the script: tell it of sound and of its end. */
  readonly performer: Performer;
  /** Answers in one piece. */
  answer(status: number, body: string, type?: string): void;
  /** Writes a piece of an answer that comes bit by bit, with status 200; the first one begins it. */
  stream(piece: string, type: string): void;
  /** An answer that comes bit by bit is whole. */
  end(): void;
  /** The adapter has broken the service's rules: the test fails, and the request is answered with 400. */
  violation(what: string): void;
}

/** One connection of one service. */
export interface Dialogue {
  text(message: string): void;
  binary(message: Uint8Array): void;
  /** The connection has ended. */
  gone?(): void;
}

/** The answer to one plain request. */
export interface Answer {
  /** The request is here and nothing is wrong so far: answer it, or follow the script. */
  begin(): void;
}

/** How the words of a script look on the wire. */
export interface Renderer {
  partial(text: string, sentence: number): void;
  final(text: string, sentence: number): void;
  /** All was said. */
  end(): void;
  /** It refuses. */
  error(kind: RefusalKind): void;
}

/** What is answered instead of what was asked for. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
}

/** A service: who is let in, and how it talks, on WebSockets, in answers to plain requests, or both. */
export interface Dialect {
  /** Gives a refusal where the opening request is not what the service wants. */
  accept?(request: OpeningRequest): Refusal | undefined;
  /** A refused handshake or request as the service words it; `undefined` where it says so later. */
  refusal?(kind: RefusalKind): Refusal | undefined;
  /** What it calls itself in its handshake. */
  readonly software?: string;
  /** Subprotocols that it speaks. */
  readonly protocol?: string;
  /** A new connection. */
  connect?(io: EmulatorIo, request: OpeningRequest): Dialogue & Renderer;
  /** A plain request. */
  request?(io: AnswerIo, request: PlainRequest): Answer & Renderer;
}
