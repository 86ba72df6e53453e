import { CATALOG, EarshotError } from "../../errors/mod.ts";
import { raceSignal, systemClock, withDeadline } from "../../lifecycle/mod.ts";
import {
  type DeviceMessage,
  encodeDeviceMessage,
  parseServerMessage,
  type ServerMessage,
} from "../../protocol/mod.ts";
import { identityHeaders } from "../identity_headers.ts";
import { RawWebSocket, type SocketEnd } from "../raw_websocket.ts";
import { TurnRecorder } from "../turn_recorder.ts";
import { LoadMicrophone } from "./load_microphone.ts";
import type { CallContext, Utterance } from "./call_context.ts";
import type { Fault, Outcome } from "./load_report.ts";
import { stampNowMs, stampsIn } from "./packet_stamp.ts";
import { type PreparedPacket, preparePacket, stamped } from "./prepared_sound.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const HELLO_TIMEOUT_MS = 10_000;
/** How long a device that does not read stays. */
const STALL_MS = 3_000;
/** How long what was sent last has to arrive. */
const LINGER_MS = 250;
const GARBAGE_BYTES = 200;
/** What a device shows of a server that cannot hear it in time. */
const BUSY: readonly string[] = Object.values(CATALOG["server.overloaded"].device);

/** One connection of a device, from the upgrade to its end: it says utterances and follows what comes of them. */
export class LoadCall {
  readonly #context: CallContext;
  readonly #socket: RawWebSocket;
  readonly #microphone: LoadMicrophone;
  readonly #over = new AbortController();
  readonly #reading: Promise<void>;
  readonly #hello = Promise.withResolvers<void>();
  #sessionId = "";
  #speaking = false;
  #turn: TurnRecorder | undefined;
  #fault: Fault | undefined;
  #isOpen = false;
  /** When the utterance began, and when the server said, since the one before it, that it is too busy for it. */
  #saidMs = 0;
  #refusedMs: number | undefined;

