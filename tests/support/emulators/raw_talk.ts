import { type Connection, openSocket, type SocketEnd } from "../../../lib/net/mod.ts";

/** A client without an adapter: what an emulator says to whatever it is sent. */
export class RawTalk implements Disposable {
  readonly heard: (string | Uint8Array)[] = [];
  end: SocketEnd | undefined;
  readonly #life = new AbortController();
  #connection: Connection | undefined;

  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawTalk> {
    const talk = new RawTalk();
    talk.#connection = await openSocket({ url, headers }, {
      onMessage: (message) => talk.heard.push(message),
      onWritable() {},
      onClosed: (end) => talk.end = end,
    }, talk.#life.signal);
    return talk;
  }

  /** What it said in JSON. */
  get replies(): readonly Record<string, unknown>[] {
    return this.heard.flatMap((message) => typeof message === "string" ? [JSON.parse(message)] : []);
  }

  send(message: string | Uint8Array | Readonly<Record<string, unknown>>): void {
    const raw = typeof message === "string" || message instanceof Uint8Array;
    this.#connection?.send(raw ? message : JSON.stringify(message));
  }

  [Symbol.dispose](): void {
    this.#life.abort();
  }
}
