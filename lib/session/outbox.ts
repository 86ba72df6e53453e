import type { Clock } from "../lifecycle/mod.ts";
import { encodeServerMessage, type ServerMessage } from "../protocol/mod.ts";
import type { DeviceLink } from "./device_link.ts";

/** Options of an {@linkcode Outbox}. */
export interface OutboxOptions {
  /** The socket; its own send buffer is the queue, bounded here. */
  readonly link: DeviceLink;
  /** Put on every message. */
  readonly sessionId: string;
  /** The time source. */
  readonly clock: Clock;
  /** How many bytes may wait for the device. */
  readonly maxBytes: number;
  /** How long a device may leave its bytes unread once the bound was reached, in ms. */
  readonly stuckMs: number;
  /** Called for each message that is dropped because the device does not read. */
  readonly onDropped: () => void;
  /** Called once when the device stayed stuck. */
  readonly onStuck: () => void;
}

const encoder = new TextEncoder();

/**
 * Everything that is sent to the device. When more than `maxBytes` wait in the socket, further messages are
 * dropped and counted; a device that then reads nothing for `stuckMs` on end is given up.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #cancelStuck: (() => void) | undefined;
  #closed = false;
  #sent = 0;
  #sentBytes = 0;
  #dropped = 0;

  /** Wraps the socket; nothing is sent yet. */
  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** How many messages left, and how many were dropped because the device does not read. */
  get stats(): { readonly sent: number; readonly dropped: number } {
    return { sent: this.#sent, dropped: this.#dropped };
  }

  /** Sends one message, or drops it when the device does not read; says which. */
  send(message: ServerMessage): boolean {
    const { link, sessionId, maxBytes, onDropped } = this.#options;
    if (this.#closed) return false;
    const text = encodeServerMessage(message, sessionId);
    const sizeBytes = encoder.encode(text).length;
    if (link.bufferedBytes + sizeBytes > maxBytes) {
      this.#dropped++;
      onDropped();
      this.#watch();
      return false;
    }
    if (!link.send(text)) return false;
    this.#sent++;
    this.#sentBytes += sizeBytes;
    return true;
  }

  /** Stops watching the device; later messages are ignored. */
  close(): void {
    this.#closed = true;
    this.#cancelStuck?.();
    this.#cancelStuck = undefined;
  }

  /** Looks every `stuckMs` whether fewer bytes wait, until there is room again. */
  #watch(): void {
    if (this.#cancelStuck !== undefined) return;
    const { link, clock, maxBytes, stuckMs, onStuck } = this.#options;
    const waitingBytes = link.bufferedBytes;
    const sentBytes = this.#sentBytes;
    this.#cancelStuck = clock.schedule(stuckMs, () => {
      this.#cancelStuck = undefined;
      if (this.#closed || link.bufferedBytes <= maxBytes / 2) return;
      // What was taken in meanwhile had to be read away before.
      const readBytes = waitingBytes + this.#sentBytes - sentBytes - link.bufferedBytes;
      if (readBytes <= 0) onStuck();
      else this.#watch();
    });
  }
}
