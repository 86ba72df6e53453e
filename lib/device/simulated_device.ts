import { OpusDecoder, OpusEncoder, SPEECH_SAMPLE_RATE_HZ } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { type CleanupReport, raceSignal, Scope, systemClock, withDeadline } from "../lifecycle/mod.ts";
import {
  type AudioParams,
  decodeFrame,
  type DeviceMessage,
  encodeDeviceMessage,
  encodeFrame,
  type ListenMode,
  parseServerMessage,
  type ServerMessage,
} from "../protocol/mod.ts";
import { identityHeaders } from "./identity_headers.ts";
import { McpReplies } from "./mcp_replies.ts";
import { Microphone } from "./microphone.ts";
import { RawWebSocket } from "./raw_websocket.ts";
import type {
  DeviceFaults,
  DeviceStats,
  SayOptions,
  SimulatedDeviceOptions,
} from "./simulated_device_options.ts";
import { type SaidResult, TurnRecorder } from "./turn_recorder.ts";

/** As the device's screen would show it. */
export type DeviceState = "idle" | "listening" | "speaking";

/**
 * The other end of the wire: behaves as firmware does, over a real socket, at a real pace. It owns its socket,
 * its encoder and its microphone, and gives them back when it is closed, when its signal aborts, or when the
 * gateway goes away.
 */
