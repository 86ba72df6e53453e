import { encodeDoubaoEvent, serviceError, type ServiceName } from "../../service/mod.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import { DOUBAO_EVENT, type DoubaoEvent, readDoubaoEvent } from "./doubao_events.ts";
import { DoubaoLine } from "./doubao_line.ts";
import { type DoubaoPeer, refusedBy } from "./doubao_peer.ts";
import { partFrame, sessionFrame } from "./doubao_request.ts";

/** A peer that takes a text in parts. */
export interface DoubaoSessionPeer extends DoubaoPeer {
  /** The connections that have not ended; their owner drops what is left. */
  readonly lines: Set<DoubaoLine>;
}

/**
 * A session that takes the parts of one text, on a connection of its own: one that is kept counts among those that an
 * account may have at once. Disposing it before its end gives it up.
 */
export class DoubaoSession implements Disposable {
  readonly #service: ServiceName;
  readonly #id: string;
  readonly #line: DoubaoLine;
  readonly #socket: PulledSocket;
  #said = "";
  #textEnded = false;

  private constructor(
    service: ServiceName,
    { id, line, socket }: { readonly id: string; readonly line: DoubaoLine; readonly socket: PulledSocket },
  ) {
    this.#service = service;
    this.#id = id;
    this.#line = line;
    this.#socket = socket;
  }

  /** Connects, and resolves when the service takes text. Rejects with an error of its family, or `canceled`. */
  static async open(peer: DoubaoSessionPeer, signal: AbortSignal): Promise<DoubaoSession> {
    const { service, url, headers, trust, settings } = peer;
    const id = crypto.randomUUID();
    const request = { url, headers: headers(), trust };
    const line = new DoubaoLine({ ...peer, request, session: id }, signal);
    const connecting = PulledSocket.open({ service, connect: (handlers) => line.open(handlers) }, signal);
    const socket = await connecting.catch((thrown) => {
      throw refusedBy(peer, { thrown });
    });
    const session = new DoubaoSession(service, { id, line, socket });
    try {
      socket.send(encodeDoubaoEvent(DOUBAO_EVENT.startConnection));
      await session.#until("connected");
      socket.send(sessionFrame(settings, id));
      await session.#until("started");
      line.began();
      return session;
    } catch (thrown) {
      session[Symbol.dispose]();
      throw thrown;
    }
  }

  /** Sends a part of the text. */
  write(part: string): void {
    this.#said += part;
    this.#socket.send(partFrame(this.#id, part));
  }

  /** That was all of the text. */
  finish(): void {
    this.#textEnded = true;
    this.#socket.send(encodeDoubaoEvent(DOUBAO_EVENT.finishSession, { session: this.#id }));
    this.#line.finishing();
  }

  /** The sound, up to the end of the session, which also ends the connection. */
  async *sound(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const event = await this.#next();
      if (event.type === "sound") yield event.bytes;
      if (event.type === "finished") break;
    }
    if (!this.#textEnded) {
      throw serviceError(this.#service, "disconnected", {
        detail: "it ended its session before the text ended",
      });
    }
    this.#socket.send(encodeDoubaoEvent(DOUBAO_EVENT.finishConnection));
    this.#socket.close();
  }

  /** Gives it up, unless it has ended. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  async #next(): Promise<DoubaoEvent> {
    const message = await this.#socket.next();
    let goesOn = false;
    try {
      const event = readDoubaoEvent(message, { service: this.#service, said: this.#said });
      goesOn = event.type !== "finished" && event.type !== "canceled";
      return event;
    } finally {
      // What has ended, or failed, cannot be given up.
      if (!goesOn) this.#line.finishing();
    }
  }

  async #until(type: "connected" | "started"): Promise<void> {
    for (;;) {
      const event = await this.#next();
      if (event.type === type) return;
      if (event.type === "other") continue;
      throw serviceError(this.#service, "protocol", { detail: `it says ${event.type} before ${type}` });
    }
  }
}
