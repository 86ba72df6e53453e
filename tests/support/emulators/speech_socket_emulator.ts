import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
// @ts-types="./ws_server.d.ts"
import { type ServerWebSocket, WebSocketServer } from "ws";
import type { OpeningRequest } from "./dialect.ts";
import { SocketEmulator } from "./socket_emulator.ts";
import { noteEnd, notePart, type SpeechRequest } from "./speech_emulator.ts";
import { type SpeechRefusal, type SpeechScript, spoken } from "./speech_script.ts";

/** The most sound that one message holds, in bytes: no service sends more at once than a socket takes. */
const MAX_PIECE_BYTES = 131_072;

/** What is answered to a request that gets no WebSocket. */
export interface SocketAnswer {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a dialect can do with its connection. */
export interface SpeechSocketIo {
  /** Speaks a text as the script says; once a connection. */
  speak(text: string): void;
  /** More of a text that is being written: what is whole of its sentences is spoken. */
  part(text: string): void;
  /** The same, but nothing is spoken before `release`. */
  hold(text: string): void;
  /** What was held may be spoken. */
  release(): void;
  /** That was all of it: the rest is spoken, then the answer ends. */
  finish(): void;
  /** Sends a message that is no sound, such as what says that it is ready. */
  send(message: string | Uint8Array): void;
  /** What it has to refuse by a message, where the dialect refuses so: at the step where the service does. */
  readonly refused: SpeechRefusal | undefined;
  /** Settles once the connection has ended. */
  readonly closed: Promise<void>;
  /** Ends the connection. */
  close(code?: number, reason?: string): void;
  /** The adapter has broken the service's rules: the test fails, and the connection ends. */
  violation(what: string): void;
}

/** The messages of one answer, around those of its sound; `io` is that of its connection. */
export interface SpeechSocketMessages {
  readonly before: (io: SpeechSocketIo) => readonly (string | Uint8Array)[];
  readonly sound: (bytes: Uint8Array, io: SpeechSocketIo) => string | Uint8Array;
  readonly after: (io: SpeechSocketIo) => readonly (string | Uint8Array)[];
}

/** Takes the messages of one connection. */
export type SpeechSocketTaker = (message: string | Uint8Array) => void;

/** One connection, where what it says has a state. */
export interface SpeechSocketTalk {
  readonly take: SpeechSocketTaker;
  readonly messages: SpeechSocketMessages;
  /** What was asked for, where the service looks at that, in Hz; asked once there is text. Default: the script's. */
  readonly sampleRateHz?: () => number;
}

/** A voice over WebSockets. */
export interface SpeechSocketDialect {
  /** Gives an answer where a request gets no WebSocket; the adapter's slips go to `violation`. */
  accept(request: OpeningRequest, violation: (what: string) => void): SocketAnswer | undefined;
  /** What a script's refusal looks like; `undefined` where that is a message, which `connect` sends. */
  refusal(kind: SpeechRefusal): SocketAnswer | undefined;
  /** A new connection: gives what takes its messages, and what it says where that has a state. */
  connect(io: SpeechSocketIo, request: OpeningRequest): SpeechSocketTaker | SpeechSocketTalk;
  /** What the script says, as the bytes of the service's sound. */
  sound(spoken: () => Int16Array<ArrayBuffer>): Uint8Array;
  /** What it says, where `connect` does not give it. */
  readonly messages?: SpeechSocketMessages | undefined;
}

const SILENT: SpeechSocketMessages = { before: () => [], sound: (bytes) => bytes, after: () => [] };

/** A voice over WebSockets on a free port, which keeps the requests; disposing fails when an adapter broke its rules. */
export class SpeechSocketEmulator extends SocketEmulator {
  /** Handshakes, and requests without one, in the order in which they came. */
  readonly requests: SpeechRequest[] = [];
  readonly #dialect: SpeechSocketDialect;
  readonly #speech: SpeechScript;
  readonly #wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 1 << 20,
    handleProtocols: () => false,
  });
  readonly #http = createServer()
    .on("request", (message) => this.#begin(message))
    .on("upgrade", (message, _socket, rest) => this.#begin(message, rest));

  private constructor(dialect: SpeechSocketDialect, script: SpeechScript) {
    super({});
    this.#dialect = dialect;
    this.#speech = script;
  }

  static async start(
    dialect: SpeechSocketDialect,
    script: SpeechScript = {},
  ): Promise<SpeechSocketEmulator> {
    const emulator = new SpeechSocketEmulator(dialect, script);
    await emulator.listen();
    return emulator;
  }

  get origin(): string {
    return `ws://localhost:${this.port}`;
  }

  wake(): void {}

  protected serve(socket: Socket): void {
    this.#http.emit("connection", socket);
  }

  #begin(message: IncomingMessage, rest?: Uint8Array): void {
    const { method = "", url = "", headers: given, socket } = message;
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const request: SpeechRequest = {
      method,
      url,
      headers,
      body: "",
      text: "",
      texts: [],
      sentBytes: 0,
      state: "open",
      beganMs: performance.now(),
    };
    this.requests.push(request);
    socket.once("close", () => {
      // What neither was written to its end nor broken off here was ended by the other side.
      if (request.state === "open") request.state = "closed";
    });
    const { faultTimes = Infinity, fault, ...script } = this.#speech;
    const violation = (what: string) => void this.violations.push(what);
    const exchange = new Exchange(socket, {
      request,
      dialect: this.#dialect,
      script: { ...script, ...(fault && this.requests.length <= faultTimes && { fault }) },
      violation,
    });
    const answer = this.#dialect.accept(request, violation);
    if (answer !== undefined) return exchange.refuse(answer);
    if (rest === undefined) return exchange.refuse({ status: 426 });
    void exchange.begin(() => this.#wss.handleUpgrade(request, socket, rest, (ws) => exchange.serve(ws)));
  }
}

/** The other side, as it is sent to and as the dialect has it. */
interface Peer {
  readonly ws: ServerWebSocket;
  readonly io: SpeechSocketIo;
}

class Exchange {
  readonly #socket: Socket;
  readonly #request: SpeechRequest;
  readonly #script: SpeechScript;
  readonly #dialect: SpeechSocketDialect;
  readonly #violation: (what: string) => void;
  readonly #closed = Promise.withResolvers<void>();
  /** What came of the text and is not spoken yet. */
  #unspoken = "";
  /** Settles when all was spoken that is to be. */
  #work: Promise<unknown> = Promise.resolve();
  #talk: SpeechSocketTalk | undefined;
  /** Whether the answer's first messages were sent. */
  #sounded = false;
  /** Whether its fault has come: nothing more is done. */
  #over = false;

  constructor(socket: Socket, { request, script, dialect, violation }: {
    readonly request: SpeechRequest;
    readonly script: SpeechScript;
    readonly dialect: SpeechSocketDialect;
    readonly violation: (what: string) => void;
  }) {
    this.#socket = socket;
    this.#request = request;
    this.#script = script;
    this.#dialect = dialect;
    this.#violation = violation;
    socket.once("close", () => this.#closed.resolve());
  }

  /** Does what the script says of the handshake, and else takes it. */
  async begin(upgrade: () => void): Promise<void> {
    const { fault } = this.#script;
    const refusal = fault?.what === "refuse" ? this.#dialect.refusal(fault.kind) : undefined;
    if (refusal !== undefined) return this.refuse(refusal);
    if (fault?.what === "body") {
      const { body, type = "text/html" } = fault;
      return this.refuse({ status: 200, body, headers: { "content-type": type } });
    }
    if (await this.#breaks("headers")) return;
    upgrade();
  }

  serve(ws: ServerWebSocket): void {
    let asked = false;
    const violation = (what: string) => {
      this.#violation(what);
      ws.close(1008);
    };
    const io: SpeechSocketIo = {
      speak: (text) => {
        if (asked) return violation("a second text on one connection");
        asked = true;
        this.#hold(text);
        this.#release({ ws, io }, text.length);
        this.#finish({ ws, io });
      },
      part: (text) => {
        this.#hold(text);
        this.#release({ ws, io });
      },
      hold: (text) => this.#hold(text),
      release: () => this.#release({ ws, io }),
      finish: () => this.#finish({ ws, io }),
      send: (message) => void this.#send(ws, message),
      refused: this.#script.fault?.what === "refuse" ? this.#script.fault.kind : undefined,
      closed: this.#closed.promise,
      close: (code, reason) => ws.close(code, reason),
      violation,
    };
    const made = this.#dialect.connect(io, this.#request);
    const talk = typeof made === "function"
      ? { take: made, messages: this.#dialect.messages ?? SILENT }
      : made;
    this.#talk = talk;
    ws.on("error", () => {});
    ws.on("message", (data, isBinary) => talk.take(isBinary ? new Uint8Array(data) : data.toString()));
  }

  refuse({ status, body = "", headers = {} }: SocketAnswer): void {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const all = {
      "content-length": String(bytes.length),
      connection: "close",
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#request.state = "whole";
    this.#socket.write(`HTTP/1.1 ${status} Said\r\n${lines.join("")}\r\n`);
    this.#socket.end(bytes);
  }

  get #messages(): SpeechSocketMessages {
    return this.#talk?.messages ?? SILENT;
  }

  #hold(text: string): void {
    notePart(this.#request, text);
    this.#request.text += text;
    this.#unspoken += text;
  }

  /** Speaks what is whole of the text's sentences, or all up to `wholeChars` of what has not been spoken. */
  #release(peer: Peer, wholeChars?: number): void {
    const end = wholeChars ?? (/^.*[.!?。！？](?=\s|$)/s.exec(this.#unspoken)?.[0].length ?? 0);
    const whole = this.#unspoken.slice(0, end);
    this.#unspoken = this.#unspoken.slice(end);
    if (whole.trim() !== "") this.#then(() => this.#speak(peer, whole.trim()));
  }

  #finish(peer: Peer): void {
    noteEnd(this.#request);
    const rest = this.#unspoken.trim();
    this.#unspoken = "";
    if (rest !== "") this.#then(() => this.#speak(peer, rest));
    this.#then(async () => {
      if (!this.#sounded && !await this.#beginSound(peer)) return;
      for (const message of this.#messages.after(peer.io)) await this.#send(peer.ws, message);
      if (this.#request.state === "open") this.#request.state = "whole";
      // A further answer of the connection begins anew.
      this.#sounded = false;
    });
  }

  /** What comes after all before it, unless its fault has come. */
  #then(work: () => Promise<unknown>): void {
    this.#work = this.#work.then(() => this.#over ? undefined : work());
  }

  async #beginSound(peer: Peer): Promise<boolean> {
    this.#sounded = true;
    if (await this.#breaks("first")) return false;
    for (const message of this.#messages.before(peer.io)) await this.#send(peer.ws, message);
    return true;
  }

  async #speak(peer: Peer, text: string): Promise<void> {
    const { fault, firstSoundMs = 0, chunkMs = 0 } = this.#script;
    if (!this.#sounded && firstSoundMs > 0) await this.#pause(firstSoundMs);
    if (!this.#sounded && !await this.#beginSound(peer)) return;
    const sampleRateHz = this.#talk?.sampleRateHz?.();
    const sound = fault?.what === "empty"
      ? new Uint8Array()
      : this.#dialect.sound(() => spoken({ ...this.#script, ...(sampleRateHz && { sampleRateHz }) }, text));
    if (fault?.what === "trickle") return await this.#trickle();
    for (;;) {
      for (const [index, piece] of this.#pieces(sound).entries()) {
        const isLast = index > 0 && piece.end === sound.length;
        if (isLast && await this.#breaks("mid")) return;
        if (index > 0 && chunkMs > 0) await this.#pause(chunkMs);
        const bytes = sound.subarray(piece.from, piece.end);
        if (!await this.#send(peer.ws, this.#messages.sound(bytes, peer.io))) {
          this.#over = true;
          return;
        }
        this.#request.sentBytes += piece.end - piece.from;
      }
      if (fault?.what !== "endless") break;
    }
  }

  #pieces({ length }: Uint8Array): readonly { readonly from: number; readonly end: number }[] {
    const { cuts = [1_001, length >> 1 | 1] } = this.#script;
    const places = cuts === "every byte" ? Array.from({ length }, (_, at) => at) : cuts;
    const bounds = Array.from(
      { length: Math.floor(length / MAX_PIECE_BYTES) },
      (_, at) => (at + 1) * MAX_PIECE_BYTES,
    );
    const ends = [...new Set([...places, ...bounds, length])].filter((at) => at > 0 && at <= length)
      .sort((a, b) => a - b);
    return ends.map((end, index) => ({ from: ends[index - 1] ?? 0, end }));
  }

  /** Sends a message once the socket takes it; `false` when the connection is gone. */
  async #send(ws: ServerWebSocket, message: string | Uint8Array): Promise<boolean> {
    if (ws.readyState !== 1) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    ws.send(message, () => resolve());
    await Promise.race([promise, this.#closed.promise]);
    return !this.#socket.destroyed;
  }

  /** A message that never becomes whole: a byte a second. */
  async #trickle(): Promise<void> {
    this.#over = true;
    this.#socket.write(Uint8Array.of(0x82, 126, 0x40, 0));
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
    if (at === "mid") this.#socket.write(Uint8Array.of(0x82, 126, 0x40, 0, 1, 2, 3));
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
