import type { Socket } from "node:net";
import { SocketEmulator } from "./socket_emulator.ts";
import { noteEnd, notePart, type SpeechRequest } from "./speech_emulator.ts";
import { type SpeechScript, spoken } from "./speech_script.ts";

/** What a dialect can do with its connection. */
export interface SpeechTcpIo {
  /** What is to go wrong with this connection, besides what else is to happen. */
  readonly script: SpeechScript;
  /** Notes a part of the text as it came. */
  part(text: string): void;
  /** Notes that this was all of it. */
  finish(): void;
  /** Notes text that is to be spoken. */
  heard(text: string): void;
  /** Speaks a text as the script says, at a rate of its own where it has one, with what comes before its sound. */
  say(text: string, how: { readonly before: Uint8Array; readonly sampleRateHz: number }): void;
  /** Sends bytes once all was spoken; the last ones make the answer whole, and may end the connection. */
  then(bytes: Uint8Array, options?: { readonly last: true; readonly closes?: boolean }): void;
  /** Sends bytes at once. */
  send(bytes: Uint8Array): void;
  /** The adapter has broken the service's rules: the test fails, and the connection ends. */
  violation(what: string): void;
}

/** A voice over TCP, which knows no handshake: nobody is refused before the first byte. */
export interface SpeechTcpDialect {
  /** A new connection: gives what takes its bytes, in pieces of whatever size. */
  connect(io: SpeechTcpIo): (bytes: Uint8Array) => void;
  /** Some of the sound, as the service sends it. */
  sound(bytes: Uint8Array, sampleRateHz: number): Uint8Array;
  /** The beginning of a message of so many bytes, of which the rest is missing. */
  beginning(sizeBytes: number): Uint8Array;
}

/** A voice over TCP on a free port, which keeps the requests; disposing fails when an adapter broke its rules. */
export class SpeechTcpEmulator extends SocketEmulator {
  /** Connections, in the order in which they came. */
  readonly requests: SpeechRequest[] = [];
  readonly #dialect: SpeechTcpDialect;
  readonly #speech: SpeechScript;

  private constructor(dialect: SpeechTcpDialect, script: SpeechScript) {
    super({});
    this.#dialect = dialect;
    this.#speech = script;
  }

  static async start(dialect: SpeechTcpDialect, script: SpeechScript = {}): Promise<SpeechTcpEmulator> {
    const emulator = new SpeechTcpEmulator(dialect, script);
    await emulator.listen();
    return emulator;
  }

  get origin(): string {
    return `tcp://localhost:${this.port}`;
  }

  wake(): void {}

  protected serve(socket: Socket): void {
    const request: SpeechRequest = {
      method: "",
      url: "",
      headers: {},
      body: "",
      text: "",
      texts: [],
      sentBytes: 0,
      state: "open",
      beganMs: performance.now(),
    };
    this.requests.push(request);
    const { faultTimes = Infinity, fault, ...rest } = this.#speech;
    const script = { ...rest, ...(fault && this.requests.length <= faultTimes && { fault }) };
    const exchange = new Exchange(socket, { request, script, dialect: this.#dialect });
    const take = this.#dialect.connect({
      script,
      part: (text) => notePart(request, text),
      finish: () => noteEnd(request),
      heard: (text) => void (request.text += text),
      say: (text, how) => exchange.say(text, how),
      then: (bytes, how) => exchange.then(bytes, how),
      send: (bytes) => void socket.write(bytes),
      violation: (what) => {
        this.violations.push(what);
        socket.destroy();
      },
    });
    exchange.listen(take);
  }
}

class Exchange {
  readonly #socket: Socket;
  readonly #request: SpeechRequest;
  readonly #script: SpeechScript;
  readonly #dialect: SpeechTcpDialect;
  readonly #closed = Promise.withResolvers<void>();
  /** Settles when all was spoken that is to be. */
  #work: Promise<unknown> = Promise.resolve();
  #sounded = false;
  /** Whether its fault has come: nothing more is done. */
  #over = false;

