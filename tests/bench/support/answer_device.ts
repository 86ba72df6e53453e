import { OpusEncoder } from "../../../lib/audio/mod.ts";
import { identityHeaders } from "../../../lib/device/identity_headers.ts";
import { LoadMicrophone } from "../../../lib/device/load/load_microphone.ts";
import { type PreparedPacket, prepareSilence, prepareSound } from "../../../lib/device/load/mod.ts";
import { Pace } from "../../../lib/device/load/pace.ts";
import { Microphone } from "../../../lib/device/microphone.ts";
import { RawWebSocket } from "../../../lib/device/mod.ts";
import { until } from "../../support/until.ts";
import { DeviceQueue, type QueueFigures } from "./device_queue.ts";
import { wallMs } from "./wall.ts";

const FRAME_MS = 60;
const SAMPLES_PER_MS = 16;
const FORMAT = { frameMs: FRAME_MS, frameVersion: 1 } as const;

/** All devices of a process capture by one timer. */
const pace = new Pace({ frameMs: FRAME_MS, onBeat: () => {}, onSkipped: () => {} });
const prepared = new WeakMap<Int16Array, readonly PreparedPacket[]>();
let silence: readonly PreparedPacket[] | undefined;

/** What is said often is encoded once. */
function packetsOf(pcm: Int16Array): readonly PreparedPacket[] {
  const packets = prepared.get(pcm) ?? prepareSound(pcm, FORMAT);
  prepared.set(pcm, packets);
  return packets;
}

interface Ear {
  on(): void;
  off(): void;
  /** Resolves when the last frame was captured. */
  speak(pcm: Int16Array): Promise<void>;
  close(): void;
}

/** What an {@linkcode AnswerDevice} is. */
export interface AnswerDeviceOptions {
  readonly url: URL;
  /** Its number; the last part of its id. */
  readonly index: number;
  /** Default `auto`. */
  readonly mode?: "auto" | "manual" | "realtime";
  /** Whether it says that it cancels its own echo. */
  readonly aec?: boolean;
  /** Told of each frame that it plays. */
  readonly onFrame?: (opus: Uint8Array<ArrayBuffer>) => void;
  /** Told of each `tts stop`, at which it throws away what it has not played. */
  readonly onStopped?: () => void;
  /** What its microphone hears in its next frame besides what is spoken; only then each frame is encoded anew. */
  readonly besides?: () => Int16Array | undefined;
}

/** What a device got between `tts start` and `tts stop`. */
export interface SpokenAnswer {
  /** When it began, by `tts start`; on the clock of `wallMs`, as are all times here. */
  readonly startedMs: number;
  stoppedMs?: number;
  /** When each frame came. */
  readonly framesMs: number[];
  readonly texts: string[];
  readonly queue: DeviceQueue;
}

/** What is left of an answer when it is told to another process. */
export interface AnswerFigures extends QueueFigures {
  readonly framesMs: readonly number[];
  readonly stopped: boolean;
}

/** The id of the device with that number. */
export function deviceIdOf(index: number): string {
  const [high = "00", low = "00"] = [index >> 8, index & 255].map((part) =>
    part.toString(16).padStart(2, "0")
  );
  return `02:00:00:00:${high}:${low}`;
}

/** A device that asks, speaks at the pace of speech, interrupts, and keeps when everything came. */
export class AnswerDevice implements AsyncDisposable {
  /** Everything that was spoken to it, oldest first. */
  readonly answers: SpokenAnswer[] = [];
  /** What was understood, and alerts, with when they came. */
  readonly heard: { readonly type: string; readonly text: string; readonly atMs: number }[] = [];
  /** Frames that came while nothing was spoken, which a device throws away. */
  readonly strayMs: number[] = [];
  readonly #options: AnswerDeviceOptions;
  readonly #socket: RawWebSocket;
  readonly #microphone: Ear;
  readonly #reading: Promise<void>;
  #greeted = false;

  private constructor(socket: RawWebSocket, options: AnswerDeviceOptions) {
    this.#options = options;
    this.#socket = socket;
    this.#microphone = options.besides === undefined
      ? preparedEar(socket)
      : mixingEar(socket, options.besides);
    this.#reading = this.#read();
  }

