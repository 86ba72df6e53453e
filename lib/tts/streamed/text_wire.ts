import type { PulledSocket } from "../socket/pulled_socket.ts";

/** What a message of a service means. */
export type TextWireEvent =
  /** It takes text; what came before that is not this request's. */
  | { readonly type: "started" }
  | { readonly type: "sound"; readonly bytes: Uint8Array }
  /** It has said all; `nothing`: it ended by itself, since it finds nothing to speak in what it got. */
  | { readonly type: "ended"; readonly nothing: boolean }
  /** Nothing that is needed. */
  | { readonly type: "other" };

/** How one service talks, for one request: what is sent, and what the answers mean. */
export interface TextWire {
  /** What opens the request; no text is sent before `started`. Default: it needs no opening. */
  readonly opening?: string;
  /** The messages that carry a part. */
  text(part: string): readonly string[];
  /** The messages that say that the text has ended; what the service has held back comes after them. */
  finish(): readonly string[];
  /** What is sent before the connection is ended amid the request. Default: nothing. */
  readonly cancel?: string;
  /** @throws {EarshotError} what the service says that went wrong */
  read(message: string | Uint8Array): TextWireEvent;
}

/** A request on a connection of its own. */
export interface TextRequest {
  readonly socket: PulledSocket;
  /** Whether the connection has carried a request before: the service may have ended it meanwhile. */
  readonly kept: boolean;
  readonly wire: TextWire;
}
