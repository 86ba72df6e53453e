import { OpusDecoder, OpusEncoder, opusPacketDurationMs } from "../../lib/audio/mod.ts";

/** Options of a {@linkcode PythonServer}. */
export interface PythonServerOptions {
  /** Whom it lets in; without one, everybody. */
  readonly token?: string;
  /** What it hears in any speech; nothing means that it recognizes none. */
  readonly words?: string;
  /** How long it thinks about an utterance, in ms. */
  readonly asrMs?: number;
  /** How long its models take to load for a connection, in ms; sound is dropped until then. */
  readonly loadMs?: number;
  /** After how much silence it says goodbye and closes, in ms. */
  readonly idleMs?: number;
}

/** So much silence ends an utterance, in ms. */
export const SILENCE_MS = 500;
/** What has no more packets than this is thrown away unheard. */
const SHORT_PACKETS = 15;
/** What is kept of the silence before speech. */
const KEPT_PACKETS = 10;
/** Sound waits in a queue before it is looked at; text does not. */
const QUEUE_MS = 5;
const LOUD = 300;
/** How many packets an answer has; so many of them leave at once, the others at their pace. */
const ANSWER_PACKETS = 8;
const AT_ONCE_PACKETS = 3;

/**
 * The Python server that Earshot stands in for, as a device sees it: what it answers, what it leaves unanswered, and
 * what it falls over. Disposing fails when a device sent what no device should.
 */
