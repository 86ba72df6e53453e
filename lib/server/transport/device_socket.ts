import type { DeviceLink } from "../../session/mod.ts";

/** What a socket tells its owner. Handlers are called from the event loop: they only enqueue. */
export interface DeviceSocketHandlers {
  /** A text message came. */
  onText(text: string): void;
  /** A binary message came. */
  onBinary(bytes: Uint8Array): void;
  /** A message passed its bound: it has at least this size. Nothing more is delivered; the owner closes with 1009. */
  onTooBig(sizeBytes: number): void;
  /** The peer answered no ping, and its socket is ended: `onClosed` follows. */
  onPingTimeout(): void;
  /** The socket has ended, told once; the code is 0 when the peer just dropped the connection. */
  onClosed(code: number): void;
}

/** The largest messages that a socket delivers. */
export interface DeviceSocketLimits {
  /** Of text, in bytes. */
  readonly maxTextBytes: number;
  /** Of binary frames, in bytes. */
  readonly maxFrameBytes: number;
  /** How long a peer may leave pings unanswered, in s; 0 is for ever. */
  readonly pingTimeoutSeconds: number;
}

/** One WebSocket to a device, whichever transport carries it. */
export interface DeviceSocket extends DeviceLink {
  /** Whether it has ended. */
  readonly ended: boolean;
  /**
   * There when it ended with bytes unsent and its transport may have kept the connection all the same: says whether
   * that is still there.
   */
  readonly lingers?: (() => Promise<boolean>) | undefined;
}

/** An accepted upgrade: the answer to give, and the socket that it becomes. */
export interface AcceptedSocket {
  /** What the HTTP handler must return. */
  readonly response: Response;
  /** Attaches the socket to its owner; called once, before the response is returned. */
  attach(handlers: DeviceSocketHandlers): DeviceSocket;
}
