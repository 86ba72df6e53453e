import type { PulledSocket } from "../socket/pulled_socket.ts";

/** What goes over a connection. */
export type WireMessage = string | Uint8Array;

/** What a service says. */
export type TextWireEvent<Sound = Uint8Array> =
  /** It takes text; what came before that is not this request's. */
  | { readonly type: "started" }
  | { readonly type: "sound"; readonly sound: Sound }
  /** It waits for these messages. */
  | { readonly type: "asks"; readonly messages: readonly WireMessage[] }
  /** It has said all; `nothing`: it ended by itself, since it finds nothing to speak in what it got. */
  | { readonly type: "ended"; readonly nothing?: true };

/** How a request is given up. */
export interface TextWireCancel {
  /** What is sent. */
  readonly messages: readonly WireMessage[];
  /** Whether a message of the service says that nothing more comes; waited for a moment. Default: it is not waited for. */
  readonly isLast?: (message: WireMessage) => boolean;
}

/** How one service talks, for one request: what is sent, and what the answers mean. */
export interface TextWire<Sound = Uint8Array> {
  /** What opens the request. Default: nothing does. */
  readonly opening?: readonly WireMessage[];
  /** Whether text is sent only once the service has `started`. Default: at once. */
  readonly waits?: boolean;
  /**
   * Whether the request takes one sentence, once that is whole, instead of the parts as they come; looked at when text
   * may be sent. Default: it takes parts.
   */
  readonly wantsSentence?: boolean;
  /** The messages that carry a part; none where all of it is held back. */
  text(part: string): readonly WireMessage[];
  /** The text pauses: the messages of what need not be held back any longer. Default: nothing is. */
  paused?(): readonly WireMessage[];
  /** The messages that say that the text has ended; what the service has held back comes after them. */
  finish(): readonly WireMessage[];
  /** @throws {EarshotError} what the service says that went wrong */
  read(message: WireMessage): readonly TextWireEvent<Sound>[];
  /** The service has ended the connection: the rest of the sound, where that was the end. Default: it never is. */
  closed?(): readonly Sound[] | undefined;
  /** How the request is given up now. Default, and where it gives nothing: the connection ends at once. */
  cancel?(): TextWireCancel | undefined;
}

/** A request on a connection. */
export interface TextRequest<Sound = Uint8Array> {
  readonly socket: PulledSocket;
  /** Whether the connection has carried a request before: the service may have ended it meanwhile. Default: it is new. */
  readonly kept?: boolean;
  readonly wire: TextWire<Sound>;
}
