import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Clock } from "../../../lib/lifecycle/mod.ts";
import type { LlmBehavior } from "./llm_behavior.ts";
import { gather } from "./socket_emulator.ts";

/** What is answered in one piece. */
export interface LlmReply {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The other side has gone. */
export const GONE = Symbol("gone");

/** One answer, written on the bare socket so that it can be wrong in any way. */
export class LlmAnswer {
  readonly behavior: LlmBehavior;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #gone = Promise.withResolvers<true>();
  readonly #onClose = () => this.#gone.resolve(true);
  #begun = false;
  #over = false;

  constructor(
    socket: Socket,
    { behavior, clock }: { readonly behavior: LlmBehavior; readonly clock: Clock },
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.behavior = behavior;
    socket.on("close", this.#onClose);
    if (socket.destroyed) this.#onClose();
  }

  /** Resolves once the other side has gone. */
  get gone(): Promise<true> {
    return this.#gone.promise;
  }

  /** The connection may carry another request. */
  release(): void {
    this.#socket.off("close", this.#onClose);
  }

  async orGone<T>(promise: Promise<T>): Promise<T> {
    return await Promise.race([promise, this.gone.then(() => Promise.reject(GONE))]);
  }

  async pause(ms = 0): Promise<void> {
    if (ms <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.schedule(ms, resolve);
    await this.orGone(promise).finally(cancel);
  }

  /** The same with signs of life. */
  async waitAlive(ms: number, comment: string): Promise<void> {
    const { commentEveryMs = Infinity } = this.behavior;
    let leftMs = ms;
    while (leftMs > commentEveryMs) {
      await this.pause(commentEveryMs);
      leftMs -= commentEveryMs;
      this.write(comment);
    }
    await this.pause(leftMs);
  }

  reply({ status, body, type = "application/json", headers = {} }: LlmReply): void {
    this.#head(status, {
      ...headers,
      "content-type": type,
      "content-length": String(Buffer.byteLength(body)),
    });
    this.#socket.write(body);
    this.#over = true;
  }

  /** Begins an answer that comes bit by bit. */
  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#head(status, { ...headers, "transfer-encoding": "chunked" });
  }

  write(text: string): void {
    if (text === "" || this.#over) return;
    const bytes = Buffer.from(text);
    const { splitBytes = bytes.length } = this.behavior;
    gather(this.#socket, () => {
      for (let at = 0; at < bytes.length; at += splitBytes) {
        const part = bytes.subarray(at, at + splitBytes);
        this.#socket.write(`${part.length.toString(16)}\r\n`);
        this.#socket.write(part);
        this.#socket.write("\r\n");
      }
    });
  }

  end(): void {
    if (!this.#begun) this.#socket.destroy();
    else if (!this.#over) this.#socket.write("0\r\n\r\n");
    this.#over = true;
  }

  reset(): void {
    this.#over = true;
    this.#socket.resetAndDestroy();
  }

  /** A line that never ends, as far as it is read. */
  async endless(sizeBytes: number): Promise<true> {
    const part = "x".repeat(65_536);
    this.write('data: {"');
    for (let sent = 0; sent < sizeBytes; sent += part.length) {
      this.write(part);
      await this.pause(1);
    }
    return await this.gone;
  }

  #head(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#begun) return;
    this.#begun = true;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    this.#socket.write([`HTTP/1.1 ${status} Said`, ...lines, "", ""].join("\r\n"));
  }
}
