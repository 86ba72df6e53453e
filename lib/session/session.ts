import type { Agent } from "../agents/mod.ts";
import { AudioBuffer, type AudioBufferOptions, type MemoryBudget } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { CleanupReport, Clock, Scope } from "../lifecycle/mod.ts";
import type { AutomationPublisher } from "../automation/mod.ts";
import type { MemoryEntry } from "../memory/mod.ts";
import { type DeviceIdentity, deviceKey, type FrameVersion } from "../protocol/mod.ts";
import { builtinSource, DeviceTools, type DeviceToolsShared, type VisionOffer } from "../tools/mod.ts";
import type { VadBatcher, VadConfig } from "../vad/mod.ts";
import type { DeviceHistories, Summaries } from "../dialogue/mod.ts";
import { alertLanguage } from "./answering/alert.ts";
import { type Answered, Answering, type AnsweringServices } from "./answering/answering.ts";
import type { DeviceLink } from "./answering/device_link.ts";
import { type DeviceOperator, OperatorTools } from "./operator_tools.ts";
import { Outbox } from "./answering/outbox.ts";
import { Replies } from "./answering/replies.ts";
import type { SessionConfig } from "./config.ts";
import { Conversation } from "./conversation.ts";
import { EVICTED_FOR, type SessionCounters, TRACKS } from "./counters.ts";
import { AudioRateLimiter } from "./ingest/audio_rate_limiter.ts";
import { type Inbound, Inbox } from "./ingest/inbox.ts";
import type { InboxScheduler } from "./ingest/inbox_scheduler.ts";
import { Ingest } from "./ingest/ingest.ts";
import { StreamReader } from "./ingest/stream_reader.ts";
import { Listening } from "./listening/listening.ts";
import { MessageHandler } from "./message_handler.ts";
import { CLOSE_CODES, type Dismissal, DISMISSALS, type SessionEnd } from "./session_end.ts";
import { SessionFacts } from "./session_facts.ts";
import type { Overload } from "./overload/overload.ts";
import { RoomSeat } from "./rooms/room_seat.ts";
import type { Rooms } from "./rooms/rooms.ts";
import { SessionMemory } from "./session_memory.ts";
import { SessionTools, type ToolServices } from "./session_tools.ts";
import { SessionAutomation } from "./session_automation.ts";
import { watchTimeouts } from "./session_timeouts.ts";
import type { SpeakerSource } from "./speaker_query.ts";
import type { TurnSummary } from "./turn_summary.ts";
import { Turns } from "./turns.ts";
import type { WakeWords } from "./wake_words.ts";

/** What a session tells its owner. */
export type SessionEvent =
  | { readonly type: "turn_ended"; readonly summary: TurnSummary }
  /** The first frame of an answer has left, so long after the last packet of the question had come. */
  | { readonly type: "answer_started"; readonly turnId: number; readonly afterMs: number }
  /** What an agent's language model should know was read, or could not be: it is answered without. */
  | { readonly type: "facts_read"; readonly agent: string; readonly error: EarshotError | undefined }
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
  /** An agent by its name, for a device that has asked for another one; without it none takes over. */
  readonly agentNamed?: (name: string) => Agent | undefined;
  /** Says who speaks, which needs PCM; nobody is asked without one. */
  readonly voiceprint?: SpeakerSource | undefined;
  /** Finds speech, for all sessions at once. */
  readonly vad: VadBatcher;
  /** Says who is heard where not all can be; everybody without it. */
  readonly overload?: Overload | undefined;
  /** Has the messages of all devices handled, in turn. */
  readonly inboxes: InboxScheduler;
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
  /** Encodes what is spoken, and finds sentences that ship. */
  readonly answering: AnsweringServices;
  /** The rooms in which devices stand; without them each is alone. */
  readonly rooms?: Rooms | undefined;
  /** What was said on each device before. */
  readonly histories: DeviceHistories;
  /** Writes down in short what was said long ago; nobody does without it. */
  readonly summaries?: Pick<Summaries, "consider"> | undefined;
  /** Told how late a frame leaves for a device, in ms. Must not throw. */
  readonly onFrameLate?: (lateMs: number) => void;
  /** What may be called besides the device's own tools; nothing without them. */
  readonly tools?: ToolServices | undefined;
  /** What the tools of all devices share. */
  readonly deviceTools: DeviceToolsShared;
  /** Keeps what was said, without anybody waiting for it; nothing is kept without one. */
  readonly memory?: { record(entry: MemoryEntry): void } | undefined;
  /** Tells home automation what is said and answered; nobody is told without one. */
  readonly automation?: AutomationPublisher | undefined;
}

