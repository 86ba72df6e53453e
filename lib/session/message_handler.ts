import type { Agent } from "../agents/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { type DeviceIdentity, type DeviceMessage, parseDeviceMessage } from "../protocol/mod.ts";
import type { DeviceTools } from "../tools/mod.ts";
import type { Outbox } from "./answering/outbox.ts";
import type { Replies } from "./answering/replies.ts";
import type { SessionCounters } from "./counters.ts";
import type { Inbound } from "./ingest/inbox.ts";
import type { StreamReader } from "./ingest/stream_reader.ts";
import type { Listening } from "./listening/listening.ts";
import type { RoomSeat } from "./rooms/room_seat.ts";
import type { SessionEnd } from "./session_end.ts";
import type { Turns } from "./turns.ts";
import type { WakeWords } from "./wake_words.ts";

/** The sound that a server sends in answer, but for the frame duration, which is the device's own. */
const DOWNLINK = { format: "opus", sampleRateHz: 24_000, channels: 1 } as const;

/** Why a device aborts that was woken while it listened or spoke. */
const WOKEN = "wake_word_detected";

/** What a device says first. */
export type Hello = Extract<DeviceMessage, { type: "hello" }>;

/** Options of a {@linkcode MessageHandler}. */
export interface MessageHandlerOptions {
  /** Who the device is and how it frames its sound. */
  readonly identity: DeviceIdentity;
  readonly counters: SessionCounters;
  /** The time zone of the devices, by its name. */
  readonly timeZone: string;
  /** The texts by which a device tells that it was woken. */
  readonly wakeWords: WakeWords;
  readonly outbox: Outbox;
  readonly replies: Replies;
  /** Takes frames. */
  readonly stream: StreamReader;
  readonly listening: Listening;
  readonly turns: Turns;
  readonly deviceTools: DeviceTools;
  /** The device's place in its room. */
  readonly seat: RoomSeat;
  /** The agent of a turn that starts. */
  readonly agentOf: () => Agent;
  /** Told of a hello. Must not throw. */
  readonly onHello: (hello: Hello) => void;
  /** Told of a message that could not be understood. Must not throw. */
  readonly onIgnored: (error: EarshotError) => void;
  /** Told that what came ends the session. Must not throw. */
  readonly onEnd: (end: SessionEnd) => void;
}

/** What each message of a device leads to, in the order in which they came. */
export class MessageHandler {
  readonly #options: MessageHandlerOptions;
  #greeted = false;
  /** When what is handled came, on the session's clock. */
  #receivedMs = 0;

  /** Waits for the device's hello. */
  constructor(options: MessageHandlerOptions) {
    this.#options = options;
  }

  /** Whether the device has said hello. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /** Handles one message or frame, which came at `receivedMs`; what it throws is a fault of ours. */
  handle(inbound: Inbound, receivedMs: number): void {
    this.#receivedMs = receivedMs;
    if (typeof inbound === "string") this.text(inbound);
    else if (this.#greeted) this.#options.stream.frame(inbound, receivedMs);
    else this.#options.counters.framesBeforeHello++;
  }

  /** Handles a text message, however it came. */
  text(text: string): void {
    const { counters, stream } = this.#options;
    let message: DeviceMessage;
    try {
      message = parseDeviceMessage(text);
    } catch (thrown) {
      if (this.#options.deviceTools.receiveUnreadable(text)) return;
      this.#notUnderstood(EarshotError.from(thrown));
      stream.text(text);
      return;
    }
    if (!this.#greeted && message.type !== "hello" && message.type !== "ping") {
      counters.messagesBeforeHello++;
      return;
    }
    this.#handleMessage(message);
    if (message.type === "unknown") stream.text(text);
  }

  #notUnderstood(error: EarshotError): void {
    const { counters, replies, onIgnored, onEnd } = this.#options;
    onIgnored(error);
    if (error.code !== "protocol.unsupported_audio") {
      counters.messagesInvalid++;
      return;
    }
    // Nothing that it sends could be heard: better told now than by a silence.
    counters.hellosRefused++;
    replies.alert(error);
    onEnd({ type: "unsupported" });
  }

  #handleMessage(message: DeviceMessage): void {
    const { identity, counters, timeZone, outbox, replies, stream, listening } = this.#options;
    switch (message.type) {
      case "hello":
        if (this.#greeted) counters.hellosRepeated++;
        // Clients write any version here; the one of the request is what both sides frame by.
        if (message.version !== identity.frameVersion && !identity.viaGateway) counters.hellosOtherVersion++;
        this.#greeted = true;
        this.#options.onHello(message);
        outbox.send({
          type: "hello",
          audio: { ...DOWNLINK, frameDurationMs: message.audio.frameDurationMs },
        });
        if (message.features.mcp) this.#options.deviceTools.start();
        return;
      case "listen":
        if (message.state === "start") {
          stream.begin();
          this.#options.seat.listened();
          return listening.start(message.mode);
        }
        if (message.state === "detect") return this.#detected(message.text);
        if (stream.end()) listening.stop(this.#receivedMs);
        return;
      case "abort": {
        const { stops } = replies;
        listening.abort();
        if (replies.stops === stops) replies.stop();
        if (message.reason === WOKEN) this.#options.turns.greetings.wokenAgain();
        return;
      }
      case "ping":
        outbox.send({ type: "pong", timestamp: localTimestamp(new Date(), timeZone) });
        return;
      case "goodbye":
        this.#options.onEnd({ type: "goodbye" });
        return;
      case "unknown":
        counters.messagesUnknown++;
        return;
      case "mcp":
        return this.#options.deviceTools.receive(message.payload);
      case "iot":
        return;
    }
  }

  /** A wake word, or a message that was typed; an empty one only ends a wait. */
  #detected(text: string): void {
    const { counters, replies, listening, turns, wakeWords, agentOf } = this.#options;
    listening.restartWait();
    if (text.trim() === "") return replies.stop();
    if (wakeWords.has(text)) {
      counters.wakeWords++;
      return turns.greetings.woken(text, agentOf());
    }
    counters.messagesTyped++;
    turns.typed(text, agentOf());
  }
}

/** `YYYY-MM-DD HH:MM:SS` where the devices are, as third-party clients expect it in a pong. */
function localTimestamp(date: Date, timeZone: string): string {
  // Swedish writes a date and a time just so.
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(date);
}
