import { OpusDecoder, OpusEncoder } from "../../lib/audio/mod.ts";
import { McpReplies, RawWebSocket, type SimulatedToolServer, type SocketEnd } from "../../lib/device/mod.ts";
import { encodeFrame } from "../../lib/protocol/mod.ts";
import { noise } from "./noise.ts";
import { until } from "./until.ts";

const SAMPLES_PER_MS = 16;
const LOUD = 8_000;

/** Where a {@linkcode HandDevice} connects: a test's gateway, or one in another process. */
export interface HandDeviceHost {
  readonly url: URL;
  readonly gateway: { readonly listening: Promise<unknown> };
  /** Sent with the opening request by a device that does not say who it is. */
  readonly ids?: Readonly<Record<string, string>>;
}

/** What a {@linkcode HandDevice} is. */
export interface HandDeviceOptions {
  /** The layout of binary frames. Default 1. */
  readonly frameVersion?: 1 | 2 | 3;
  /** How long one packet sounds. Default 60. */
  readonly frameDurationMs?: number;
  /** Added to the URL. */
  readonly query?: string;
  /** Instead of the gateway's own WebSocket path. */
  readonly path?: string;
  /** Sent with the opening request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of each frame of sound that comes. */
  readonly onFrame?: (opus: Uint8Array) => void;
  /** Its own tools: it answers by itself what is asked of them. */
  readonly tools?: SimulatedToolServer;
  /** Told of each text message that comes, parsed. */
  readonly onMessage?: (message: Readonly<Record<string, unknown>>) => void;
  /** Whether it reads what the gateway sends, its close frame included. Default true. */
  readonly reads?: boolean;
}

/** A device that does only what a test tells it to, and keeps what the gateway says as it came. */
export class HandDevice implements AsyncDisposable {
  /** Every text message, parsed. */
  readonly heard: Record<string, unknown>[] = [];
  /** Every message in short, and every frame as `frame`, in the order in which they came. */
  readonly log: string[] = [];
  /** When each frame came, in ms. */
  readonly framesMs: number[] = [];
  readonly #socket: RawWebSocket;
  readonly #encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  readonly #decoder = new OpusDecoder();
  readonly #frameVersion: 1 | 2 | 3;
  readonly #frameSamples: number;
  readonly #sound: Int16Array[] = [];
  readonly #sent: Uint8Array[] = [];
  readonly #reading: Promise<void>;
  readonly #onFrame: HandDeviceOptions["onFrame"];
  readonly #mcp: McpReplies | undefined;
  readonly #onMessage: HandDeviceOptions["onMessage"];

