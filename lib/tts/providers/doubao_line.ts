import type { Clock } from "../../lifecycle/mod.ts";
import {
  type Connection,
  type ConnectionHandlers,
  openSocket,
  type SocketEnd,
  type SocketRequest,
} from "../../net/mod.ts";
import { encodeDoubaoEvent, type ServiceName } from "../../service/mod.ts";
import { DOUBAO_EVENT, readDoubaoEvent } from "./doubao_events.ts";

/** How long the service may take to say that a session, or the connection, has ended, in ms; then it ends anyway. */
export const END_MS = 1_000;

/** Options of a {@linkcode DoubaoLine}. */
export interface DoubaoLineOptions {
  readonly service: ServiceName;
  readonly clock: Clock;
  readonly request: SocketRequest;
  /** The session that it carries. */
  readonly session: string;
  /** Holds it until it has ended, for whoever drops what is left. */
  readonly lines: Set<DoubaoLine>;
}

/**
 * The connection of one session. Ending it while the session takes text gives the session up first, and waits a moment
 * for the answer: else the service would go on speaking for nobody.
 */
export class DoubaoLine implements Connection, ConnectionHandlers {
  readonly #options: DoubaoLineOptions;
  readonly #signal: AbortSignal;
  readonly #life = new AbortController();
  readonly #onAbort = () => this.destroy();
  #handlers: ConnectionHandlers | undefined;
  #connection: Connection | undefined;
  #stage: "opening" | "session" | "finishing" | "ending" | "ended" = "opening";
  #stopWaiting = () => {};

  /** Connects to nothing yet. Aborting the signal is the same as {@linkcode DoubaoLine.destroy}. */
  constructor(options: DoubaoLineOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Connects. Rejects as {@linkcode openSocket} does. */
  async open(handlers: ConnectionHandlers): Promise<this> {
    this.#handlers = handlers;
    this.#options.lines.add(this);
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    if (this.#signal.aborted) this.drop();
    try {
      this.#connection = await openSocket(this.#options.request, this, this.#life.signal);
    } catch (thrown) {
      this.#end();
      throw thrown;
    }
    return this;
  }

  /** The service has begun the session, which takes text from now on. */
  began(): void {
    if (this.#stage === "opening") this.#stage = "session";
  }

  /** All of the text was sent, or the session has ended: it cannot be given up any more. */
  finishing(): void {
    if (this.#stage === "session") this.#stage = "finishing";
  }

  /** See {@linkcode Connection}. */
  get writable(): boolean {
    return this.#connection?.writable ?? false;
  }

  /** See {@linkcode Connection}. */
  send(message: string | Uint8Array): void {
    this.#connection?.send(message);
  }

  /** See {@linkcode Connection}. */
  pause(): void {
    if (this.#stage !== "ending") this.#connection?.pause?.();
  }

  /** See {@linkcode Connection}. */
  resume(): void {
    this.#connection?.resume?.();
  }

  /** Ends it politely, within a moment; the session has ended. */
  close(): void {
    if (this.#stage === "ending" || this.#stage === "ended") return;
    this.#connection?.close();
    this.#endSoon();
  }

  /** Ends it: at once, unless there is a session to be given up, or it is ending already. */
  destroy(): void {
    if (this.#stage === "ending") return;
    if (this.#stage !== "session") return this.drop();
    this.send(encodeDoubaoEvent(DOUBAO_EVENT.cancelSession, { session: this.#options.session }));
    this.resume();
    this.#endSoon();
  }

  /** Ends it now. */
  drop(): void {
    this.#end();
    this.#life.abort();
  }

  /** A message came: once the session is given up, only what says so counts. */
  onMessage(message: string | Uint8Array): void {
    if (this.#stage === "ended") return;
    if (this.#stage !== "ending") return this.#handlers?.onMessage(message);
    if (endsSession(this.#options.service, message)) this.drop();
  }

  /** See {@linkcode ConnectionHandlers}. */
  onWritable(): void {
    this.#handlers?.onWritable();
  }

  /** See {@linkcode ConnectionHandlers}. */
  onClosed(end: SocketEnd): void {
    const wasEnding = this.#stage === "ending";
    this.#end();
    if (!wasEnding) this.#handlers?.onClosed(end);
  }

  #endSoon(): void {
    this.#stage = "ending";
    this.#stopWaiting = this.#options.clock.schedule(END_MS, () => this.drop());
  }

  #end(): void {
    if (this.#stage === "ended") return;
    this.#stage = "ended";
    this.#stopWaiting();
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#options.lines.delete(this);
  }
}

/** Whether nothing more comes of a session: it was given up, it had ended before that, or it has failed. */
function endsSession(service: ServiceName, message: string | Uint8Array): boolean {
  try {
    return ["canceled", "finished"].includes(readDoubaoEvent(message, { service, said: "" }).type);
  } catch {
    return true;
  }
}
