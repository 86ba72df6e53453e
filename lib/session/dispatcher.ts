import { EarshotError } from "../errors/mod.ts";
import {
  decodeFrame,
  type DeviceIdentity,
  type DeviceMessage,
  type Frame,
  type FrameVersion,
  type ListenMode,
  parseDeviceMessage,
} from "../protocol/mod.ts";
import { type AlertLanguage, alertOf } from "./alert.ts";
import type { Ear } from "./ear.ts";
import type { Inbound } from "./inbox.ts";
import type { Listening } from "./listening.ts";
import type { Outbox } from "./outbox.ts";
import type { SessionServices } from "./session.ts";
import type { SessionEnd } from "./session_end.ts";
import { StreamCheck } from "./stream_check.ts";

/** The sound that a server sends in answer: what every firmware plays. */
const DOWNLINK = { format: "opus", sampleRateHz: 24_000, channels: 1, frameDurationMs: 60 } as const;

/** Options of a {@linkcode Dispatcher}. */
export interface DispatcherOptions {
  /** Who the device is and how it frames its sound. */
  readonly identity: DeviceIdentity;
  /** What the session needs of its process. */
  readonly services: Pick<SessionServices, "counters" | "timeZone">;
  /** The language of alerts. */
  readonly alertLanguage: () => AlertLanguage;
  /** Where answers go. */
  readonly outbox: Outbox;
  /** Takes sound. */
  readonly ear: Ear;
  /** Listens and stops listening. */
  readonly listening: Listening;
  /** Told of a message that could not be understood. Must not throw. */
  readonly onIgnored: (error: EarshotError) => void;
  /** Told that frames are laid out in another way than announced, which is followed from then on. Must not throw. */
  readonly onFraming: (framing: { readonly announced: FrameVersion; readonly seen: FrameVersion }) => void;
  /** Told that what the device sends cannot be heard, and what it looks like. Must not throw. */
  readonly onUnhearable: (looksLike: string) => void;
  /** Told that what came ends the session. Must not throw. */
  readonly onEnd: (end: SessionEnd) => void;
}

/** What each message of a device leads to, in the order in which they came. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #ear: Ear;
  readonly #stream = new StreamCheck();
  #frameVersion: FrameVersion;
  #greeted = false;
  /** Whether what comes cannot be heard, so that it is passed over until the device asks to be heard again. */
  #unhearable = false;

  /** Waits for the device's hello. */
  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#ear = options.ear;
    this.#frameVersion = options.identity.frameVersion;
  }

  /** Whether the device has said hello. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /** Handles one message or frame; what it throws is a fault of ours. */
  handle(inbound: Inbound): void {
    if (typeof inbound === "string") this.#handleText(inbound);
    else this.#handleFrame(inbound);
  }

  #handleText(text: string): void {
    const { counters } = this.#options.services;
    let message: DeviceMessage;
    try {
      message = parseDeviceMessage(text);
    } catch (thrown) {
      this.#notUnderstood(EarshotError.from(thrown));
      this.#passOver(text);
      return;
    }
    if (!this.#greeted && message.type !== "hello" && message.type !== "ping") {
      counters.messagesBeforeHello++;
      return;
    }
    this.#handleMessage(message);
    if (message.type === "unknown") this.#passOver(text);
  }

  /** A message that means nothing to us: clients that send sound as text are told. */
  #passOver(text: string): void {
    if (this.#unhearable || !this.#options.listening.active) return;
    const looksLike = this.#stream.text(text);
    if (looksLike !== undefined) this.#refuse(looksLike);
  }

  #notUnderstood(error: EarshotError): void {
    const { services: { counters }, outbox, alertLanguage } = this.#options;
    this.#options.onIgnored(error);
    if (error.code !== "protocol.unsupported_audio") {
      counters.messagesInvalid++;
      return;
    }
    // Nothing that it sends could be heard: better told now than by a silence.
    counters.hellosRefused++;
    outbox.send(alertOf(error.entry, alertLanguage()));
    this.#options.onEnd({ type: "unsupported" });
  }

  #handleMessage(message: DeviceMessage): void {
    const { identity, services: { counters, timeZone }, outbox, listening } = this.#options;
    switch (message.type) {
      case "hello":
        if (this.#greeted) counters.hellosRepeated++;
        // Clients write any version here; the one of the request is what both sides frame by.
        if (message.version !== identity.frameVersion && !identity.viaGateway) counters.hellosOtherVersion++;
        this.#greeted = true;
        outbox.send({ type: "hello", audio: DOWNLINK });
        return;
      case "listen":
        if (message.state === "start") return this.#listen(message.mode);
        if (message.state === "detect") return listening.detected(message.text);
        return this.#stop();
      case "abort":
        return listening.abort();
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
      case "iot":
        return;
    }
  }

  #listen(mode: ListenMode): void {
    this.#stream.restart();
    this.#unhearable = false;
    this.#options.listening.start(mode);
  }

  #stop(): void {
    const looksLike = this.#unhearable ? undefined : this.#stream.end();
    if (looksLike === undefined) this.#options.listening.stop();
    else this.#refuse(looksLike);
  }

  #refuse(looksLike: string): void {
    const { services, listening, onUnhearable } = this.#options;
    this.#unhearable = true;
    services.counters.streamsUnhearable++;
    onUnhearable(looksLike);
    listening.refuse(
      new EarshotError(
        "protocol.unhearable",
        `Cannot hear the device: what it sends looks like ${looksLike}`,
      ),
    );
  }

  #handleFrame(bytes: Uint8Array): void {
    const { counters } = this.#options.services;
    if (!this.#greeted) {
      counters.framesBeforeHello++;
      return;
    }
    if (this.#unhearable) {
      counters.audioUndecodable++;
      return;
    }
    const seen = this.#stream.otherVersion(bytes, this.#frameVersion);
    if (seen !== undefined) {
      this.#options.onFraming({ announced: this.#frameVersion, seen });
      this.#frameVersion = seen;
    }
    const frame = this.#decode(bytes);
    if (frame?.type === "json") return this.#handleText(new TextDecoder().decode(frame.payload));
    const heard = frame !== undefined && this.#ear.hear(frame.payload);
    if (!this.#options.listening.active) return;
    const looksLike = this.#stream.frame(bytes, frame?.payload, heard);
    if (looksLike !== undefined) this.#refuse(looksLike);
  }

  #decode(bytes: Uint8Array): Frame | undefined {
    try {
      return decodeFrame(this.#frameVersion, bytes);
    } catch (thrown) {
      const error = EarshotError.from(thrown);
      if (error.code !== "protocol.invalid_frame") throw thrown;
      this.#options.services.counters.framesInvalid++;
      this.#options.onIgnored(error);
      return undefined;
    }
  }
}

/** `YYYY-MM-DD HH:MM:SS` where the devices are, as third-party clients expect it in a pong. */
function localTimestamp(date: Date, timeZone: string): string {
  // Swedish writes a date and a time just so.
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(date);
}
