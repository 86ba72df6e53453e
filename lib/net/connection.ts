import type { EarshotError } from "../errors/mod.ts";

/** How much may wait in a connection before it counts as full, in bytes. */
export const MAX_QUEUED_BYTES = 262_144;

/** How a connection ended. */
export interface SocketEnd {
  /** The close code of a WebSocket; 1000 where the other side ended in order, 1006 otherwise. */
  readonly code: number;
  /** What the other side said. */
  readonly reason: string;
  /** What went wrong, if anything did. */
  readonly error?: EarshotError;
}

/** Told of what happens on a connection; synchronous, and must not throw. */
export interface ConnectionHandlers {
  /** A whole message; on TCP, which knows no messages, whatever bytes came. */
  onMessage(message: string | Uint8Array): void;
  /** Was full, and has room again. */
  onWritable(): void;
  /** It has ended, whoever ended it; called once, and nothing after it. */
  onClosed(end: SocketEnd): void;
}

/** A connection to another host that carries messages. */
export interface Connection {
  /** What the other side calls itself in the handshake of a WebSocket (`Server`), where it does. */
  readonly software?: string | undefined;
  /** Whether it takes more; beyond that a sender waits for `onWritable`. */
  readonly writable: boolean;
  /** Queues a message; ignored once the connection has ended. */
  send(message: string | Uint8Array): void;
  /** Asks whether the other side is there; `onAnswer` is called once it says so. TCP has no such question. */
  ping?(onAnswer: () => void): void;
  /** Reads no more until `resume`, so that the other side is held up; what has been read still comes. */
  pause?(): void;
  /** Reads on. */
  resume?(): void;
  /** Ends it politely, without waiting. */
  close(): void;
  /** Ends it now. May be called twice. */
  destroy(): void;
}

/** Every outbound connection that has not ended, WebSocket or TCP, with where it leads. */
export const openConnections = new Set<{ readonly url: string }>();

/** How many outbound connections have not ended, all or those to one `host:port`; for tests and metrics. */
export function openOutboundSockets(host?: string): number {
  if (host === undefined) return openConnections.size;
  return [...openConnections].filter(({ url }) => new URL(url).host === host).length;
}
