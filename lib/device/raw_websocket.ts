import { EarshotError } from "../errors/mod.ts";
import { raceSignal, withDeadline } from "../lifecycle/mod.ts";
import { ByteReader } from "./byte_reader.ts";
import { encodeClientFrame, OPCODE, readServerFrame, type WebSocketFrame } from "./websocket_frame.ts";
import {
  closeQuietly,
  connectRefusal,
  dial,
  type DialOptions,
  upgrade,
  writeAll,
} from "./websocket_opening.ts";

/** Options of {@linkcode RawWebSocket.connect}. */
export interface RawWebSocketOptions extends DialOptions {
  /** Sent with the opening request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long TCP, TLS and the upgrade may take together, in ms. Default 10,000, as in firmware. */
  readonly connectTimeoutMs?: number;
}

/** How a connection ended. */
export interface SocketEnd {
  /** Who ended it. */
  readonly by: "gateway" | "device";
  /** The close code; 1006 when there was no close frame. */
  readonly code: number;
  /** The reason that came with the code; empty when none did. */
  readonly reason: string;
}

const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_QUEUED_BYTES = 256 * 1024;

const encoder = new TextEncoder();

/**
 * A WebSocket client over bare TCP that can do what the built-in one cannot, and what devices do all the time:
 * end without a close frame ({@linkcode RawWebSocket.drop}) and stop reading ({@linkcode RawWebSocket.stall}).
 * It reads only while it is iterated; iterating gives whole messages, once, and ends with the connection.
 */
