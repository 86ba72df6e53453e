import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { SocketEmulator } from "./socket_emulator.ts";
import { type SpeechScript, spoken } from "./speech_script.ts";

/** A text that came in parts. */
export interface PartedText {
  /** As they were sent. */
  readonly parts: string[];
  /** Whether the service was told that this was all of it. */
  finished: boolean;
}

/** A request for speech, as it came. */
export interface SpeechRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What it is to speak; "" until that is known. */
  text: string;
  /** What came in parts, text by text: a connection may be used for one after the other. */
  readonly texts: PartedText[];
  /** What has been sent of the sound so far, in bytes. */
  sentBytes: number;
  /** How the answer ended; `closed`: by the other side, before it was whole. */
  state: "open" | "whole" | "dropped" | "closed";
  /** When it was whole, when the first sound went out, and when it had ended, on `performance.now()`. */
  readonly beganMs: number;
  soundMs?: number;
  endedMs?: number;
}

/** Notes a part of a text: of the last one, or of a new one where that is finished. */
export function notePart({ texts }: Pick<SpeechRequest, "texts">, part: string): void {
  const last = texts.at(-1);
  if (last === undefined || last.finished) texts.push({ parts: [part], finished: false });
  else last.parts.push(part);
}

/** Notes that this was all of a text. */
export function noteEnd({ texts }: Pick<SpeechRequest, "texts">): void {
  const last = texts.at(-1);
  if (last !== undefined) last.finished = true;
}

/** What a server says to a request. */
export type SpeechAnswer =
  | {
    readonly type: "refusal";
    readonly status: number;
    readonly body: string;
    readonly contentType?: string;
  }
  /** The body of the text's sound, as the server writes it. */
  | {
    readonly type: "speech";
    readonly text: string;
    readonly contentType: string;
    /** What was asked for, where the server looks at that. */
    readonly sampleRateHz?: number;
    /** Further headers, such as `x-sample-rate: 22050`. */
    readonly headers?: readonly string[];
  };

/** A server that speaks over HTTP. */
export interface SpeechDialect {
  /** Looks at a request; the adapter's slips go to `violation`. */
  answer(
    request: SpeechRequest,
    io: { readonly script: SpeechScript; readonly violation: (what: string) => void },
  ): SpeechAnswer;
  /** What a script's refusal looks like. */
  refusal(kind: Extract<SpeechScript["fault"], { readonly what: "refuse" }>["kind"]): SpeechAnswer;
  /** Sound as its body. */
  body(pcm: Int16Array<ArrayBuffer>, sampleRateHz: number): Uint8Array;
}

