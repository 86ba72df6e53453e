import { EarshotError } from "../../errors/mod.ts";
import { type Clock, raceSignal } from "../../lifecycle/mod.ts";
import {
  type Connection,
  type ConnectionHandlers,
  openSocket,
  type SocketEnd,
  type SocketRequest,
} from "../../net/mod.ts";
import { endedError, type ServiceName } from "../../service/mod.ts";

/** How much may wait for the reader before no more is read, in bytes. */
const MOST_WAITING_BYTES = 65_536;
/** What a message costs besides its bytes. */
const MESSAGE_BYTES = 64;

/** Options of {@linkcode PulledSocket.leave}. */
export interface LeaveOptions {
  /** The time source. */
  readonly clock: Clock;
  /** How long the last message is waited for, in ms. */
  readonly withinMs: number;
}

/** Options of {@linkcode PulledSocket.open}. */
export interface PulledSocketOptions {
  /** Named in errors. */
  readonly service: ServiceName;
  /** Opens the connection; aborting its signal destroys it. */
  readonly connect: (handlers: ConnectionHandlers, signal: AbortSignal) => Promise<Connection>;
}

/**
 * A connection whose messages one reader pulls: while he is behind, its socket is not read, and so the service is held
 * up. Disposing ends it.
 */
export class PulledSocket implements ConnectionHandlers, Disposable {
  readonly #service: ServiceName;
  readonly #signal: AbortSignal;
  readonly #waiting: (string | Uint8Array)[] = [];
  #waitingBytes = 0;
  #paused = false;
  #closing = false;
  /** Settled by the last message, once the reader has left. */
  #left:
    | { readonly isLast: (message: string | Uint8Array) => boolean; readonly over: () => void }
    | undefined;
  #connection: Connection | undefined;
  #end: SocketEnd | undefined;
  #reader: PromiseWithResolvers<void> | undefined;
  #writer: PromiseWithResolvers<void> | undefined;

  private constructor(service: ServiceName, signal: AbortSignal) {
    this.#service = service;
    this.#signal = signal;
  }

  /** Connects. Rejects with what `connect` rejects with. */
  static async open({ service, connect }: PulledSocketOptions, signal: AbortSignal): Promise<PulledSocket> {
    const socket = new PulledSocket(service, signal);
    socket.#connection = await connect(socket, signal);
    return socket;
  }

  /** Opens a WebSocket. Rejects with what {@linkcode openSocket} rejects with. */
  static async openWeb(
    { service, ...request }: SocketRequest & { readonly service: ServiceName },
    signal: AbortSignal,
  ): Promise<PulledSocket> {
    const connect = (handlers: ConnectionHandlers) => openSocket(request, handlers, signal);
    return await PulledSocket.open({ service, connect }, signal);
  }

  /** Whether the other side, or the network, has ended it. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Queues a message. */
  send(message: string | Uint8Array): void {
    this.#connection?.send(message);
  }

  /** Waits while much of what was sent has not left, as where the service does not read. Rejects with `canceled`. */
  async drained(): Promise<void> {
    while (this.#end === undefined && this.#left === undefined && this.#connection?.writable === false) {
      this.#writer = Promise.withResolvers();
      await raceSignal(this.#writer.promise, this.#signal);
    }
  }

  /**
   * The next message. Rejects with an error of the service's family once the connection has ended, or `canceled`, also
   * where it was left.
   */
  async next(): Promise<string | Uint8Array> {
    for (;;) {
      if (this.#left !== undefined) {
        throw new EarshotError("canceled", "Cannot read on: nobody wants to know");
      }
      const message = this.#waiting.shift();
      if (message !== undefined) {
        this.#waitingBytes -= message.length + MESSAGE_BYTES;
        if (this.#paused && this.#waitingBytes < MOST_WAITING_BYTES / 2) this.#read(true);
        return message;
      }
      if (this.#end !== undefined) throw endedError(this.#service, this.#end);
      this.#reader = Promise.withResolvers();
      await raceSignal(this.#reader.promise, this.#signal);
    }
  }

  /** All was said: ends it politely. Aborting the signal cuts that short. */
  close(): void {
    this.#closing = true;
    // Its answer is read, too.
    if (this.#paused) this.#read(true);
    this.#connection?.close();
  }

  /**
   * Reads on for nobody until a message is the last one, but no longer than `withinMs`, and ends it then. Aborting the
   * signal cuts that short. Never rejects.
   */
  async leave(
    isLast: (message: string | Uint8Array) => boolean,
    { clock, withinMs }: LeaveOptions,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#left = { isLast, over: resolve };
    const cancel = clock.schedule(withinMs, resolve);
    if (this.#end !== undefined || this.#waiting.some(isLast)) resolve();
    this.#waiting.length = 0;
    this.#reader?.resolve();
    this.#writer?.resolve();
    if (this.#paused) this.#read(true);
    await raceSignal(promise, this.#signal).catch(() => {});
    cancel();
    this.#connection?.destroy();
  }

  /** Ends it now, unless it is closing or was left. */
  [Symbol.dispose](): void {
    if (!this.#closing && this.#left === undefined) this.#connection?.destroy();
    this.#waiting.length = 0;
  }

  /** A message came. */
  onMessage(message: string | Uint8Array): void {
    if (this.#left?.isLast(message) === true) this.#left.over();
    if (this.#closing || this.#left !== undefined) return;
    this.#waiting.push(message);
    this.#waitingBytes += message.length + MESSAGE_BYTES;
    if (!this.#paused && this.#waitingBytes >= MOST_WAITING_BYTES) this.#read(false);
    this.#reader?.resolve();
  }

  /** There is room again. */
  onWritable(): void {
    this.#writer?.resolve();
  }

  /** The connection has ended. */
  onClosed(end: SocketEnd): void {
    this.#end = end;
    this.#left?.over();
    this.#reader?.resolve();
    this.#writer?.resolve();
  }

  #read(on: boolean): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#paused = !on;
    if (on) connection.resume?.();
    else connection.pause?.();
  }
}