export class SimulatedDevice implements AsyncDisposable {
  // First, because it is the one that may fail, and a scope must not be left open.
  readonly #encoder = new OpusEncoder({ sampleRateHz: 16_000, dtx: true });
  readonly #scope = new Scope("device");
  readonly #mode: ListenMode;
  readonly #frameVersion: 1 | 2 | 3;
  readonly #socket: RawWebSocket;
  readonly #microphone: Microphone;
  readonly #connectedMs = systemClock.nowMs();
  readonly #hello = Promise.withResolvers<AudioParams>();
  /** Decodes what it plays, where that is kept. */
  readonly #decoder: OpusDecoder | undefined;
  readonly #onMessage: SimulatedDeviceOptions["onMessage"];
  readonly #onPlayed: SimulatedDeviceOptions["onPlayed"];
  readonly #stats = {
    framesSent: 0,
    framesDropped: 0,
    framesPlayed: 0,
    framesIgnored: 0,
    invalidFrames: 0,
    invalidMessages: 0,
  };
  /** Answers what the gateway asks of its tools. */
  readonly #mcp: McpReplies | undefined;
  #sessionId = "";
  #state: DeviceState = "idle";
  #turn: TurnRecorder | undefined;

  private constructor(options: SimulatedDeviceOptions, socket: RawWebSocket) {
    this.#mode = options.mode ?? "auto";
    this.#frameVersion = options.frameVersion ?? 1;
    this.#socket = socket;
    this.#onMessage = options.onMessage;
    this.#onPlayed = options.onPlayed;
    this.#scope.own("socket", () => {
      socket.drop();
      return socket.closed;
    });
    this.#scope.own("encoder", () => this.#encoder.close());
    if (options.keepSound === true) {
      const decoder = this.#decoder = new OpusDecoder({ sampleRateHz: SPEECH_SAMPLE_RATE_HZ });
      this.#scope.own("decoder", () => decoder.close());
    }
    this.#microphone = new Microphone({
      frameDurationMs: options.frameDurationMs ?? 60,
      paceFactor: options.paceFactor ?? 1,
      onFrame: (samples) => this.#guard(() => this.#sendFrame(samples)),
    });
    this.#scope.own("microphone", () => this.#microphone.close());
    if (options.tools !== undefined) {
      const mcp = this.#mcp = new McpReplies(options.tools, {
        send: (payload) =>
          socket.send(`{"session_id":${JSON.stringify(this.#sessionId)},"type":"mcp","payload":${payload}}`),
      });
      this.#scope.own("tools", () => mcp.close());
    }
    this.#scope.run("reader", () => this.#read());
  }

  /**
   * Connects and says hello. The signal ends the device at any time.
   *
   * @throws {EarshotError} `device.connect`, `device.no_answer`, `canceled`
   */
  static async connect(options: SimulatedDeviceOptions, signal: AbortSignal): Promise<SimulatedDevice> {
    const { connectTimeoutMs = 10_000, helloTimeoutMs = 10_000 } = options;
    const socket = await RawWebSocket.connect(
      options.url,
      { headers: identityHeaders(options), connectTimeoutMs },
      signal,
    );
    let device: SimulatedDevice | undefined;
    try {
      device = new SimulatedDevice(options, socket);
      device.#obey(signal);
      device.#sendHello(options);
      await device.#await(device.#hello.promise, helloTimeoutMs, "hello");
      device.#planFaults(options.faults ?? {});
      return device;
    } catch (thrown) {
      await device?.close();
      socket.drop();
      throw thrown;
    }
  }

  /** What it does now. */
  get state(): DeviceState {
    return this.#state;
  }

  /** What it has counted so far. */
  get stats(): DeviceStats {
    return { ...this.#stats };
  }

  /** Resolves when the connection is over and everything was given back; never rejects. */
  get closed(): Promise<CleanupReport> {
    return this.#scope.closed;
  }

  /**
   * Speaks 16 kHz mono sound into the microphone and waits for the `tts stop` that ends the turn. In manual
   * mode the button is held for just that long. In the other modes the microphone stays on afterward, and
   * what is said while the device speaks is sent in realtime mode only.
   *
   * @throws {EarshotError} `device.no_answer` when no answer comes in time or the connection ends;
   * `canceled` when the device is closed meanwhile
   */
  async say(samples: Int16Array, options: SayOptions = {}): Promise<SaidResult> {
    const { answerTimeoutMs = 30_000 } = options;
    if (this.#turn !== undefined) throw new Error("Cannot say anything: the turn before is not over");
    const turn = new TurnRecorder(systemClock);
    this.#turn = turn;
    try {
      const manual = this.#mode === "manual";
      if (manual && this.#state === "speaking") this.send({ type: "abort" });
      if (manual || this.#state === "idle") this.#listen();
      const speech = this.#microphone.speak(samples, { thenOff: manual });
      const spokenMs = await raceSignal(speech, this.#scope.signal);
      if (manual) this.#releaseButton();
      turn.spoken(manual ? systemClock.nowMs() : spokenMs);
      await this.#await(turn.finished, answerTimeoutMs, "speech");
      return turn.result();
    } finally {
      turn.close();
      this.#turn = undefined;
    }
  }

  /** Sends a text message, such as an abort, on top of those that it sends by itself. */
  send(message: Exclude<DeviceMessage, { type: "unknown" }>): boolean {
    return this.#socket.send(encodeDeviceMessage(message, this.#sessionId));
  }

  /** Stops reading; it still sends. */
  stall(): void {
    this.#socket.stall();
  }

  /** Cuts the connection now, in the middle of whatever goes on; what waits rejects with `canceled`. */
  drop(): void {
    void this.close();
  }

  /** Says goodbye as firmware does, which is to drop TCP, and gives everything back. May be called twice. */
  close(): Promise<CleanupReport> {
    return this.#scope.close(new EarshotError("canceled", "Cannot go on: the device has hung up"));
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #obey(signal: AbortSignal): void {
    const onAbort = () => this.drop();
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#scope.own("signal", () => signal.removeEventListener("abort", onAbort));
  }

  #planFaults({ dropAfterMs, stallAfterMs }: DeviceFaults): void {
    if (dropAfterMs !== undefined) {
      this.#scope.own("drop fault", systemClock.schedule(dropAfterMs, () => this.drop()));
    }
    if (stallAfterMs !== undefined) {
      this.#scope.own("stall fault", systemClock.schedule(stallAfterMs, () => this.stall()));
    }
  }

  #sendHello({ frameDurationMs = 60, tools }: SimulatedDeviceOptions): void {
    const audio = { format: "opus", sampleRateHz: 16_000, channels: 1, frameDurationMs } as const;
    const features = { mcp: tools !== undefined, aec: false };
    this.send({ type: "hello", version: this.#frameVersion, features, audio });
  }

  #listen(): void {
    this.#state = "listening";
    this.send({ type: "listen", state: "start", mode: this.#mode });
    this.#microphone.on();
  }

  #releaseButton(): void {
    if (this.#state === "listening") this.#state = "idle";
    this.send({ type: "listen", state: "stop" });
  }

  #sendFrame(samples: Int16Array): void {
    const sent = this.#socket.send(encodeFrame(this.#frameVersion, this.#encoder.encode(samples)));
    this.#stats[sent ? "framesSent" : "framesDropped"]++;
  }

  async #read(): Promise<void> {
    for await (const data of this.#socket) {
      this.#guard(() => typeof data === "string" ? this.#onText(data) : this.#onBinary(data));
    }
    const { by, code, reason } = await this.#socket.closed;
    const state = `the ${by} closed the connection (${code}${reason && `: ${reason}`})`;
    // Not awaited: the scope waits for this very task.
    void this.#scope.close(new EarshotError("device.no_answer", `Cannot go on: ${state}`));
  }

  #onText(text: string): void {
    let message: ServerMessage & { readonly sessionId: string };
    try {
      message = parseServerMessage(text);
    } catch (thrown) {
      if (!EarshotError.from(thrown).code.startsWith("protocol.")) throw thrown;
      this.#stats.invalidMessages++;
      return;
    }
    if (message.type === "hello") {
      this.#sessionId = message.sessionId;
      this.#hello.resolve(message.audio);
    }
    const timed = { tSeconds: (systemClock.nowMs() - this.#connectedMs) / 1000, message };
    if (message.type === "tts") this.#onTts(message.state);
    if (message.type === "mcp") this.#mcp?.receive(message.payload);
    this.#turn?.record(timed);
    this.#onMessage?.(timed);
  }

  #onTts(state: string): void {
    if (state === "start") {
      this.#state = "speaking";
      if (this.#mode !== "realtime") this.#microphone.off();
    }
    // Without a `tts start` before it, firmware does nothing: it listens on.
    if (state !== "stop" || this.#state !== "speaking") return;
    if (this.#mode === "auto") this.#listen();
    else this.#state = this.#mode === "manual" ? "idle" : "listening";
  }

  #onBinary(bytes: Uint8Array): void {
    let packet: Uint8Array | undefined;
    try {
      const frame = decodeFrame(this.#frameVersion, bytes);
      if (frame.type === "opus") packet = frame.payload;
    } catch (thrown) {
      if (EarshotError.from(thrown).code !== "protocol.invalid_frame") throw thrown;
      this.#stats.invalidFrames++;
      return;
    }
    if (this.#state !== "speaking") {
      this.#stats.framesIgnored++;
      return;
    }
    this.#stats.framesPlayed++;
    if (packet !== undefined) this.#onPlayed?.(packet);
    this.#turn?.played(this.#soundOf(packet));
  }

  /** The sound of a packet where it is kept; one that is none sounds like nothing. */
  #soundOf(packet: Uint8Array | undefined): Int16Array | undefined {
    if (packet === undefined) return undefined;
    try {
      return this.#decoder?.decode(packet);
    } catch (thrown) {
      if (EarshotError.from(thrown).code !== "audio.decode") throw thrown;
      this.#stats.invalidFrames++;
      return undefined;
    }
  }

  /** What fails in a handler ends the device, rather than the process. */
  #guard(handle: () => void): void {
    try {
      handle();
    } catch (thrown) {
      void this.#scope.close(EarshotError.from(thrown));
    }
  }

  /** Waits for the gateway while the device lives; too late an answer is none. */
  async #await<T>(answer: Promise<T>, timeoutMs: number, to: string): Promise<T> {
    const state = `the gateway did not answer its ${to} within ${timeoutMs} ms`;
    return await withDeadline(answer, timeoutMs, {
      errorAtDeadline: () => new EarshotError("device.no_answer", `Cannot go on: ${state}`),
      signal: this.#scope.signal,
    });
  }
}