  constructor(socket: Socket, { request, script, dialect }: {
    readonly request: SpeechRequest;
    readonly script: SpeechScript;
    readonly dialect: SpeechTcpDialect;
  }) {
    this.#socket = socket;
    this.#request = request;
    this.#script = script;
    this.#dialect = dialect;
    socket.once("close", () => {
      // What neither was written to its end nor broken off here was ended by the other side.
      if (request.state === "open") request.state = "closed";
      this.#closed.resolve();
    });
  }

  /** Does what the script says of the connection itself, and else has its bytes taken. */
  listen(take: (bytes: Uint8Array) => void): void {
    const { fault } = this.#script;
    let heard = false;
    this.#socket.on("data", (bytes: Uint8Array) => {
      const isFirst = !heard;
      heard = true;
      if (this.#over) return;
      if (fault?.what === "body") {
        if (isFirst) this.#socket.write(`${fault.body}\n`);
      } else if (fault !== undefined && "at" in fault && fault.at === "headers") {
        if (isFirst) void this.#breaks("headers");
      } else take(bytes);
    });
  }

  say(text: string, { before, sampleRateHz }: Parameters<SpeechTcpIo["say"]>[1]): void {
    this.#then(async () => {
      if (!this.#sounded && await this.#breaks("first")) return;
      this.#sounded = true;
      await this.#write(before);
      await this.#sound(text, sampleRateHz);
    });
  }

  then(bytes: Uint8Array, { last = false, closes = false }: { last?: boolean; closes?: boolean } = {}): void {
    this.#then(async () => {
      if (!this.#sounded && last && await this.#breaks("first")) return;
      await this.#write(bytes);
      if (last && this.#request.state === "open") this.#request.state = "whole";
      if (closes) this.#socket.end();
    });
  }

  #then(work: () => Promise<unknown>): void {
    this.#work = this.#work.then(() => this.#over ? undefined : work());
  }

  async #sound(text: string, sampleRateHz: number): Promise<void> {
    const { fault } = this.#script;
    const sound = new Uint8Array(spoken({ ...this.#script, sampleRateHz }, text).buffer);
    if (fault?.what === "trickle") return await this.#trickle();
    do {
      for (const [index, { from, end }] of this.#pieces(sound).entries()) {
        if (index > 0 && end === sound.length && await this.#breaks("mid")) return;
        if (!await this.#write(this.#dialect.sound(sound.subarray(from, end), sampleRateHz))) {
          this.#over = true;
          return;
        }
        this.#request.sentBytes += end - from;
      }
    } while (fault?.what === "endless");
  }

  #pieces({ length }: Uint8Array): readonly { readonly from: number; readonly end: number }[] {
    const { cuts = [1_001, length >> 1 | 1] } = this.#script;
    const places = cuts === "every byte" ? Array.from({ length }, (_, at) => at) : cuts;
    const ends = [...new Set([...places, length])].filter((at) => at > 0 && at <= length)
      .sort((a, b) => a - b);
    return ends.map((end, index) => ({ from: ends[index - 1] ?? 0, end }));
  }

  /** Writes once the socket takes it; `false` when the connection is gone. */
  async #write(bytes: Uint8Array): Promise<boolean> {
    if (!this.#socket.writable) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.write(bytes, () => resolve());
    await Promise.race([promise, this.#closed.promise]);
    return !this.#socket.destroyed;
  }

  /** A message that never becomes whole: a byte a second. */
  async #trickle(): Promise<void> {
    this.#over = true;
    this.#socket.write(this.#dialect.beginning(0x4000));
    while (!this.#socket.destroyed) {
      this.#socket.write("x");
      await this.#pause(1_000);
    }
  }

  /** Whether its fault comes now; a hang lasts until the other side ends it. */
  async #breaks(at: "headers" | "first" | "mid"): Promise<boolean> {
    const { fault } = this.#script;
    if (fault === undefined || !("at" in fault) || fault.at !== at) return false;
    this.#over = true;
    if (fault.what === "hang") {
      await this.#closed.promise;
      return true;
    }
    // In the midst of a message.
    if (at === "mid") this.#socket.write(this.#dialect.beginning(0x4000));
    // What was written before arrives first.
    await this.#pause(20);
    this.#request.state = "dropped";
    this.#socket.destroy();
    return true;
  }

  async #pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const passed = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    await Promise.race([passed, this.#closed.promise]);
    clearTimeout(timer);
  }
}