/** Options of a {@linkcode Session}. */
export interface SessionOptions {
  /** Unique in the process; told to the device. */
  readonly id: string;
  /** Who it is. */
  readonly identity: DeviceIdentity;
  /** The version of its firmware, where it has said so when it asked for its server. */
  readonly firmwareVersion?: string | undefined;
  /** Whether it may use what is not for everybody: memory, and tools and vision that are for approved devices. */
  readonly trusted: boolean;
  /** The socket's outgoing side; the session closes it. */
  readonly link: DeviceLink;
  /** Where the device may send photos, for its MCP `initialize`; `undefined` where it may not. */
  readonly vision?: (() => VisionOffer | undefined) | undefined;
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
  /** Whether it may use what is not for everybody. The same for as long as it is open. */
  readonly trusted: boolean;
  /** Resolves with the report when everything is released; never rejects. */
  readonly closed: Promise<CleanupReport>;
  /** What the device itself can be asked to do. */
  readonly deviceTools: DeviceTools;
  /** All tools, for its operator. */
  readonly operatorTools: DeviceOperator;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #rate: AudioRateLimiter;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #replies: Replies;
  readonly #answering: Answering;
  readonly #conversation: Conversation;
  readonly #memory: SessionMemory;
  readonly #seat: RoomSeat;
  #cancelsEcho = false;
  readonly #turns: Turns;
  readonly #ingest: Ingest;
  readonly #listening: Listening;
  readonly #messages: MessageHandler;
  #agent: Agent;
  /** The agent that has taken over, by its name. */
  #agentName: string | undefined;
  readonly #facts: SessionFacts;
  #lastInboundMs: number;
  #end: SessionEnd | undefined;

