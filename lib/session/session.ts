import { type Agent, isSamePipeline, type Pipeline } from "../agents/mod.ts";
import { AudioBuffer, type AudioBufferOptions, type MemoryBudget } from "../audio/mod.ts";
import { CATALOG, EarshotError } from "../errors/mod.ts";
import type { CleanupReport, Clock, Scope } from "../lifecycle/mod.ts";
import type { MemoryEntry } from "../memory/mod.ts";
import type { DeviceIdentity, FrameVersion } from "../protocol/mod.ts";
import {
  PacketDetector,
  SpeechDetector,
  type SpeechEvent,
  type VadBatcher,
  type VadConfig,
} from "../vad/mod.ts";
import { type AlertLanguage, alertLanguage, alertOf, goodbyeIn } from "./alert.ts";
import type { SessionConfig } from "./config.ts";
import type { SessionCounters } from "./counters.ts";
import type { DeviceLink } from "./device_link.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Ear } from "./ear.ts";
import { type Inbound, Inbox } from "./inbox.ts";
import type { InboxRounds } from "./inbox_rounds.ts";
import { EVICTED_FOR } from "./evicted_for.ts";
import type { Detector } from "./endpointing.ts";
import { Listening } from "./listening.ts";
import { Outbox } from "./outbox.ts";
import { CLOSE_CODES, type Dismissal, DISMISSALS, type SessionEnd } from "./session_end.ts";
import { type HeardWords, TurnEndings, type TurnSummary } from "./turn_endings.ts";
import { SoundRate } from "./sound_rate.ts";
import type { SpeakerSource } from "./speaker_query.ts";
import type { WakeWords } from "./wake_words.ts";

/** What a session tells its owner. */
export type SessionEvent =
  | { readonly type: "turn_ended"; readonly summary: TurnSummary }
  | { readonly type: "message_ignored"; readonly error: EarshotError }
  /** Frames are laid out in another way than announced, and taken as what they are. */
  | { readonly type: "framing_seen"; readonly announced: FrameVersion; readonly seen: FrameVersion }
  /** What the device sends cannot be heard; it was told. */
  | { readonly type: "unhearable"; readonly looksLike: string }
  | { readonly type: "closed"; readonly end: SessionEnd; readonly report: CleanupReport };

/** What a session needs of its process. */
export interface SessionServices {
  /** The time source. */
  readonly clock: Clock;
  /** The agent of a device, read anew when a turn starts; `undefined` for one that does not say who it is. */
  readonly agentOf: (deviceId: string | undefined) => Agent;
  /** Says who speaks, which needs PCM; nobody is asked without one. */
  readonly voiceprint?: SpeakerSource | undefined;
  /** Finds speech, for all sessions at once. */
  readonly vad: VadBatcher;
  /** Has the messages of all devices handled, in turn. */
  readonly rounds: InboxRounds;
  /** The process-wide cap on sound. */
  readonly budget: MemoryBudget;
  /** What the process counts. */
  readonly counters: SessionCounters;
  /** The bounds of a session. */
  readonly session: SessionConfig;
  /** The bounds of its sound. */
  readonly audio: Omit<AudioBufferOptions, "account">;
  /** When speech begins and ends. */
  readonly speech: VadConfig;
  /** The time zone of the devices, by its name. */
  readonly timeZone: string;
  /** The texts by which a device tells that it was woken. */
  readonly wakeWords: WakeWords;
  /** Keeps what was said, without anybody waiting for it; nothing is kept without one. */
  readonly memory?: { record(entry: MemoryEntry): void } | undefined;
}

/** Options of a {@linkcode Session}. */
export interface SessionOptions {
  /** Unique in the process; told to the device. */
  readonly id: string;
  /** Who it is. */
  readonly identity: DeviceIdentity;
  /** The socket's outgoing side; the session closes it. */
  readonly link: DeviceLink;
  /** The session's own scope, a child of the server's. */
  readonly scope: Scope;
  /** What it needs of its process. */
  readonly services: SessionServices;
  /** Told what happened; must not throw. */
  readonly onEvent: (event: SessionEvent) => void;
}

/**
 * One device, from hello to goodbye. The socket's handlers call `receiveText`, `receiveFrame` and
 * `disconnected`, which only enqueue; everything is handled in the order in which it came. All that it holds
 * belongs to its scope; `close` may be called at any time, any number of times.
 */
export class Session {
  /** Unique in the process; told to the device. */
  readonly id: string;
  /** Resolves with the report when everything is released; never rejects. */
  readonly closed: Promise<CleanupReport>;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #rate: SoundRate;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #ear: Ear;
  #agent: Agent;
  #detector: Detector & { close(): void };
  readonly #listening: Listening;
  readonly #dispatcher: Dispatcher;
  #lastInboundMs: number;
  #end: SessionEnd | undefined;
  #fault: EarshotError | undefined;

