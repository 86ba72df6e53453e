import type { AudioChunk } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { raceSignal } from "../lifecycle/mod.ts";
import type { Connection, ConnectionHandlers, SocketEnd } from "../net/mod.ts";
import type { AsrEvent, AsrOpenOptions, AsrStream } from "./contract.ts";
import { EventQueue } from "./event_queue.ts";
import { connectionError, endedError, serviceError } from "./service_error.ts";

/** How many messages of a service an utterance may bring: far more than its sound has frames. */
const MAX_MESSAGES = 20_000;

/** How much they may measure together, in bytes: far more than anybody can say in that time. */
const MAX_RECEIVED_BYTES = 16_777_216;

/** What a service said of one sentence. */
export type SentenceFacts = Omit<Extract<AsrEvent, { type: "final" }>, "type" | "droppedMs">;

/** What a {@linkcode Wire} can do. */
export interface WireIo {
  /** What the service calls itself, where it does; known once the connection is up. */
  readonly software: string | undefined;
  /** Sends a message to the service. */
  send(message: string | Uint8Array): void;
  /** Asks whether the service is there, where the connection can; `onAnswer` is called once it says so. */
  ping(onAnswer: () => void): void;
  /** The service is ready for sound; before that none is written. */
  started(): void;
  /** The words of the sentence that is under way, all of them so far. */
  partial(text: string): void;
  /** A sentence is complete; an empty one is left out. */
  final(sentence: SentenceFacts): void;
  /** The service has said all; a `spent` connection takes no further stream. Default: it does. */
  ended(connection?: { readonly spent: boolean }): void;
  /** The service failed. */
  fail(error: EarshotError): void;
}

/** How one service talks, for one utterance; everything it throws fails the stream. */
export interface Wire {
  /** The connection is up. */
  opened(): void;
  /** A message of the service. */
  received(message: string | Uint8Array): void;
  /** Sound, after `started` and before `finish`. */
  write(chunk: AudioChunk): void;
  /**
   * No more sound comes; called once. With `lastSeq`, sound after that chunk is not part of the utterance, which
   * helps only who has not sent it yet.
   */
  finish(lastSeq?: number): void;
  /** The service ended the connection; may call `ended`. Default: that is a failure. */
  closed?(end: SocketEnd): void;
  /** The stream is over: stop what still runs, such as a timer. */
  released?(): void;
}

/** What {@linkcode openWireStream} needs. */
export interface WireStreamOptions {
  /** Named in errors. */
  readonly service: string;
  /** Opens the connection. */
  readonly connect: (handlers: ConnectionHandlers, signal: AbortSignal) => Promise<Connection>;
  /** Makes the wire. */
  readonly wire: (io: WireIo) => Wire;
  /** From `AsrOpenOptions`. */
  readonly onWritable?: AsrOpenOptions["onWritable"] | undefined;
  /** Given the connection once the service has said all, in order to keep it; otherwise it is closed. */
  readonly keep?: (connection: Connection) => void;
}

/**
 * Opens an {@linkcode AsrStream} over a connection that carries messages: it resolves when the service takes
 * sound. Aborting `signal` destroys the connection. Rejects with `asr.*` or `canceled`.
 */
export async function openWireStream(options: WireStreamOptions, signal: AbortSignal): Promise<AsrStream> {
  const stream = new WireStream(options, signal);
  await stream.open(options.connect);
  return stream;
}

class WireStream implements AsrStream, WireIo, ConnectionHandlers {
  readonly #service: string;
  readonly #roomMade: WireStreamOptions["onWritable"];
  readonly #keep: WireStreamOptions["keep"];
  readonly #signal: AbortSignal;
  readonly #events: EventQueue;
  /** Tells who waits for it to take sound. */
  #ready: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
  readonly #wire: Wire;
  readonly #onAbort = () => this.fail(new EarshotError("canceled", "Cannot recognize: the stream was ended"));
  #connection: Connection | undefined;
  #finished = false;
  #messages = 0;
  #receivedBytes = 0;

  constructor(options: WireStreamOptions, signal: AbortSignal) {
    this.#service = options.service;
    this.#roomMade = options.onWritable;
    this.#keep = options.keep;
    this.#signal = signal;
    this.#events = new EventQueue(options.service);
    this.#wire = options.wire(this);
  }

  get software(): string | undefined {
    return this.#connection?.software;
  }

  get writable(): boolean {
    return this.#connection?.writable ?? false;
  }

  async open(connect: WireStreamOptions["connect"]): Promise<void> {
    const ready = this.#ready ??= Promise.withResolvers();
    ready.promise.catch(() => {});
    try {
      this.#connection = await connect(this, this.#signal);
    } catch (thrown) {
      throw connectionError(this.#service, thrown);
    }
    if (this.#signal.aborted) this.#onAbort();
    else this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#guard(() => this.#wire.opened());
    await raceSignal(ready.promise, this.#signal);
    this.#ready = undefined;
  }

  write(chunk: AudioChunk): void {
    if (this.#finished || this.#events.ended) return;
    try {
      this.#wire.write(chunk);
    } catch (thrown) {
      this.fail(EarshotError.from(thrown, "asr.failed"));
    }
  }

  finish(lastSeq?: number): void {
    if (this.#finished || this.#events.ended) return;
    this.#finished = true;
    this.#guard(() => this.#wire.finish(lastSeq));
  }

  [Symbol.asyncIterator](): AsyncIterator<AsrEvent> {
    return this.#events;
  }

  send(message: string | Uint8Array): void {
    this.#connection?.send(message);
  }

  ping(onAnswer: () => void): void {
    this.#connection?.ping?.(() => {
      if (!this.#events.ended) this.#guard(onAnswer);
    });
  }

  started(): void {
    this.#events.push({ type: "started" });
    this.#ready?.resolve();
  }

  partial(text: string): void {
    if (text !== "") this.#events.push({ type: "partial", text });
  }

  final(sentence: SentenceFacts): void {
    if (sentence.text !== "") this.#events.push({ ...sentence, type: "final", droppedMs: 0 });
  }

  ended({ spent } = { spent: false }): void {
    if (this.#events.ended) return;
    this.#events.push({ type: "ended" });
    this.#events.end();
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#wire.released?.();
    this.#ready?.resolve();
    const connection = this.#connection;
    if (connection === undefined) return;
    const keep = this.#keep;
    if (keep !== undefined && !spent) return keep(connection);
    connection.close();
    if (this.#signal.aborted) return connection.destroy();
    this.#signal.addEventListener("abort", () => connection.destroy(), { once: true });
  }

  fail(error: EarshotError): void {
    if (this.#events.ended) return;
    this.#events.end(error);
    this.#ready?.reject(error);
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#wire.released?.();
    this.#connection?.destroy();
  }

  onMessage(message: string | Uint8Array): void {
    if (this.#events.ended) return;
    this.#receivedBytes += message.length;
    if (++this.#messages > MAX_MESSAGES || this.#receivedBytes > MAX_RECEIVED_BYTES) {
      return this.fail(
        serviceError("asr.protocol", { service: this.#service, detail: "it sends messages without end" }),
      );
    }
    this.#guard(() => this.#wire.received(message));
  }

  onWritable(): void {
    if (!this.#events.ended) this.#roomMade?.();
  }

  onClosed(end: SocketEnd): void {
    if (this.#events.ended) return;
    if (end.error === undefined) this.#guard(() => this.#wire.closed?.(end));
    this.fail(endedError(this.#service, end));
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.fail(EarshotError.from(thrown, "asr.failed"));
    }
  }
}