  /** Opens everything the session needs; it waits for the device's hello. */
  constructor(options: SessionOptions) {
    const { scope, services, identity, link, id, onEvent } = options;
    const { clock, counters, session: config } = services;
    this.id = id;
    this.trusted = options.trusted;
    this.#options = options;
    this.#clock = clock;
    counters.sessionsOpened++;
    this.#lastInboundMs = clock.nowMs();
    this.#agent = services.agentOf(identity.deviceId);
    this.#rate = new AudioRateLimiter({ frameVersion: identity.frameVersion, ...config });
    this.#inbox = new Inbox(services.inboxes, (inbound, receivedMs) => this.#handle(inbound, receivedMs));
    scope.own("inbox", () => this.#inbox.close());
    this.#outbox = new Outbox({
      link,
      sessionId: id,
      clock,
      maxBytes: config.outboxBytes,
      slowReaderMs: config.slowReaderMs,
      onDropped: () => counters.messagesUnsent++,
      onSlowReader: () => this.close({ type: "slow_reader" }),
    });
    this.deviceTools = new DeviceTools({
      clock,
      scope,
      send: (payload) => this.#outbox.send({ type: "mcp", payload }),
      shared: services.deviceTools,
      key: identity.clientId === undefined ? undefined : deviceKey(identity),
      firmwareVersion: options.firmwareVersion,
      vision: this.trusted ? options.vision?.() : undefined,
    });
    this.#replies = new Replies({
      outbox: this.#outbox,
      alertLanguage: () => alertLanguage({ session: config, language: this.#agent.languages[0] }),
    });
    const automation = new SessionAutomation({
      sessionId: id,
      deviceId: identity.deviceId,
      publisher: services.automation,
      asksSpeaker: services.voiceprint !== undefined,
    });
    this.#memory = new SessionMemory({ sessionId: id, identity, trusted: this.trusted, services });
    this.#facts = new SessionFacts({
      scope,
      deviceId: identity.deviceId,
      onRead: (agent, error) => onEvent({ type: "facts_read", agent, error }),
    });
    this.#seat = this.#openSeat();
    this.#answering = new Answering({
      clock,
      room: this.#seat,
      outbox: this.#outbox,
      replies: this.#replies,
      frameVersion: identity.frameVersion,
      services: services.answering,
      voice: () => this.#agent.answers?.voice,
      listens: () => this.#listening.mode === "realtime",
      onLate: (lateMs) => services.onFrameLate?.(lateMs),
      onTrack: (outcome) => counters[TRACKS[outcome]]++,
    });
    scope.own("answering", () => this.#answering.close());
    const context = { scope, clock, counters, config, buffer: this.#openBuffer() };
    this.#turns = new Turns({
      ...context,
      voiceprint: services.voiceprint,
      outbox: this.#outbox,
      replies: this.#replies,
      answering: this.#answering,
      seat: this.#seat,
      conversation: () => this.#conversation,
      onRecord: (turn) => {
        this.#memory.remember(turn);
        automation.answered(turn);
      },
      onWords: (turn, words) => automation.words(turn, words),
      onRecognized: (turn, outcome) => this.#listening.recognized(turn, outcome),
      onAnswered: () => this.#listening.answered(),
      onStarted: () => this.#started(),
      onEnded: (summary) => onEvent({ type: "turn_ended", summary }),
      onYielded: () => void this.close({ type: "yielded" }),
    });
    const tools = new SessionTools({
      scope,
      clock,
      services: services.tools,
      own: ({ switchTo = [] }) => [builtinSource({ switchTo }), this.deviceTools],
      trusted: () => this.trusted,
    });
    this.operatorTools = new OperatorTools({
      scope,
      clock,
      tools,
      deviceTools: this.deviceTools,
      agentOf: () => this.#readAgent(),
    });
    this.#conversation = new Conversation({
      ...context,
      answering: this.#answering,
      replies: this.#replies,
      seat: this.#seat,
      timeZone: services.timeZone,
      flow: this.#memory.conversation,
      wallMs: Date.now,
      history: (settings) => this.#memory.historyOf(settings),
      somebodySpeaks: (turn) => this.#turns.somebodySpeaks(turn),
      onStarted: (turn) => {
        const { endCameMs } = turn.recognition;
        if (endCameMs !== undefined) {
          onEvent({ type: "answer_started", turnId: turn.id, afterMs: clock.nowMs() - endCameMs });
        }
        this.#started();
      },
      cancel: (turn) => this.#turns.cancel(turn),
      onGoodbye: () => void this.close({ type: "goodbye" }),
      onAgent: (name) => this.#takeOver(name),
      factsOf: (agent) => this.#facts.of(agent),
      cancelsEcho: () => this.#cancelsEcho,
      tools,
    });
    this.#ingest = new Ingest({
      ...context,
      batcher: services.vad,
      vad: services.speech,
      pipeline: this.#agent.pipeline,
      wanted: () => this.#listening.wantsSound,
      onPacket: (packet) => this.#seat.heard(packet),
      onKept: () => this.#listening.heard(),
      onSpeech: (event) => this.#listening.tracker.speech(event),
      onReady: () => this.#listening.tracker.judge(),
    });
    this.#listening = new Listening({
      ...context,
      ingest: this.#ingest,
      turns: this.#turns,
      overload: services.overload,
      agentOf: () => this.#readAgent(),
    });
    this.#messages = this.#openMessages();
    this.#watchTimeouts();
    scope.own("socket", () => this.#closeSocket(), { deadlineMs: config.closeHandshakeMs });
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
    this.#listening.tracker.lost(this.#rate.durationMs(bytes));
    if (this.#rate.hopeless) this.#flooded();
  }

  /** The socket has ended; `code` is 0 or 1006 when the device just dropped the connection. */
  disconnected(code: number): void {
    this.close({ type: "device_left", code });
  }

  /** Ends the session: turns, goodbye, socket, everything; joins a close under way. */
  close(end: SessionEnd): Promise<CleanupReport> {
    this.#end ??= end;
    this.#seat.close();
    this.#options.scope.close();
    return this.closed;
  }

  /**
   * Says a text that nobody asked for. Resolves once it was played, or given up for somebody who spoke.
   *
   * @throws {EarshotError} `device.busy` while somebody speaks or is answered, `device.mute`, `device.not_connected`, or
   * what the voice failed with
   */
  async say(text: string): Promise<Answered> {
    if (this.#options.scope.state !== "open" || !this.#messages.greeted) {
      throw new EarshotError(
        "device.not_connected",
        "Cannot speak to the device: it is about to come or to leave",
      );
    }
    const answered = await this.#turns.announce(text, this.#readAgent());
    if (answered.error !== undefined) throw answered.error;
    return answered;
  }

  /** Lets what is being said be answered, tells the device that the gateway stops, and closes. */
  async drain(): Promise<CleanupReport> {
    this.#listening.drain();
    await Promise.race([this.#turns.ended(), this.closed]);
    this.#replies.alert("server.draining");
    return this.close({ type: "shutdown" });
  }

  /** The device has connected again, or is no longer welcome: tells it so and closes. */
  dismiss(type: Dismissal): Promise<CleanupReport> {
    this.#replies.alert(DISMISSALS[type]);
    return this.close({ type });
  }

  /** The device's place in its room, which it takes with its hello. */
  #openSeat(): RoomSeat {
    const { scope, identity: { deviceId }, services: { clock, rooms } } = this.#options;
    const seat = new RoomSeat({
      clock,
      rooms,
      deviceId,
      listens: () => this.#listening.mode !== undefined,
      isSpeaking: (fromMs, throughMs) => this.#answering.isHeard(fromMs, throughMs),
      hasSaid: (heard) => this.#answering.hasSaid(heard),
      mayYield: () => this.#turns.unspoken,
      onTakenOver: () => this.#turns.greetings.takenOver(),
    });
    scope.own("place in the room", () => seat.close());
    return seat;
  }

  #openBuffer(): AudioBuffer {
    const { id, scope, services: { audio, budget, counters } } = this.#options;
    const buffer = new AudioBuffer({
      ...audio,
      account: budget.open(id),
      onEvicted: (cause) => {
        counters.audioEvicted++;
        counters[EVICTED_FOR[cause]]++;
      },
    });
    scope.own("audio buffer", () => buffer.close());
    return buffer;
  }

  #openMessages(): MessageHandler {
    const { identity, services, onEvent } = this.#options;
    const onIgnored = (error: EarshotError) => onEvent({ type: "message_ignored", error });
    const stream = new StreamReader({
      frameVersion: identity.frameVersion,
      counters: services.counters,
      onPacket: (opus, receivedMs) => this.#listening.refuses(opus) ?? this.#ingest.take(opus, receivedMs),
      onText: (text) => this.#messages.text(text),
      onInvalid: onIgnored,
      onFraming: (framing) => {
        this.#rate.frameVersion = framing.seen;
        onEvent({ type: "framing_seen", ...framing });
      },
      onUnhearable: (looksLike) => this.#unhearable(looksLike),
    });
    return new MessageHandler({
      ...services,
      identity,
      outbox: this.#outbox,
      replies: this.#replies,
      stream,
      listening: this.#listening,
      turns: this.#turns,
      deviceTools: this.deviceTools,
      seat: this.#seat,
      agentOf: () => this.#readAgent(),
      onHello: (hello) => {
        this.#answering.frameMs = hello.audio.frameDurationMs;
        this.#cancelsEcho = hello.features.aec;
        this.#prepare();
      },
      onIgnored,
      onEnd: (end) => void this.close(end),
    });
  }

  /** Once the turns have ended: what the device waits for is sent, and its socket closed. */
  async #closeSocket(): Promise<void> {
    const end = this.#end ??= { type: "shutdown" };
    const { link } = this.#options;
    const unanswered = this.#turns.owesStop;
    this.#listening.end();
    if (end.type === "device_left" || end.type === "ping_timeout" || end.type === "slow_reader") {
      this.#outbox.close();
      link.destroy();
      return;
    }
    if (unanswered) this.#replies.stop();
    this.#outbox.close();
    await link.close(CLOSE_CODES[end.type], end.type);
  }

  #finished(report: CleanupReport): CleanupReport {
    const { counters } = this.#options.services;
    counters.sessionsClosed++;
    if (this.#messages.greeted) this.#memory.summarize(this.#agent);
    if (report.ok !== report.total) counters.sessionsUnclean++;
    this.#options.onEvent({ type: "closed", end: this.#end ?? { type: "shutdown" }, report });
    return report;
  }

  #handle(inbound: Inbound, receivedMs: number): void {
    if (this.#options.scope.state !== "open") return this.#inbox.close();
    try {
      this.#messages.handle(inbound, receivedMs);
    } catch (thrown) {
      this.close({ type: "failed", error: EarshotError.from(thrown) });
    }
  }

  #receive(inbound: Inbound, nowMs: number): void {
    if (this.#end !== undefined) return;
    this.#lastInboundMs = nowMs;
    if (this.#inbox.push(inbound, nowMs)) return;
    // Sound may be lost and is counted; a lost message would leave both sides in different states.
    if (typeof inbound === "string") return this.#flooded();
    this.#options.services.counters.framesOverflowed++;
    this.#listening.tracker.lost(this.#rate.durationMs(inbound));
  }

  #flooded(): void {
    this.#replies.alert("protocol.flood");
    this.close({ type: "flood" });
  }

  /** The device is told, and not listened to before it asks for it again. */
  #unhearable(looksLike: string): void {
    this.#options.onEvent({ type: "unhearable", looksLike });
    this.#listening.end();
    this.#replies.fault(
      new EarshotError(
        "protocol.unhearable",
        `Cannot hear the device: what it sends looks like ${looksLike}`,
      ),
    );
  }

  #readAgent(): Agent {
    this.#seat.renew();
    const { services: { agentOf, agentNamed }, identity } = this.#options;
    const chosen = this.#agentName === undefined ? undefined : agentNamed?.(this.#agentName);
    return this.#agent = chosen ?? agentOf(identity.deviceId);
  }

  /** Another agent has the turns that begin from now on, until the session ends. */
  #takeOver(name: string): void {
    this.#agentName = name;
    this.#prepare();
    this.#listening.agentChanged();
  }

  /** What will be needed soon is fetched while nobody waits for it. */
  #prepare(): void {
    const agent = this.#readAgent();
    this.#memory.prepare(agent);
    void this.#facts.of(agent);
    agent.answers?.warm();
  }

  /** The device plays something: what it hears may be itself. */
  #started(): void {
    this.#listening.speaking({ interruptible: (turn) => this.#conversation.mayInterrupt(turn) });
  }

  #watchTimeouts(): void {
    const { scope, services: { session: config } } = this.#options;
    watchTimeouts({
      scope,
      clock: this.#clock,
      config,
      state: () => ({
        greeted: this.#messages.greeted,
        // While somebody speaks or is owed an answer, the device has nothing to say.
        lastActiveMs: Math.max(this.#lastInboundMs, this.#turns.lastBusyMs),
        waitedMs: this.#listening.waitedMs,
      }),
      onTimeout: (type) => {
        if (type === "no_speech") this.#sayGoodbye();
        else this.close({ type });
      },
    });
  }

  /** Nobody has spoken for so long: the device is told, and the session ends unless it wants to be heard meanwhile. */
  #sayGoodbye(): void {
    const { scope } = this.#options;
    this.#listening.end();
    if (this.#agent.answers === undefined) {
      this.#replies.goodbye();
      return void this.close({ type: "no_speech" });
    }
    const agent = this.#agent;
    scope.run("goodbye", async () => {
      if (await this.#turns.goodbye(agent)) void this.close({ type: "no_speech" });
      else if (scope.state === "open") this.#watchTimeouts();
    });
  }
}
