import { EarshotError } from "../errors/mod.ts";
import {
  decodeFrame,
  type DeviceIdentity,
  type DeviceMessage,
  type FrameVersion,
  parseDeviceMessage,
} from "../protocol/mod.ts";
import { alertLanguage, alertOf } from "./alert.ts";
import type { Ear } from "./ear.ts";
import type { Inbound } from "./inbox.ts";
import type { Listening } from "./listening.ts";
import type { Outbox } from "./outbox.ts";
import type { SessionServices } from "./session.ts";
import type { SessionEnd } from "./session_end.ts";

/** The sound that a server sends in answer: what every firmware plays. */
const DOWNLINK = { format: "opus", sampleRateHz: 24_000, channels: 1, frameDurationMs: 60 } as const;

/** Options of a {@linkcode Dispatcher}. */
export interface DispatcherOptions {
  /** Who the device is and how it frames its sound. */
  readonly identity: DeviceIdentity;
  /** What the session needs of its process. */
  readonly services: Pick<SessionServices, "counters" | "session" | "language">;
  /** Where answers go. */
  readonly outbox: Outbox;
  /** Takes sound. */
  readonly ear: Ear;
  /** Listens and stops listening. */
  readonly listening: Listening;
  /** Told of a message that could not be understood. Must not throw. */
  readonly onIgnored: (error: EarshotError) => void;
  /** Told that what came ends the session. Must not throw. */
  readonly onEnd: (end: SessionEnd) => void;
}

/** What each message of a device leads to, in the order in which they came. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #ear: Ear;
  readonly #frameVersion: FrameVersion;
  #greeted = false;

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
      return;
    }
    if (!this.#greeted && message.type !== "hello" && message.type !== "ping") {
      counters.messagesBeforeHello++;
      return;
    }
    this.#handleMessage(message);
  }

  #notUnderstood(error: EarshotError): void {
    const { services, outbox } = this.#options;
    const { counters } = services;
    this.#options.onIgnored(error);
    if (error.code !== "protocol.unsupported_audio") {
      counters.messagesInvalid++;
      return;
    }
    // Nothing that it sends could be heard: better told now than by a silence.
    counters.hellosRefused++;
    outbox.send(alertOf(error.entry, alertLanguage(services)));
    this.#options.onEnd({ type: "unsupported" });
  }

  #handleMessage(message: DeviceMessage): void {
    const { identity, services: { counters }, outbox, ear, listening } = this.#options;
    switch (message.type) {
      case "hello":
        if (this.#greeted) counters.hellosRepeated++;
        // Clients write any version here; the one of the request is what both sides frame by.
        if (message.version !== identity.frameVersion && !identity.viaGateway) counters.hellosOtherVersion++;
        this.#greeted = true;
        outbox.send({ type: "hello", audio: DOWNLINK });
        return;
      case "listen":
        ear.flush();
        if (message.state === "start") listening.start(message.mode);
        if (message.state === "stop") listening.stop();
        return;
      case "abort":
        ear.flush();
        return listening.abort();
      case "ping":
        outbox.send({ type: "pong", timestamp: localTimestamp(new Date()) });
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

  #handleFrame(bytes: Uint8Array): void {
    if (!this.#greeted) {
      this.#options.services.counters.framesBeforeHello++;
      return;
    }
    try {
      const frame = decodeFrame(this.#frameVersion, bytes);
      if (frame.type === "opus") this.#ear.hear(frame.payload, frame.timestampMs);
      else this.#handleText(new TextDecoder().decode(frame.payload));
    } catch (thrown) {
      const error = EarshotError.from(thrown);
      if (error.code !== "protocol.invalid_frame") throw thrown;
      this.#options.services.counters.framesInvalid++;
      this.#options.onIgnored(error);
    }
  }
}

/** `YYYY-MM-DD HH:MM:SS` in local time, as third-party clients expect it in a pong. */
function localTimestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