/** A voice over HTTP on a free port, which keeps the requests; disposing fails when an adapter broke its rules. */
export class SpeechEmulator extends SocketEmulator {
  /** In the order in which they came. */
  readonly requests: SpeechRequest[] = [];
  readonly #dialect: SpeechDialect;
  /** What it does with requests that come from now on, or what that is by a request's body. */
  speech: SpeechScript | ((body: string) => SpeechScript);
  readonly #http = createServer().on("request", (message: IncomingMessage) => {
    buffer(message).then((body) => this.#begin(message, body.toString()), () => {});
  });

  private constructor(dialect: SpeechDialect, script: SpeechScript) {
    super({});
    this.#dialect = dialect;
    this.speech = script;
  }

  static async start(dialect: SpeechDialect, script: SpeechScript = {}): Promise<SpeechEmulator> {
    const emulator = new SpeechEmulator(dialect, script);
    await emulator.listen();
    return emulator;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** Requests that have not ended. */
  get pending(): number {
    return this.requests.filter(({ state }) => state === "open").length;
  }

  wake(): void {}

  protected serve(socket: Socket): void {
    this.#http.emit("connection", socket);
  }

  #begin({ method = "", url = "", headers: given, socket }: IncomingMessage, body: string): void {
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const request: SpeechRequest = {
      method,
      url,
      headers,
      body,
      text: "",
      texts: [],
      sentBytes: 0,
      state: "open",
      beganMs: performance.now(),
    };
    this.requests.push(request);
    const { faultTimes = Infinity, fault, ...rest } = typeof this.speech === "function"
      ? this.speech(body)
      : this.speech;
    const script: SpeechScript = { ...rest, ...(fault && this.requests.length <= faultTimes && { fault }) };
    const violation = (what: string) => void this.violations.push(what);
    const answer = this.#dialect.answer(request, { script, violation });
    const exchange = new Exchange(socket, { request, script, dialect: this.#dialect });
    void exchange.run(answer)
      .finally(() => {
        exchange.release();
        // What neither was written to its end nor broken off here was ended by the other side.
        if (request.state === "open") request.state = "closed";
        request.endedMs = performance.now();
      });
  }
}

class Exchange {
  readonly #socket: Socket;
  readonly #request: SpeechRequest;
  readonly #script: SpeechScript;
  readonly #dialect: SpeechDialect;
  readonly #closed = Promise.withResolvers<void>();
  readonly #onClose = () => this.#closed.resolve();

  constructor(
    socket: Socket,
    { request, script, dialect }: {
      readonly request: SpeechRequest;
      readonly script: SpeechScript;
      readonly dialect: SpeechDialect;
    },
  ) {
    this.#socket = socket;
    this.#request = request;
    this.#script = script;
    this.#dialect = dialect;
    socket.once("close", this.#onClose);
  }

  /** The connection may carry another request. */
  release(): void {
    this.#socket.off("close", this.#onClose);
  }

  async run(answer: SpeechAnswer): Promise<void> {
    const { fault } = this.#script;
    if (answer.type === "refusal") return this.#refuse(answer);
    if (fault?.what === "refuse") return this.run(this.#dialect.refusal(fault.kind));
    if (fault?.what === "body") {
      return this.#refuse({ status: 200, body: fault.body, contentType: fault.type ?? answer.contentType });
    }
    if (await this.#breaks("headers")) return;
    this.#head(200, [
      `content-type: ${answer.contentType}`,
      "transfer-encoding: chunked",
      ...answer.headers ?? [],
    ]);
    if (await this.#breaks("first")) return;
    await this.#speak(answer);
  }

  async #speak(
    { text, sampleRateHz = this.#script.sampleRateHz ?? 24_000 }: Extract<SpeechAnswer, { type: "speech" }>,
  ): Promise<void> {
    const { fault } = this.#script;
    this.#request.text = text;
    const pcm = fault?.what === "empty" ? new Int16Array() : spoken({ ...this.#script, sampleRateHz }, text);
    const body = this.#dialect.body(pcm, sampleRateHz);
    const { cuts = [1_001, body.length >> 1 | 1], firstSoundMs = 0, chunkMs = 0 } = this.#script;
    if (firstSoundMs > 0) await this.#pause(firstSoundMs);
    this.#request.soundMs = performance.now();
    if (fault?.what === "trickle") return await this.#trickle(body);
    if (fault?.what === "endless") return await this.#repeat(body);
    const places = cuts === "every byte" ? body.keys() : cuts;
    const ends = [...new Set([...places, body.length])].filter((at) => at > 0 && at <= body.length).sort((
      a,
      b,
    ) => a - b);
    let from = 0;
    for (const [index, end] of ends.entries()) {
      if (index === ends.length - 1 && await this.#breaks("mid")) return;
      if (index > 0 && chunkMs > 0) await this.#pause(chunkMs);
      if (!await this.#chunk(body.subarray(from, end))) return;
      from = end;
    }
    this.#socket.write("0\r\n\r\n");
    this.#request.state = "whole";
  }

  async #trickle(body: Uint8Array): Promise<void> {
    for (const byte of body) {
      if (!await this.#chunk(Uint8Array.of(byte))) return;
      await this.#pause(1_000);
    }
  }

  async #repeat(body: Uint8Array): Promise<void> {
    while (await this.#chunk(body)) { /* until the other side ends it */ }
  }

  /** Sends a chunk once the socket takes it; `false` when the connection is gone. */
  async #chunk(bytes: Uint8Array): Promise<boolean> {
    if (this.#socket.destroyed) return false;
    const chunk = Buffer.concat([
      Buffer.from(`${bytes.length.toString(16)}\r\n`),
      bytes,
      Buffer.from("\r\n"),
    ]);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.write(chunk, () => resolve());
    await Promise.race([promise, this.#closed.promise]);
    this.#request.sentBytes += bytes.length;
    return !this.#socket.destroyed;
  }

  /** Whether its fault comes now; a hang lasts until the other side ends it. */
  async #breaks(at: "headers" | "first" | "mid"): Promise<boolean> {
    const { fault } = this.#script;
    if (fault === undefined || !("at" in fault) || fault.at !== at) return false;
    if (fault.what === "drop") {
      // What was written before arrives first.
      await this.#pause(20);
      this.#request.state = "dropped";
      this.#socket.destroy();
    } else await this.#closed.promise;
    return true;
  }

  async #pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const passed = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    await Promise.race([passed, this.#closed.promise]);
    clearTimeout(timer);
  }

  #refuse({ status, body, contentType = "application/json" }: {
    readonly status: number;
    readonly body: string | Uint8Array;
    readonly contentType?: string;
  }): void {
    this.#head(status, [`content-type: ${contentType}`, `content-length: ${Buffer.byteLength(body)}`]);
    this.#socket.write(body);
    this.#request.state = "whole";
  }

  #head(status: number, headers: readonly string[]): void {
    this.#socket.write([`HTTP/1.1 ${status} Said`, ...headers, "", ""].join("\r\n"));
  }
}