  /** Connects and says hello. */
  static async open(options: AnswerDeviceOptions): Promise<AnswerDevice> {
    const { url, index, aec = false } = options;
    const headers = identityHeaders({ deviceId: deviceIdOf(index) });
    const socket = await RawWebSocket.connect(url, { headers }, new AbortController().signal);
    const device = new AnswerDevice(socket, options);
    device.#say({ type: "hello", version: 1, features: { aec } });
    await until(() => device.#greeted, "the gateway's hello");
    return device;
  }

  /** What is spoken now, or was spoken last. */
  get answer(): SpokenAnswer | undefined {
    return this.answers.at(-1);
  }

  /** Whether something is spoken now. */
  get speaking(): boolean {
    const { answer } = this;
    return answer !== undefined && answer.stoppedMs === undefined;
  }

  /** Begins to listen; the microphone is on from now on, or the button down. */
  listen(): void {
    this.#say({ type: "listen", state: "start", mode: this.#options.mode ?? "auto" });
    this.#microphone.on();
  }

  /** Begins to listen, but sends nothing. */
  listenDeaf(): void {
    this.#say({ type: "listen", state: "start", mode: this.#options.mode ?? "auto" });
  }

  /** Lets the button go. Gives when that was. */
  release(): number {
    this.#microphone.off();
    this.#say({ type: "listen", state: "stop" });
    return wallMs();
  }

  /** Says a text as if it had been typed, or a wake word. */
  ask(text: string): void {
    this.#say({ type: "listen", state: "detect", text });
  }

  /** Says so. Gives when that was. */
  abort(): number {
    this.#say({ type: "abort" });
    return wallMs();
  }

  /** Speaks at the pace of speech; resolves with when the last sample had passed. */
  async speak(pcm: Int16Array): Promise<number> {
    await this.#microphone.speak(pcm);
    const endMs = wallMs();
    const frames = Math.ceil(pcm.length / SAMPLES_PER_MS / FRAME_MS);
    return endMs - (frames * FRAME_MS - pcm.length / SAMPLES_PER_MS);
  }

  /** Reads nothing. */
  stall(): void {
    this.#socket.stall();
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume();
  }

  /** The first frame of the answer with that number, when it has come. */
  async firstFrameOf(answer: number): Promise<number> {
    await until(() => (this.answers[answer]?.framesMs.length ?? 0) > 0, "the first frame of an answer", {
      timeoutMs: 60_000,
      found: () => this.heard.map(({ type, text }) => `${type} ${text}`).join(", "),
    });
    return this.answers[answer]?.framesMs[0] ?? NaN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#microphone.close();
    this.#socket.drop();
    await this.#reading;
  }

  #say(message: Readonly<Record<string, unknown>>): void {
    this.#socket.send(JSON.stringify(message));
  }

  async #read(): Promise<void> {
    for await (const data of this.#socket) {
      if (typeof data === "string") this.#onText(data);
      else this.#onFrame(data);
    }
  }

  #onFrame(opus: Uint8Array<ArrayBuffer>): void {
    const nowMs = wallMs();
    const { answer } = this;
    if (answer === undefined || answer.stoppedMs !== undefined) {
      this.strayMs.push(nowMs);
      return;
    }
    answer.framesMs.push(nowMs);
    answer.queue.frame(nowMs);
    this.#options.onFrame?.(opus);
  }

  #onText(data: string): void {
    const { type, state, text = "", message = "" } = JSON.parse(data);
    const atMs = wallMs();
    if (type === "hello") this.#greeted = true;
    if (type === "stt" || type === "alert") this.heard.push({ type, text: text || message, atMs });
    if (type !== "tts") return;
    if (state === "start") {
      this.answers.push({ startedMs: atMs, framesMs: [], texts: [], queue: new DeviceQueue(FRAME_MS) });
      if (this.#options.mode !== "realtime") this.#microphone.off();
    } else if (state === "sentence_start") {
      this.answer?.texts.push(text);
      this.answer?.queue.piece();
    } else if (state === "stop") {
      this.#options.onStopped?.();
      if (this.answer !== undefined) this.answer.stoppedMs ??= atMs;
    }
  }
}

/** What is told of an answer. */
export function figuresOf({ queue, framesMs, stoppedMs }: SpokenAnswer): AnswerFigures {
  return { ...queue.figures, framesMs, stopped: stoppedMs !== undefined };
}

function preparedEar(socket: RawWebSocket): Ear {
  silence ??= prepareSilence(FORMAT);
  const microphone = new LoadMicrophone({
    pace,
    silence,
    onPacket: ({ frame }) => void socket.sendFrame(frame),
  });
  return {
    on: () => microphone.on(),
    off: () => microphone.off(),
    speak: (pcm) => microphone.play(packetsOf(pcm)),
    close: () => microphone.close(),
  };
}

function mixingEar(socket: RawWebSocket, besides: () => Int16Array | undefined): Ear {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000, dtx: true });
  const microphone = new Microphone({
    frameDurationMs: FRAME_MS,
    paceFactor: 1,
    onFrame: (samples) => {
      const other = besides();
      const heard = other === undefined ? samples : samples.map((sample, at) => sample + (other[at] ?? 0));
      socket.send(encoder.encode(heard));
    },
  });
  return {
    on: () => microphone.on(),
    off: () => microphone.off(),
    speak: async (pcm) => void await microphone.speak(pcm, { thenOff: false }),
    close: () => {
      microphone.close();
      encoder.close();
    },
  };
}
