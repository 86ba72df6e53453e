import { Deque } from "@std/data-structures";
import type { Clock } from "../../lifecycle/mod.ts";
import { encodeServerMessage, type ServerMessage } from "../../protocol/mod.ts";
import type { DeviceLink } from "./device_link.ts";

/** How much the socket is given that has not left: what it has, cannot be taken back. */
const MAX_SOCKET_BYTES = 16_384;
/** How often a socket is looked at that has not sent everything, in ms. */
const POLL_MS = 20;

/** Options of an {@linkcode Outbox}. */
export interface OutboxOptions {
  readonly link: DeviceLink;
  /** Put on every message. */
  readonly sessionId: string;
  readonly clock: Clock;
  /** How many bytes may wait for the device, in the socket too. */
  readonly maxBytes: number;
  /** How long a device may read nothing once the bound was reached, in ms. */
  readonly slowReaderMs: number;
  /** Called for each message or frame that is dropped because the device does not read. */
  readonly onDropped: () => void;
  /** Called once when the device has read nothing for so long. */
  readonly onSlowReader: () => void;
}

/** A message or a frame that waits. */
interface Waiting {
  readonly data: string | Uint8Array<ArrayBuffer>;
  readonly sizeBytes: number;
  readonly signal: AbortSignal | undefined;
}

const encoder = new TextEncoder();

/**
 * Everything that is sent to the device, in order: messages, and frames of sound. When more than `maxBytes` wait, further
 * ones are dropped and counted; a device that then reads nothing for `slowReaderMs` on end is given up.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting = new Deque<Waiting>();
  #waitingBytes = 0;
  #acceptedBytes = 0;
  /** The same, with what was withdrawn: it only grows. */
  #position = 0;
  /** Who waits until all has left. */
  readonly #flushes = new Set<{ readonly dueMs: number; readonly resolve: () => void }>();
  #cancelPoll: (() => void) | undefined;
  #cancelWatch: (() => void) | undefined;
  #closed = false;

  /** Wraps the socket; nothing is sent yet. */
  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * Sends a message, or a frame as it is laid out for the device; `false` when it was dropped. What still waits here when
   * `signal` aborts is never sent.
   */
  send(message: ServerMessage | Uint8Array<ArrayBuffer>, signal?: AbortSignal): boolean {
    const { link, sessionId, maxBytes, onDropped } = this.#options;
    if (this.#closed || signal?.aborted) return false;
    const data = message instanceof Uint8Array ? message : encodeServerMessage(message, sessionId);
    const sizeBytes = typeof data === "string" ? encoder.encode(data).length : data.length;
    this.#handOver();
    if (this.#unsentBytes + sizeBytes > maxBytes) {
      onDropped();
      this.#watch();
      return false;
    }
    if (this.#waiting.isEmpty() && this.#socketHasRoom) {
      if (!link.send(data)) return false;
    } else {
      this.#waiting.pushBack({ data, sizeBytes, signal });
      this.#waitingBytes += sizeBytes;
      this.#poll();
    }
    this.#acceptedBytes += sizeBytes;
    this.#position += sizeBytes;
    return true;
  }

  /** How many bytes were sent so far. */
  get position(): number {
    return this.#position;
  }

  /** Up to which position the device has read; `undefined` where nobody can tell. */
  get readPosition(): number | undefined {
    const { unreadBytes } = this.#options.link;
    return unreadBytes === undefined ? undefined : this.#position - this.#waitingBytes - unreadBytes;
  }

  /** Asks the device how far it has read. */
  askRead(): void {
    this.#options.link.askRead?.();
  }

  /**
   * Resolves when all that was sent has left the process, and at the latest when `signal` aborts, the outbox is closed, or
   * after `slowReaderMs`.
   */
  async flushed(signal: AbortSignal): Promise<void> {
    if (this.#closed || signal.aborted || this.#unsentBytes === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const { clock, slowReaderMs } = this.#options;
    const flush = { dueMs: clock.nowMs() + slowReaderMs, resolve };
    this.#flushes.add(flush);
    const onAbort = () => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#poll();
    await promise;
    signal.removeEventListener("abort", onAbort);
    this.#flushes.delete(flush);
  }

  /** Gives the socket what waits, and takes nothing more. May be called twice. */
  close(): void {
    this.#handOver(Infinity);
    this.#closed = true;
    this.#cancelPoll?.();
    this.#cancelWatch?.();
    this.#cancelPoll = this.#cancelWatch = undefined;
    for (const { resolve } of this.#flushes) resolve();
  }

  get #unsentBytes(): number {
    return this.#waitingBytes + this.#options.link.bufferedBytes;
  }

  get #socketHasRoom(): boolean {
    return this.#options.link.bufferedBytes < MAX_SOCKET_BYTES;
  }

  /** Gives the socket what it has room for; what nobody wants any more is passed over. */
  #handOver(maxBytes = MAX_SOCKET_BYTES): void {
    for (let next = this.#waiting.peekFront(); next !== undefined; next = this.#waiting.peekFront()) {
      const withdrawn = next.signal?.aborted === true;
      if (!withdrawn && this.#options.link.bufferedBytes >= maxBytes) return;
      this.#waiting.popFront();
      this.#waitingBytes -= next.sizeBytes;
      if (withdrawn) this.#acceptedBytes -= next.sizeBytes;
      else this.#options.link.send(next.data);
    }
  }

  #poll(): void {
    const { clock } = this.#options;
    this.#cancelPoll ??= clock.schedule(POLL_MS, () => {
      this.#cancelPoll = undefined;
      this.#handOver();
      for (const { dueMs, resolve } of this.#flushes) {
        if (this.#unsentBytes === 0 || clock.nowMs() >= dueMs) resolve();
      }
      if (this.#unsentBytes > 0 && !(this.#waiting.isEmpty() && this.#flushes.size === 0)) this.#poll();
    });
  }

  /** Looks every `slowReaderMs` whether fewer bytes wait, until there is room again. */
  #watch(): void {
    if (this.#cancelWatch !== undefined) return;
    const { clock, maxBytes, slowReaderMs, onSlowReader } = this.#options;
    const unsentBytes = this.#unsentBytes;
    const acceptedBytes = this.#acceptedBytes;
    this.#cancelWatch = clock.schedule(slowReaderMs, () => {
      this.#cancelWatch = undefined;
      if (this.#closed || this.#unsentBytes <= maxBytes / 2) return;
      // What was taken in meanwhile had to be read away before.
      const readBytes = unsentBytes + this.#acceptedBytes - acceptedBytes - this.#unsentBytes;
      if (readBytes <= 0) onSlowReader();
      else this.#watch();
    });
  }
}