export class RawWebSocket implements AsyncIterable<string | Uint8Array<ArrayBuffer>> {
  /** Resolves when the connection has gone; never rejects. */
  readonly closed: Promise<SocketEnd>;
  readonly #connection: Deno.Conn;
  readonly #reader: ByteReader;
  readonly #resolveClosed: (end: SocketEnd) => void;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #state: "open" | "closing" | "ended" = "open";
  #stalled: PromiseWithResolvers<void> | undefined;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.#reader = new ByteReader({
      read: async (buffer) => {
        const sizeBytes = await connection.read(buffer);
        await this.#stalled?.promise;
        return sizeBytes;
      },
    });
    const { promise, resolve } = Promise.withResolvers<SocketEnd>();
    this.closed = promise;
    this.#resolveClosed = resolve;
  }

  /**
   * Opens a connection to a `ws:` or `wss:` URL; the signal ends the attempt, not the connection.
   *
   * @throws {EarshotError} `device.connect`, retryable unless the gateway refused by a 4xx status; `canceled`
   */
  static async connect(
    url: URL,
    options: RawWebSocketOptions,
    signal: AbortSignal,
  ): Promise<RawWebSocket> {
    const timeoutMs = options.connectTimeoutMs ?? 10_000;
    const attempt = new AbortController();
    const opening = RawWebSocket.#open(url, options, attempt.signal);
    try {
      return await withDeadline(opening, timeoutMs, {
        errorAtDeadline: () => connectRefusal(url, `no answer within ${timeoutMs} ms`),
        signal,
      });
    } catch (thrown) {
      attempt.abort();
      opening.then((late) => late.drop(), () => {});
      if (thrown instanceof EarshotError) throw thrown;
      const state = thrown instanceof Error ? thrown.message : String(thrown);
      throw connectRefusal(url, state, { cause: thrown });
    }
  }

  /** How many bytes wait to be taken by the operating system. */
  get bufferedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Enqueues one message. `false` when the connection has gone, or when other messages wait and this one would
   * take them beyond 256 KiB: then it was dropped.
   */
  send(data: string | Uint8Array): boolean {
    return typeof data === "string"
      ? this.#enqueue(OPCODE.text, encoder.encode(data))
      : this.#enqueue(OPCODE.binary, data);
  }

  /**
   * Enqueues a message that {@linkcode encodeClientFrame} made, as it is and under the same bound. It is not
   * copied, so it must stay as it is; many connections may share it.
   */
  sendFrame(frame: Uint8Array): boolean {
    return this.#push(frame);
  }

  /** Stops reading, so that the gateway's bytes pile up; sending goes on. Ends with `resume` or `drop`. */
  stall(): void {
    this.#stalled ??= Promise.withResolvers<void>();
  }

  /** Reads on after {@linkcode RawWebSocket.stall}. */
  resume(): void {
    this.#stalled?.resolve();
    this.#stalled = undefined;
  }

  /** Cuts TCP without a close frame: the firmware's normal goodbye. May be called twice. */
  drop(): void {
    this.#end({ by: "device", code: 1006, reason: "" });
  }

  /** Whole messages, text or binary. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string | Uint8Array<ArrayBuffer>> {
    let parts: WebSocketFrame[] = [];
    let sizeBytes = 0;
    for (;;) {
      const frame = await this.#read(MAX_MESSAGE_BYTES - sizeBytes);
      if (frame === undefined) return;
      if (frame.opcode === OPCODE.close) return this.#answerClose(frame.payload);
      if (frame.opcode === OPCODE.ping) this.#enqueue(OPCODE.pong, frame.payload);
      if (frame.opcode > OPCODE.binary) continue;
      // Empty continuations would otherwise pile up without a bound.
      if (frame.payload.length > 0 || parts.length === 0) parts.push(frame);
      sizeBytes += frame.payload.length;
      if (!frame.final) continue;
      yield joinMessage(parts, sizeBytes);
      parts = [];
      sizeBytes = 0;
    }
  }

  static async #open(url: URL, options: RawWebSocketOptions, signal: AbortSignal): Promise<RawWebSocket> {
    const connection = await dial(url, options, signal);
    const socket = new RawWebSocket(connection);
    try {
      await raceSignal(upgrade(url, options.headers ?? {}, { connection, reader: socket.#reader }), signal);
      return socket;
    } catch (thrown) {
      closeQuietly(connection);
      throw thrown;
    }
  }

  async #read(maxBytes: number): Promise<WebSocketFrame | undefined> {
    let reason = "";
    try {
      await this.#stalled?.promise;
      const frame = await readServerFrame(this.#reader, maxBytes);
      if (this.#state === "ended") return undefined;
      if (frame !== undefined) return frame;
    } catch (thrown) {
      reason = thrown instanceof Error ? thrown.message : String(thrown);
    }
    this.#end({ by: "gateway", code: 1006, reason });
    return undefined;
  }

  #answerClose(payload: Uint8Array): void {
    const code = payload.length < 2 ? 1005 : new DataView(payload.buffer, payload.byteOffset).getUint16(0);
    const end: SocketEnd = { by: "gateway", code, reason: new TextDecoder().decode(payload.subarray(2)) };
    if (this.#state !== "open" || this.#queuedBytes > 0) return this.#end(end);
    // Nothing is being written, so the answer cannot land inside another frame.
    this.#state = "closing";
    writeAll(this.#connection, encodeClientFrame(OPCODE.close, payload.subarray(0, 2)))
      .catch(() => {}).finally(() => this.#end(end));
  }

  #enqueue(opcode: number, payload: Uint8Array): boolean {
    return this.#hasRoom(payload.length) && this.#push(encodeClientFrame(opcode, payload));
  }

  #hasRoom(sizeBytes: number): boolean {
    const queued = this.#queuedBytes;
    return this.#state === "open" && (queued === 0 || queued + sizeBytes <= MAX_QUEUED_BYTES);
  }

  #push(frame: Uint8Array): boolean {
    if (!this.#hasRoom(frame.length)) return false;
    const queued = this.#queuedBytes;
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    if (queued === 0) this.#drain();
    return true;
  }

  /** Writes the first in the queue, and the next when it is written; without an async function, for its cost a frame. */
  #drain(): void {
    const [frame] = this.#queue;
    if (frame === undefined || this.#state !== "open") return;
    this.#connection.write(frame).then(this.#onWritten, this.#onUnwritten);
  }

  readonly #onWritten = (sizeBytes: number): void => {
    const [frame] = this.#queue;
    if (frame === undefined) return;
    this.#queuedBytes -= sizeBytes;
    if (sizeBytes < frame.length) this.#queue[0] = frame.subarray(sizeBytes);
    else this.#queue.shift();
    this.#drain();
  };

  readonly #onUnwritten = (thrown: unknown): void => {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    this.#end({ by: "gateway", code: 1006, reason });
  };

  #end(end: SocketEnd): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    closeQuietly(this.#connection);
    this.#stalled?.resolve();
    this.#resolveClosed(end);
  }
}

function joinMessage(parts: readonly WebSocketFrame[], sizeBytes: number): string | Uint8Array<ArrayBuffer> {
  const [first] = parts;
  let bytes = first?.payload ?? new Uint8Array();
  if (parts.length > 1) {
    bytes = new Uint8Array(sizeBytes);
    let at = 0;
    for (const { payload } of parts) {
      bytes.set(payload, at);
      at += payload.length;
    }
  }
  return first?.opcode === OPCODE.text ? new TextDecoder().decode(bytes) : bytes;
}
