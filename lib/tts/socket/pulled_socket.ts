import { raceSignal } from "../../lifecycle/mod.ts";
import type { Connection, ConnectionHandlers, SocketEnd } from "../../net/mod.ts";
import { endedError, type ServiceName } from "../../service/mod.ts";

/** How much may wait for the reader before no more is read, in bytes. */
const MOST_WAITING_BYTES = 65_536;
/** What a message costs besides its bytes. */
const MESSAGE_BYTES = 64;

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
    while (this.#end === undefined && this.#connection?.writable === false) {
      this.#writer = Promise.withResolvers();
      await raceSignal(this.#writer.promise, this.#signal);
    }
  }

  /** The next message. Rejects with an error of the service's family once the connection has ended, or `canceled`. */
  async next(): Promise<string | Uint8Array> {
    for (;;) {
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

  /** Ends it now, unless it is closing. */
  [Symbol.dispose](): void {
    if (!this.#closing) this.#connection?.destroy();
    this.#waiting.length = 0;
  }

  /** A message came. */
  onMessage(message: string | Uint8Array): void {
    if (this.#closing) return;
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