export class PythonServer implements AsyncDisposable {
  /** Utterances that were thought about. */
  recognized = 0;
  readonly violations: string[] = [];
  readonly options: PythonServerOptions;
  readonly #calls = new Set<Call>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(options: PythonServerOptions = {}) {
    this.options = options;
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      // It looks for this word alone, and tells whoever says anything else that it is there.
      if (request.headers.get("connection")?.toLowerCase() !== "upgrade") {
        return new Response("Server is running\n");
      }
      const refusal = this.#refusal(request);
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 20 });
      socket.binaryType = "arraybuffer";
      const call = new Call(this, socket, refusal);
      this.#calls.add(call);
      socket.onclose = () => {
        call.end();
        this.#calls.delete(call);
      };
      return response;
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}/xiaozhi/v1/`;
  }

  /** Whom it does not want it tells so once the socket is open, in words that are no message. */
  #refusal({ headers, url }: Request): string | undefined {
    const asked = (name: string) => headers.get(name) ?? new URL(url).searchParams.get(name);
    const { token } = this.options;
    if (asked("device-id") === null) return "端口正常，如需测试连接，请使用test_page.html";
    return token === undefined || asked("authorization") === `Bearer ${token}` ? undefined : "认证失败";
  }

  /** Devices that are connected. */
  get open(): number {
    return this.#calls.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const call of this.#calls) call.end();
    await this.#server.shutdown();
    if (this.violations.length > 0) {
      throw new Error(`no device says such things: ${this.violations.join("; ")}`);
    }
  }
}

/** One device. */
class Call {
  readonly #server: PythonServer;
  readonly #socket: WebSocket;
  readonly #sessionId = crypto.randomUUID();
  readonly #decoder = new OpusDecoder({ sampleRateHz: 16_000 });
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #beganMs = performance.now();
  /** As configured, until a hello says something else: then it repeats that, whatever it sends. */
  #audio: unknown = { format: "opus", sample_rate: 24_000, channels: 1, frame_duration: 60 };
  #packetMs = 60;
  #mode = "auto";
  #kept: { readonly loud: boolean }[] = [];
  #hasVoice = false;
  #voiceStopped = false;
  #quietMs = 0;
  #lastVoiceMs = performance.now();
  /** Counts answers: an abort makes the one under way stop. */
  #answer = 0;
  #speaking = false;
  #leaving = false;
  #ended = false;

  constructor(server: PythonServer, socket: WebSocket, refusal: string | undefined) {
    this.#server = server;
    this.#socket = socket;
    socket.onopen = () => {
      if (refusal === undefined) return;
      socket.send(refusal);
      socket.close(1000);
    };
    socket.onerror = (event) => event.preventDefault();
    socket.onmessage = ({ data }) => {
      if (refusal !== undefined) return;
      if (typeof data === "string") this.#onText(data);
      else this.#onBinary(new Uint8Array(data));
    };
  }

  /** Lets go of everything. May be called twice. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#decoder.close();
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1000);
  }

  #onText(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      this.#server.violations.push(`a text that is not JSON: ${text.slice(0, 80)}`);
      return this.#socket.send(text);
    }
    if (typeof message !== "object" || message === null || !("type" in message)) {
      return this.#falls(`a message without a type: ${text}`);
    }
    const field = (name: string): unknown => Object.entries(message).find(([key]) => key === name)?.[1];
    switch (message.type) {
      case "hello":
        return this.#onHello(field("audio_params"), field("features"));
      case "listen":
        return this.#onListen(field("state"), field("mode"), field("text"));
      case "abort":
        return this.#abort();
      case "mcp":
      case "iot":
        return;
      default:
        this.#server.violations.push(`a message of type ${message.type}`);
    }
  }

  #onHello(audio: unknown, features: unknown): void {
    if (typeof audio === "object" && audio !== null) {
      this.#audio = audio;
      if ("frame_duration" in audio) this.#packetMs = Number(audio.frame_duration);
    }
    if (typeof features === "object" && features !== null && "mcp" in features && features.mcp === true) {
      const payload = { jsonrpc: "2.0", id: 1, method: "initialize", params: { capabilities: {} } };
      this.#socket.send(JSON.stringify({ type: "mcp", payload }));
    }
    const welcome = { type: "hello", version: 1, transport: "websocket", audio_params: this.#audio };
    this.#say(welcome);
  }

  #onListen(state: unknown, mode: unknown, text: unknown): void {
    if (typeof mode === "string") this.#mode = mode;
    switch (state) {
      case "start":
        this.#hasVoice = this.#mode === "manual";
        this.#voiceStopped = false;
        return;
      case "stop":
        // At once: what waits in the queue of sound belongs to the next utterance.
        this.#hasVoice = true;
        this.#voiceStopped = true;
        if (this.#kept.length > 0) this.#utterance();
        return;
      case "detect":
        this.#hasVoice = false;
        this.#kept = [];
        if (typeof text === "string") this.#chat(text);
        return;
      default:
        this.#falls(`listen with the state ${state}`);
    }
  }

  /** A message that it has no answer to ends the connection. */
  #falls(what: string): void {
    this.#server.violations.push(what);
    this.#socket.close(1000);
  }

  #onBinary(packet: Uint8Array<ArrayBuffer>): void {
    if (performance.now() - this.#beganMs < (this.#server.options.loadMs ?? 0)) return;
    this.#later(QUEUE_MS, () => this.#hear(packet));
  }

  /** The whole message is one packet to it, whatever `Protocol-Version` says. */
  #hear(packet: Uint8Array): void {
    const loud = this.#isLoud(packet);
    if (loud && this.#speaking) this.#abort();
    this.#sayGoodbyeToTheSilent(loud);
    this.#kept.push({ loud });
    if (this.#mode !== "manual") {
      this.#quietMs = loud ? 0 : this.#quietMs + this.#packetMs;
      if (loud) this.#hasVoice = true;
      if (this.#hasVoice && this.#quietMs >= SILENCE_MS) this.#voiceStopped = true;
    }
    if (!this.#hasVoice) this.#kept = this.#kept.slice(-KEPT_PACKETS);
    else if (this.#voiceStopped) this.#utterance();
  }

  #isLoud(packet: Uint8Array): boolean {
    if (opusPacketDurationMs(packet) !== this.#packetMs) return false;
    let pcm: Int16Array;
    try {
      pcm = this.#decoder.decode(packet);
    } catch {
      return false;
    }
    return pcm.reduce((sum, sample) => sum + Math.abs(sample), 0) / pcm.length > LOUD;
  }

  #utterance(): void {
    const packets = this.#kept;
    this.#kept = [];
    this.#hasVoice = false;
    this.#voiceStopped = false;
    this.#quietMs = 0;
    if (packets.length <= SHORT_PACKETS) return;
    this.#server.recognized++;
    const { asrMs = 150, words = "Good morning. 😊" } = this.#server.options;
    const heard = packets.some(({ loud }) => loud) ? words : "";
    this.#later(asrMs, () => {
      const text = heard.replaceAll(/[^\p{L}\p{N}\s]/gu, "").trim();
      // Where there are no words nothing is said, not even that the turn is over.
      if (text !== "") this.#chat(text);
    });
  }

  #chat(text: string): void {
    if (this.#speaking) this.#abort();
    this.#say({ type: "stt", text });
    this.#say({ type: "llm", text: "😊", emotion: "happy" });
    this.#say({ type: "tts", state: "start" });
    this.#speaking = true;
    const answer = ++this.#answer;
    const stillOn = () => answer === this.#answer;
    this.#later(20, () => {
      if (!stillOn()) return;
      this.#say({ type: "tts", state: "sentence_start", text: "Good morning to you!" });
      for (let count = 0; count < ANSWER_PACKETS; count++) {
        this.#later(60 * Math.max(0, count - AT_ONCE_PACKETS), () => {
          // Bare packets, in every version.
          if (stillOn()) this.#socket.send(VOICE);
        });
      }
      this.#later(60 * (ANSWER_PACKETS - AT_ONCE_PACKETS), () => {
        if (!stillOn()) return;
        this.#say({ type: "tts", state: "sentence_end", text: "Good morning to you!" });
        this.#stop();
        if (this.#leaving) this.#socket.close(1000);
      });
    });
  }

  #abort(): void {
    this.#answer++;
    this.#stop();
  }

  #stop(): void {
    this.#speaking = false;
    this.#say({ type: "tts", state: "stop" });
  }

  /** Only sound reminds it of the time. */
  #sayGoodbyeToTheSilent(loud: boolean): void {
    const nowMs = performance.now();
    if (loud) this.#lastVoiceMs = nowMs;
    if (this.#leaving || nowMs - this.#lastVoiceMs < (this.#server.options.idleMs ?? 120_000)) return;
    this.#leaving = true;
    this.#chat("time flies say goodbye");
  }

  #say(message: object): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ ...message, session_id: this.#sessionId }));
  }

  #later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#socket.readyState === WebSocket.OPEN) action();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** 60 ms of its voice at 24 kHz. */
const VOICE = (() => {
  const encoder = new OpusEncoder({ sampleRateHz: 24_000 });
  try {
    return encoder.encode(Int16Array.from({ length: 1_440 }, (_, index) => 6_000 * Math.sin(index / 12)));
  } finally {
    encoder.close();
  }
})();