  private constructor(context: CallContext, socket: RawWebSocket) {
    this.#context = context;
    this.#socket = socket;
    this.#microphone = new LoadMicrophone({
      pace: context.pace,
      silence: context.plan.silence,
      onPacket: (packet, isVoice) => this.#sendPacket(packet, isVoice),
    });
    this.#reading = this.#read();
  }

  /**
   * Connects and says hello.
   *
   * @throws {EarshotError} `device.connect`, `device.no_answer`, `canceled`
   */
  static async open(context: CallContext, signal: AbortSignal): Promise<LoadCall> {
    const { plan, identity, tally } = context;
    const startedMs = performance.now();
    const options = {
      headers: identityHeaders({ ...identity, token: plan.token, frameVersion: plan.frameVersion }),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    };
    const socket = await RawWebSocket.connect(plan.url, options, signal);
    tally.took("connect", performance.now() - startedMs);
    const call = new LoadCall(context, socket);
    try {
      await call.#greet(signal);
      return call;
    } catch (thrown) {
      await call.close();
      throw thrown;
    }
  }

  /** Aborts when the connection is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Resolves when the connection is over and nothing of it is left; never rejects. */
  get closed(): Promise<void> {
    return this.#reading;
  }

  /** Says something, counts what comes of it, and resolves when the turn is over, one way or another. */
  async say({ packets, fault }: Utterance): Promise<void> {
    const { tally } = this.#context;
    const turn = this.#turn = new TurnRecorder(systemClock);
    const cancelFault = fault === undefined ? () => {} : systemClock.schedule(
      fault.afterMs,
      () => this.#misbehave(fault.kind),
    );
    this.#fault = undefined;
    this.#saidMs = systemClock.nowMs();
    try {
      tally.turn(await this.#outcome(turn, packets));
    } finally {
      cancelFault();
      this.#refusedMs = undefined;
      turn.close();
      this.#turn = undefined;
    }
  }

  /** Says nothing more, and drops TCP once what was sent has had the time to arrive. */
  hangUp(): void {
    this.#microphone.close();
    this.#dropAfter(LINGER_MS);
  }

  /** Drops TCP, as firmware does, and resolves when nothing of the call is left. May be called twice. */
  async close(): Promise<void> {
    this.#drop();
    await this.#reading;
  }

  async #greet(signal: AbortSignal): Promise<void> {
    const { plan: { frameVersion, frameMs }, tally } = this.#context;
    const startedMs = performance.now();
    const audio = { format: "opus", sampleRateHz: 16_000, channels: 1, frameDurationMs: frameMs } as const;
    this.#send({ type: "hello", version: frameVersion, features: { mcp: false, aec: false }, audio });
    const state = `the server did not answer its hello within ${HELLO_TIMEOUT_MS} ms`;
    await withDeadline(raceSignal(this.#hello.promise, this.#over.signal), HELLO_TIMEOUT_MS, {
      errorAtDeadline: () => new EarshotError("device.no_answer", `Cannot go on: ${state}`),
      signal,
    });
    tally.took("hello", performance.now() - startedMs);
    tally.opened();
    this.#isOpen = true;
  }

  async #outcome(turn: TurnRecorder, packets: readonly PreparedPacket[]): Promise<Outcome> {
    const { plan: { mode, answerTimeoutMs }, tally } = this.#context;
    const over = this.#over.signal;
    try {
      if (mode === "manual" || !this.#microphone.isOn) this.#listen();
      await raceSignal(this.#microphone.play(packets), over);
      if (mode === "manual") this.#release();
      if (this.#refusedMs === undefined && turn.result().messages.some(isStop)) tally.cutShort++;
      turn.spoken(systemClock.nowMs());
      await withDeadline(turn.finished, answerTimeoutMs, { what: "the answer", signal: over });
    } catch (thrown) {
      const { code } = EarshotError.from(thrown);
      if (over.aborted) return await this.#endOutcome();
      if (code !== "lifecycle.deadline") throw thrown;
      return this.#refusedMs === undefined ? "no_answer" : this.#refused(this.#refusedMs);
    }
    return this.#answerOutcome(turn);
  }

  #answerOutcome(turn: TurnRecorder): Outcome {
    const { tally } = this.#context;
    if (this.#fault === "abort") return "aborted";
    const { texts, messages, endOfSpeechToTextMs, endOfSpeechToStopMs } = turn.result();
    // What the server knew before is no latency, and would make the others look small.
    if (endOfSpeechToStopMs >= 0) tally.took("stop", endOfSpeechToStopMs);
    if (endOfSpeechToTextMs !== undefined && endOfSpeechToTextMs >= 0) {
      tally.took("text", endOfSpeechToTextMs);
    }
    // Who was refused and is heard before it is through has its words.
    if (texts.length === 0 && this.#refusedMs !== undefined) return this.#refused(this.#refusedMs);
    if (messages.some(isFault)) return "alert";
    return texts.length > 0 ? "text" : "empty";
  }

  #refused(atMs: number): Outcome {
    this.#context.tally.took("refusal", Math.max(0, atMs - this.#saidMs));
    return "refused";
  }

  async #endOutcome(): Promise<Outcome> {
    const { by } = await this.#socket.closed;
    if (this.#fault === "stall") return "stalled";
    if (by === "gateway") return "lost";
    return this.#fault === "drop" ? "dropped" : "unfinished";
  }

  #misbehave(fault: Fault): void {
    this.#context.tally.fault(fault);
    this.#fault = fault;
    switch (fault) {
      case "drop":
        return this.#drop();
      case "garbage": {
        const { frame } = preparePacket(crypto.getRandomValues(new Uint8Array(GARBAGE_BYTES)), 1);
        this.#socket.sendFrame(frame);
        return;
      }
      case "abort":
        this.#microphone.fallSilent();
        this.#send({ type: "abort" });
        return;
      case "stall":
        this.#socket.stall();
        this.#dropAfter(STALL_MS);
    }
  }

  #dropAfter(delayMs: number): void {
    const cancel = systemClock.schedule(delayMs, () => this.#drop());
    this.#over.signal.addEventListener("abort", cancel, { once: true });
  }

  #drop(): void {
    this.#microphone.close();
    this.#socket.drop();
  }

  #listen(): void {
    this.#send({ type: "listen", state: "start", mode: this.#context.plan.mode });
    this.#microphone.on();
  }

  #release(): void {
    this.#microphone.off();
    this.#send({ type: "listen", state: "stop" });
  }

  #send(message: Exclude<DeviceMessage, { type: "unknown" }>): void {
    this.#socket.send(encodeDeviceMessage(message, this.#sessionId));
  }

  #sendPacket(packet: PreparedPacket, isVoice: boolean): void {
    const { plan, identity, tally, nextSeq } = this.#context;
    const withStamp = plan.stamp && packet.stampAt > 0;
    const frame = withStamp
      ? stamped(packet, { device: identity.index, seq: nextSeq(), sentMs: stampNowMs() })
      : packet.frame;
    if (!this.#socket.sendFrame(frame)) return void tally.framesDropped++;
    tally.framesSent++;
    if (isVoice) tally.framesSpoken++;
    if (withStamp) tally.framesStamped++;
  }

  async #read(): Promise<void> {
    try {
      for await (const data of this.#socket) {
        if (typeof data === "string") this.#onText(data);
        else this.#onBinary(data);
      }
    } catch {
      // A message that we cannot bear ends this device, rather than the run.
      this.#drop();
    }
    this.#end(await this.#socket.closed);
  }

  #end(end: SocketEnd): void {
    this.#microphone.close();
    if (this.#isOpen) this.#context.tally.ended(end, this.#fault === "drop" || this.#fault === "stall");
    const state = `the ${end.by} closed the connection (${end.code})`;
    this.#over.abort(new EarshotError("device.no_answer", `Cannot go on: ${state}`));
  }

  #onText(text: string): void {
    let message: ServerMessage & { readonly sessionId: string };
    try {
      message = parseServerMessage(text);
    } catch {
      this.#context.tally.invalidMessages++;
      return;
    }
    if (message.type === "hello") {
      this.#sessionId = message.sessionId;
      this.#hello.resolve();
    }
    if (message.type === "tts") this.#onTts(message.state);
    if (isBusy(message)) this.#refusedMs ??= systemClock.nowMs();
    this.#turn?.record({ tSeconds: 0, message });
  }

  #onTts(state: string): void {
    const { mode } = this.#context.plan;
    if (state === "start") {
      this.#speaking = true;
      if (mode !== "realtime") this.#microphone.off();
    }
    if (state !== "stop" || !this.#speaking) return;
    this.#speaking = false;
    if (mode === "auto") this.#listen();
  }

  #onBinary(bytes: Uint8Array): void {
    const { plan, identity, tally } = this.#context;
    tally.framesReceived++;
    if (!plan.stamp) return;
    for (const { device, sentMs } of stampsIn(bytes)) {
      if (device === identity.index) tally.took("echo", stampNowMs() - sentMs);
    }
  }
}

function isBusy(message: ServerMessage): boolean {
  return message.type === "alert" && BUSY.includes(message.message);
}

function isFault({ message }: { readonly message: ServerMessage }): boolean {
  return message.type === "alert" && !isBusy(message);
}

function isStop({ message }: { readonly message: ServerMessage }): boolean {
  return message.type === "tts" && message.state === "stop";
}