  /** Opens everything the session needs; it waits for the device's hello. */
  constructor(options: SessionOptions) {
    const { scope, services, identity, link, id } = options;
    const { clock, counters, session: config, budget } = services;
    this.id = id;
    this.#options = options;
    this.#clock = clock;
    counters.sessionsOpened++;
    this.#lastInboundMs = clock.nowMs();
    this.#rate = new SoundRate({ frameVersion: identity.frameVersion, ...config });
    this.#inbox = new Inbox(services.rounds, (inbound) => this.#handle(inbound));
    scope.own("inbox", () => {
      this.#inbox.close();
      // A fault of ours belongs into the report of what it ended.
      if (this.#fault !== undefined) throw this.#fault;
    });
    this.#outbox = new Outbox({
      link,
      sessionId: id,
      clock,
      maxBytes: config.outboxBytes,
      stuckMs: config.stuckMs,
      onDropped: () => counters.messagesUnsent++,
      onStuck: () => this.close({ type: "stuck" }),
    });
    const account = budget.open(id);
    const buffer = new AudioBuffer({
      ...services.audio,
      account,
      onEvicted: (cause) => {
        counters.audioEvicted++;
        counters[EVICTED_FOR[cause]]++;
      },
    });
    scope.own("audio buffer", () => buffer.close());
    scope.own("speech detector", () => this.#detector.close());
    this.#agent = services.agentOf(identity.deviceId);
    this.#detector = this.#openDetector(this.#agent.pipeline);
    this.#listening = new Listening({
      scope,
      buffer,
      detector: this.#detector,
      readAgent: () => this.#readAgent(),
      voiceprint: services.voiceprint,
      wakeWords: services.wakeWords,
      config,
      counters,
      clock,
      endings: new TurnEndings({
        alertLanguage: () => this.#alertLanguage,
        outbox: this.#outbox,
        counters,
        clock,
        onWords: (words) => this.#remember(words),
        onTurnEnded: (summary) => options.onEvent({ type: "turn_ended", summary }),
      }),
    });
    this.#ear = new Ear({
      scope,
      buffer,
      clock,
      counters,
      decode: this.#agent.pipeline.decode,
      onChunk: (chunk) => this.#listening.heard(chunk),
    });
    this.#dispatcher = new Dispatcher({
      identity,
      services,
      alertLanguage: () => this.#alertLanguage,
      outbox: this.#outbox,
      ear: this.#ear,
      listening: this.#listening,
      onIgnored: (error) => options.onEvent({ type: "message_ignored", error }),
      onFraming: (framing) => {
        this.#rate.frameVersion = framing.seen;
        options.onEvent({ type: "framing_seen", ...framing });
      },
      onUnhearable: (looksLike) => options.onEvent({ type: "unhearable", looksLike }),
      onEnd: (end) => void this.close(end),
    });
    this.#watchSilence();
    scope.own("socket", () => this.#farewell(), { deadlineMs: config.farewellMs });
    this.closed = scope.closed.then((report) => this.#finished(report));
  }

  /** A text message came; only enqueues. */
  receiveText(text: string): void {
    this.#receive(text, this.#clock.nowMs());
  }

  /** A binary message came; only enqueues. */
  receiveFrame(bytes: Uint8Array): void {
    if (this.#end !== undefined) return;
    const nowMs = this.#clock.nowMs();
    if (this.#rate.admit(bytes, nowMs)) return this.#receive(bytes, nowMs);
    this.#options.services.counters.framesTooFast++;
    this.#listening.lost(this.#rate.durationMs(bytes));
    if (this.#rate.hopeless) this.#flooded();
  }

  /** The socket has ended; `code` is 0 or 1006 when the device just dropped the connection. */
  disconnected(code: number): void {
    this.close({ type: "device_left", code });
  }

  /** Ends the session: turns, farewell, socket, everything; joins a close under way. */
  close(end: SessionEnd): Promise<CleanupReport> {
    this.#end ??= end;
    this.#options.scope.close();
    return this.closed;
  }

  /** Lets what is being said be answered, tells the device that the gateway stops, and closes. */
  async drain(): Promise<CleanupReport> {
    await Promise.race([this.#listening.drain(), this.closed]);
    this.#outbox.send(alertOf(CATALOG["server.draining"], this.#alertLanguage));
    return this.close({ type: "shutdown" });
  }

  /** The device has connected again, or is no longer welcome: tells it so and closes. */
  dismiss(type: Dismissal): Promise<CleanupReport> {
    this.#outbox.send(alertOf(CATALOG[DISMISSALS[type]], this.#alertLanguage));
    return this.close({ type });
  }

  get #alertLanguage(): AlertLanguage {
    return alertLanguage({ session: this.#options.services.session, language: this.#agent.language });
  }

  #readAgent(): { readonly agent: Agent; readonly detector: Detector } {
    const { services, identity } = this.#options;
    const { pipeline } = this.#agent;
    this.#agent = services.agentOf(identity.deviceId);
    if (!isSamePipeline(this.#agent.pipeline, pipeline)) {
      this.#detector.close();
      this.#detector = this.#openDetector(this.#agent.pipeline);
      this.#ear.decode = this.#agent.pipeline.decode;
    }
    return { agent: this.#agent, detector: this.#detector };
  }

  #openDetector({ endpointing }: Pipeline): Detector & { close(): void } {
    const { vad: batcher, speech: config } = this.#options.services;
    const onEvent = (event: SpeechEvent) => this.#listening.speech(event);
    const onReady = () => this.#listening.judge();
    return endpointing === "service"
      ? new PacketDetector({ onEvent })
      : new SpeechDetector({ onEvent, onReady, batcher, config });
  }

  /** Leaves after the turns have ended, and takes the socket with it. */
  async #farewell(): Promise<void> {
    const end = this.#end ??= { type: "shutdown" };
    const { link } = this.#options;
    const unanswered = this.#listening.busy;
    this.#listening.close();
    if (end.type === "device_left" || end.type === "ping_timeout" || end.type === "stuck") {
      this.#outbox.close();
      link.destroy();
      return;
    }
    if (unanswered) this.#outbox.send({ type: "tts", state: "stop" });
    this.#outbox.close();
    await link.close(CLOSE_CODES[end.type], end.type);
  }

  #finished(report: CleanupReport): CleanupReport {
    const { counters } = this.#options.services;
    counters.sessionsClosed++;
    if (report.ok !== report.total) counters.sessionsUnclean++;
    this.#options.onEvent({ type: "closed", end: this.#end ?? { type: "shutdown" }, report });
    return report;
  }

  #handle(inbound: Inbound): void {
    const { scope } = this.#options;
    if (scope.state !== "open") return this.#inbox.close();
    try {
      this.#dispatcher.handle(inbound);
    } catch (thrown) {
      this.#fault ??= EarshotError.from(thrown);
      this.close({ type: "failed", code: this.#fault.code });
    }
  }

  #receive(inbound: Inbound, nowMs: number): void {
    if (this.#end !== undefined) return;
    this.#lastInboundMs = nowMs;
    if (this.#inbox.push(inbound)) return;
    // Sound may be lost and is counted; a lost message would leave both sides in different states.
    if (typeof inbound === "string") return this.#flooded();
    this.#options.services.counters.framesOverflowed++;
    this.#listening.lost(this.#rate.durationMs(inbound));
  }

  #flooded(): void {
    this.#outbox.send(alertOf(CATALOG["protocol.flood"], this.#alertLanguage));
    this.close({ type: "flood" });
  }

  #remember({ turnId, text, language, speaker, audioMs, droppedMs }: HeardWords): void {
    const { id, identity, services } = this.#options;
    services.memory?.record({
      key: `${id}/${turnId}`,
      deviceId: identity.deviceId ?? id,
      sessionId: id,
      turnId,
      atMs: Date.now(),
      text,
      language: language ?? this.#agent.language,
      ...(speaker !== undefined && { speaker }),
      audioMs,
      droppedMs,
    });
  }

  /** Ends the session of a device that says no hello, or nothing, or to whom nobody speaks; with one wait at a time. */
  #watchSilence(): void {
    const { scope, services } = this.#options;
    const { clock, session: { helloTimeoutMs, idleTimeoutMs, noSpeechMs } } = services;
    const helloDueMs = clock.nowMs() + helloTimeoutMs;
    let cancel = () => {};
    const check = () => {
      const nowMs = clock.nowMs();
      // While somebody speaks or is owed an answer, the device has nothing to say.
      const idleDueMs = Math.max(this.#lastInboundMs, this.#listening.lastBusyMs) + idleTimeoutMs;
      const speechDueMs = nowMs + noSpeechMs - this.#listening.waitedMs;
      const { greeted } = this.#dispatcher;
      if (!greeted && nowMs >= helloDueMs) return void this.close({ type: "hello_timeout" });
      if (nowMs >= idleDueMs) return void this.close({ type: "idle" });
      if (nowMs >= speechDueMs) return this.#sayGoodbye();
      cancel = clock.schedule(
        Math.min(greeted ? Infinity : helloDueMs, idleDueMs, speechDueMs) - nowMs,
        check,
      );
    };
    check();
    scope.own("watch over silence", () => cancel());
  }

  #sayGoodbye(): void {
    this.#outbox.send(goodbyeIn(this.#alertLanguage));
    this.#outbox.send({ type: "tts", state: "stop" });
    this.close({ type: "no_speech" });
  }
}
