import type { Buffer } from "node:buffer";
// @ts-types="./ws_package.d.ts"
import { WebSocket } from "ws";
import type { Clock } from "../../lifecycle/mod.ts";
import type { DeviceSocket, DeviceSocketHandlers, DeviceSocketLimits } from "./device_socket.ts";

/** How many messages of a device are taken before the others have a turn, and for how long it then waits, in ms. */
const MESSAGES_IN_A_ROW = 16;
const REST_MS = 10;

const TOO_BIG = 1009;

/** How much may be sent and not acknowledged before it counts as waiting, in bytes. */
const IN_FLIGHT_BYTES = 65_536;

/** After how many bytes the device is asked how far it has read. */
const ASK_EVERY_BYTES = 16_384;

const encoder = new TextEncoder();

/** A WebSocket of `ws` that leaves the answer to a message past `maxPayload` to its owner. */
export class OwnedWebSocket extends WebSocket {
  /** Told instead of `ws` closing with 1009. */
  onTooBig: (() => void) | undefined;

  /** Closes; `ws` itself calls this, with 1009, for a message past `maxPayload`. */
  override close(code?: number, reason?: string): void {
    const { onTooBig } = this;
    if (code !== TOO_BIG || onTooBig === undefined) return super.close(code, reason);
    this.onTooBig = undefined;
    onTooBig();
  }
}

/**
 * The socket of the `ws` transport. `destroy` ends it at once. Bytes that wait are known by what the device has
 * acknowledged, by a pong for a ping sent behind them: the system takes 4 MB of a connection before any of it counts as
 * waiting (measured on loopback), which is 20 minutes of speech.
 */
export class WsSocket implements DeviceSocket {
  readonly #socket: OwnedWebSocket;
  readonly #limits: DeviceSocketLimits;
  readonly #handlers: DeviceSocketHandlers;
  readonly #clock: Clock;
  readonly #ended = Promise.withResolvers<void>();
  #hasEnded = false;
  #isClosing = false;
  #heardMs: number;
  #sentBytes = 0;
  #readBytes = 0;
  #question: { readonly tag: string; readonly sentBytes: number } | undefined;
  #cancelPing: () => void = () => {};
  #cancelRest: () => void = () => {};
  #received = 0;

  /** Takes over an open socket. */
  constructor(
    socket: OwnedWebSocket,
    options: {
      readonly limits: DeviceSocketLimits;
      readonly handlers: DeviceSocketHandlers;
      readonly clock: Clock;
    },
  ) {
    this.#socket = socket;
    this.#limits = options.limits;
    this.#handlers = options.handlers;
    this.#clock = options.clock;
    this.#heardMs = options.clock.nowMs();
    const largestBytes = Math.max(options.limits.maxTextBytes, options.limits.maxFrameBytes);
    socket.onTooBig = () => this.#refuse(largestBytes + 1);
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("ping", () => this.#heard());
    socket.on("pong", (data) => this.#answered(data));
    // Whatever goes wrong ends in `close`.
    socket.on("error", () => {});
    socket.on("close", (code) => this.#end(code));
    this.#watch();
  }

  get bufferedBytes(): number {
    if (this.#hasEnded) return 0;
    return Math.max(this.#socket.bufferedAmount, this.#sentBytes - this.#readBytes - IN_FLIGHT_BYTES, 0);
  }

  get unreadBytes(): number {
    return this.#hasEnded ? 0 : this.#sentBytes - this.#readBytes;
  }

  get ended(): boolean {
    return this.#hasEnded;
  }

  askRead(): void {
    if (this.#question === undefined && this.#sentBytes > this.#readBytes) this.#ask();
  }

  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    const socket = this.#socket;
    if (socket.readyState !== 1) return false;
    // `ws` keeps the bytes that it is given until they are written.
    const bytes = typeof data === "string" ? encoder.encode(data) : data.slice();
    socket.send(bytes, { binary: typeof data !== "string", compress: false });
    this.#sentBytes += bytes.length;
    if (this.#question === undefined && this.#sentBytes - this.#readBytes >= ASK_EVERY_BYTES) this.#ask();
    return true;
  }

  close(code: number, reason: string): Promise<void> {
    this.#isClosing = true;
    this.#socket.onTooBig = undefined;
    if (!this.#hasEnded) this.#socket.close(code, reason);
    return this.#ended.promise;
  }

  destroy(): void {
    this.#isClosing = true;
    this.#cancelRest();
    if (!this.#hasEnded) this.#socket.terminate();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#heard();
    if (++this.#received % MESSAGES_IN_A_ROW === 0) this.#rest();
    if (this.#isClosing) return;
    const limitBytes = isBinary ? this.#limits.maxFrameBytes : this.#limits.maxTextBytes;
    if (data.length > limitBytes) this.#refuse(data.length);
    // A copy: what comes is a piece of a large block, which a kept packet would hold in memory.
    else if (isBinary) this.#handlers.onBinary(new Uint8Array(data));
    else this.#handlers.onText(data.toString("utf8"));
  }

  #refuse(sizeBytes: number): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#handlers.onTooBig(sizeBytes);
  }

  /** Reads nothing for a moment: a flood of many would keep everything else of this process waiting for seconds. */
  #rest(): void {
    this.#cancelRest();
    this.#socket.pause();
    this.#cancelRest = this.#clock.schedule(REST_MS, () => this.#socket.resume());
  }

  #heard(): void {
    this.#heardMs = this.#clock.nowMs();
  }

  #answered(data: Buffer): void {
    this.#heard();
    if (this.#question === undefined || data.toString("latin1") !== this.#question.tag) return;
    this.#readBytes = this.#question.sentBytes;
    this.#question = undefined;
    if (this.#sentBytes - this.#readBytes >= ASK_EVERY_BYTES) this.#ask();
  }

  /** Asks with a tag that nobody can guess, so that no device can claim to have read what it has not. */
  #ask(): void {
    this.#question ??= { tag: crypto.randomUUID(), sentBytes: this.#sentBytes };
    if (this.#socket.readyState === 1) this.#socket.ping(this.#question.tag);
  }

  /**
   * Asks a device that is silent, and ends one that does not answer: never one that was not asked, since after the
   * machine has slept everybody has been silent for long.
   */
  #watch(askedMs?: number): void {
    const timeoutMs = this.#limits.pingTimeoutSeconds * 1_000;
    if (timeoutMs === 0 || this.#hasEnded) return;
    if (askedMs !== undefined && this.#heardMs < askedMs) {
      // Not one that is closing already.
      if (this.#socket.readyState === 1) this.#handlers.onPingTimeout();
      return this.destroy();
    }
    const nowMs = this.#clock.nowMs();
    const quietMs = timeoutMs / 2 - (nowMs - this.#heardMs);
    if (quietMs > 0) {
      this.#cancelPing = this.#clock.schedule(quietMs, () => this.#watch());
      return;
    }
    this.#ask();
    this.#cancelPing = this.#clock.schedule(timeoutMs / 2, () => this.#watch(nowMs));
  }

  #end(code: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelPing();
    this.#cancelRest();
    this.#ended.resolve();
    this.#handlers.onClosed(code);
  }
}