  private constructor(socket: RawWebSocket, options: HandDeviceOptions) {
    this.#socket = socket;
    this.#onFrame = options.onFrame;
    this.#mcp = options.tools && new McpReplies(options.tools, {
      send: (payload) => this.say(`{"session_id":"","type":"mcp","payload":${payload}}`),
    });
    this.#onMessage = options.onMessage;
    this.#frameVersion = options.frameVersion ?? 1;
    this.#frameSamples = (options.frameDurationMs ?? 60) * SAMPLES_PER_MS;
    if (options.reads === false) socket.stall();
    this.#reading = this.#read();
  }

  /** Opens the socket and says nothing. */
  static async open(gateway: HandDeviceHost, options: HandDeviceOptions = {}): Promise<HandDevice> {
    await gateway.gateway.listening;
    const url = gateway.url;
    url.pathname = options.path ?? url.pathname;
    url.search = options.query ?? "";
    const ids = options.headers?.["Device-Id"] === undefined ? gateway.ids : {};
    const headers = { "Protocol-Version": String(options.frameVersion ?? 1), ...ids, ...options.headers };
    const socket = await RawWebSocket.connect(url, { headers }, new AbortController().signal);
    return new HandDevice(socket, options);
  }

  /** Opens the socket, says hello and waits for the gateway's. */
  static async greet(gateway: HandDeviceHost, options: HandDeviceOptions = {}): Promise<HandDevice> {
    const device = await HandDevice.open(gateway, options);
    device.say({ type: "hello", ...(options.tools && { features: { mcp: true } }) });
    if (options.reads !== false) await device.hears(["hello"]);
    return device;
  }

  /** Opens the socket, says hello and begins to listen; what the gateway said so far is forgotten. */
  static async listen(
    gateway: HandDeviceHost,
    mode: "auto" | "manual" | "realtime",
    options: HandDeviceOptions = {},
  ): Promise<HandDevice> {
    const device = await HandDevice.greet(gateway, options);
    device.start(mode);
    device.heard.length = 0;
    return device;
  }

  /** Resolves with the way in which the connection ended. */
  get ended(): Promise<SocketEnd> {
    return this.#socket.closed;
  }

  /** How many packets were sent. */
  get packets(): number {
    return this.#sound.length;
  }

  /** What the gateway said, in short: `hello`, `stt segment 0`, `tts stop`. */
  get said(): readonly string[] {
    return this.heard.map(inShort);
  }

  /** Sends a text message. */
  say(message: Readonly<Record<string, unknown>> | string): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Sends a binary message as it is. */
  send(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** `listen start`. */
  start(mode: "auto" | "manual" | "realtime"): void {
    this.say({ type: "listen", state: "start", mode });
  }

  /** `listen stop`. */
  stop(): void {
    this.say({ type: "listen", state: "stop" });
  }

  /** Sends so much speech, all at once. */
  speak(durationMs: number): void {
    for (const packet of this.encode(durationMs, LOUD)) this.send(packet);
  }

  /** Sends so much silence, all at once. */
  pause(durationMs: number): void {
    for (const packet of this.encode(durationMs, 0)) this.send(packet);
  }

  /** Frames that are not sent, but count in {@linkcode soundOf} as if they were. */
  encode(
    durationMs: number,
    amplitude: number,
    timestampMs: (index: number) => number = () => 0,
  ): Uint8Array<ArrayBuffer>[] {
    return this.encodeSound(noise(durationMs * SAMPLES_PER_MS, amplitude), timestampMs);
  }

  /** The same of sound that is given; silence fills up its last frame. */
  encodeSound(pcm: Int16Array, timestampMs: (index: number) => number = () => 0): Uint8Array<ArrayBuffer>[] {
    const frames: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < pcm.length; at += this.#frameSamples) {
      const samples = new Int16Array(this.#frameSamples);
      samples.set(pcm.subarray(at, at + this.#frameSamples));
      const packet = this.#encoder.encode(samples);
      this.#sound.push(this.#decoder.decode(packet));
      this.#sent.push(packet);
      frames.push(encodeFrame(this.#frameVersion, packet, { timestampMs: timestampMs(frames.length) }));
    }
    return frames;
  }

  /** The same where it is a matter of time whether the sound before them was decoded: with and without it. */
  soundsOf(from: number, end = this.packets): readonly Int16Array[] {
    const decoder = new OpusDecoder();
    const anew = this.#sent.slice(from, end).flatMap((packet) => [...decoder.decode(packet)]);
    decoder.close();
    return [this.soundOf(from, end), Int16Array.from(anew)];
  }

  /** What the gateway must have decoded of the packets `from` up to `end`, which is not part of it. */
  soundOf(from: number, end = this.packets): Int16Array {
    return Int16Array.from(this.#sound.slice(from, end).flatMap((pcm) => [...pcm]));
  }

  /** Waits until the gateway has said just this, in short. */
  async hears(expected: readonly string[]): Promise<void> {
    await this.until(() => this.heard.length >= expected.length, expected.join(", "));
    if (this.said.join("|") === expected.join("|")) return;
    throw new Error(`Cannot go on: heard ${this.said.join(", ")} instead of ${expected.join(", ")}`);
  }

  /** Waits until something is so. */
  async until(condition: () => boolean, what: string): Promise<void> {
    await until(condition, what, { found: () => this.said.join(", ") });
  }

  /** A round trip: everything that was sent before has been handled, and what it caused at once was heard. */
  async settled(): Promise<void> {
    const pongs = () => this.heard.filter(({ type }) => type === "pong").length;
    const before = pongs();
    this.say({ type: "ping" });
    await this.until(() => pongs() > before, "a pong");
    this.heard.splice(this.heard.findLastIndex(({ type }) => type === "pong"), 1);
  }

  /** Stops reading. */
  stall(): void {
    this.#socket.stall();
  }

  /** Cuts TCP. */
  drop(): void {
    this.#socket.drop();
  }

  /** Cuts TCP and gives everything back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#mcp?.close();
    this.#socket.drop();
    await this.#reading;
    this.#encoder.close();
    this.#decoder.close();
  }

  async #read(): Promise<void> {
    for await (const message of this.#socket) {
      if (typeof message === "string") {
        const parsed = JSON.parse(message);
        if (parsed.type === "mcp" && this.#mcp !== undefined) {
          this.#mcp.receive(parsed.payload);
          continue;
        }
        this.heard.push(parsed);
        this.log.push(inShort(parsed));
        this.#onMessage?.(parsed);
      } else {
        this.log.push("frame");
        this.framesMs.push(performance.now());
        this.#onFrame?.(message);
      }
    }
  }
}

function inShort({ type, state, text, emotion }: Record<string, unknown>): string {
  const words = type === "llm" ? [type, emotion] : [type, state, text];
  return words.filter((word) => typeof word === "string").join(" ");
}
