import {
  type Connection,
  type ConnectionHandlers,
  MAX_QUEUED_BYTES,
  openConnections,
  type SocketEnd,
} from "./connection.ts";

/** What connections to other hosts have in common, whatever carries them: a bounded queue, and one end. */
export abstract class QueuedConnection implements Connection {
  /** Told of what happens. */
  protected readonly handlers: ConnectionHandlers;
  /** Whether nobody wants to hear of it any more. */
  protected gone = false;
  /** Whether it was found full, so that a sender waits. */
  protected full = false;

  /** Counts as open until it has ended. */
  constructor(handlers: ConnectionHandlers) {
    this.handlers = handlers;
    openConnections.add(this);
  }

  /** Where it leads. */
  abstract readonly url: string;

  /** How much waits to be written, in bytes. */
  protected abstract get queuedBytes(): number;

  /** Whether it takes more; beyond that a sender waits for `onWritable`. */
  get writable(): boolean {
    this.full = this.queuedBytes >= MAX_QUEUED_BYTES;
    return !this.full;
  }

  /** Queues a message. */
  abstract send(message: string | Uint8Array): void;
  /** Ends it politely. */
  abstract close(): void;
  /** Ends it now. */
  abstract destroy(): void;

  /** It has ended; `opened` is whether it ever was up. */
  ended(end: SocketEnd, opened: boolean): void {
    openConnections.delete(this);
    const known = this.gone && end.error === undefined;
    this.gone = true;
    if (opened && !known) this.handlers.onClosed(end);
  }

  /** To be called when something was written. */
  protected readonly onSent = () => {
    if (!this.full || this.gone || this.queuedBytes >= MAX_QUEUED_BYTES / 2) return;
    this.full = false;
    this.handlers.onWritable();
  };
}
