import { getLogger } from "@logtape/logtape";
import type { RecognitionEvent } from "../asr/mod.ts";
import { EarshotError, type ErrorCode } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { AnswerEvent } from "../llm/mod.ts";
import { type ConnectedDevice, RateLimit, type ServerEvent, type UntrustedReason } from "../server/mod.ts";
import type { OverloadStats } from "../session/mod.ts";
import type { SpeechEvent } from "../tts/mod.ts";
import type { VoiceprintEvent } from "../voiceprint/mod.ts";
import { Throttle } from "./throttle.ts";

/** How often a kind of event that unauthenticated clients can cause at will gets a line, in ms. */
const REFUSALS_EVERY_MS = 10_000;

/** How many devices that wait for approval get a line in a minute, each with its name. */
const WAITING_PER_MINUTE = 30;

/** How many devices that are not trusted get a line in a minute, and how many are remembered to have had theirs. */
const UNTRUSTED_PER_MINUTE = 30;
const MAX_TOLD = 1_000;

/** How often a line says that the URL given to devices may be wrong, in ms: they request it when they start. */
const URL_EVERY_MS = 600_000;

/** How often a fault of a service gets a line of its own, in ms; each failed turn has its line as well. */
const SERVICE_EVERY_MS = 10_000;

/** How often a fault of the voiceprint service, which costs no turn, gets a line, in ms. */
const IDENTIFICATION_EVERY_MS = 60_000;

/** How often a line says that the process is full, in ms. */
const OVERLOAD_EVERY_MS = 60_000;

const REFUSALS = {
  upgrade_refused: "Upgrade refused",
  admission_refused: "Device refused",
  auth_refused: "Request refused",
} as const;

/** What to do about a device that is not trusted. */
const TRUST: Readonly<Record<UntrustedReason, string>> = {
  unnamed: "let it send a Device-Id and a Client-Id, or set tools.open to trust everybody",
  other_client:
    "if it is yours: earshot devices unpin DEVICE, and the next one to connect is trusted; earshot devices list shows both",
  damaged: "earshot devices unpin DEVICE, and the next one to connect is trusted",
  unread: "see the line about the files of the devices; then let it connect again",
  full: "raise limits.auth.maxPinned, or set auth.required",
};

/** What to do when a proxy leaves it unclear under which URL devices reach the gateway. */
const DOUBTS = {
  untrusted:
    "set server.publicUrl to the URL that they shall use, or name the proxy in server.trustedProxies",
  silent:
    "set server.publicUrl to the URL that they shall use, or let the proxy send X-Forwarded-Proto, -Host, -Port",
} as const;

type Of<Type extends ServerEvent["type"]> = Extract<ServerEvent, { type: Type }>;

/** Which events of a gateway get a line in the log, with which level, and how often. */
export class GatewayLog {
  readonly #log = getLogger(["earshot", "gateway"]);
  readonly #refusals: Throttle;
  readonly #waiting: RateLimit;
  readonly #untrusted: RateLimit;
  /** Devices that are not trusted and had their line, the oldest first. */
  readonly #told = new Set<string>();
  readonly #doubts: Throttle;
  readonly #services: Throttle;
  readonly #identification: Throttle;
  readonly #overloads: Throttle;

  /** Lines that can repeat are spaced by the clock. */
  constructor(clock: Clock) {
    this.#refusals = new Throttle(clock, REFUSALS_EVERY_MS);
    this.#waiting = new RateLimit({ perMinute: WAITING_PER_MINUTE, clock });
    this.#untrusted = new RateLimit({ perMinute: UNTRUSTED_PER_MINUTE, clock });
    this.#doubts = new Throttle(clock, URL_EVERY_MS);
    this.#services = new Throttle(clock, SERVICE_EVERY_MS);
    this.#identification = new Throttle(clock, IDENTIFICATION_EVERY_MS);
    this.#overloads = new Throttle(clock, OVERLOAD_EVERY_MS);
  }

  /** The process is full, or no more. */
  overloaded(overloaded: boolean, { heard, limit, waiting, ratio }: OverloadStats): void {
    const about = { heard, limit, waiting, ratio: Math.round(ratio * 100) / 100 };
    if (!overloaded) {
      this.#log.info("Everybody is heard again", about);
      return;
    }
    if (this.#overloads.due("overloaded") === 0) return;
    this.#log.warn("Overloaded: {heard} devices are heard, and more are refused until there is room", about);
  }

  /** Something happened on the network side. */
  record(event: ServerEvent): void {
    switch (event.type) {
      case "session_opened":
        return this.#opened(event.device);
      case "device_id_shared":
        return this.#shared(event);
      case "device_untrusted":
        return this.#untrustedDevice(event);
      case "device_waits":
        return this.#waits(event);
      case "url_doubted":
        return this.#doubted(event);
      case "upgrade_refused":
      case "admission_refused":
      case "auth_refused":
        return this.#refused(REFUSALS[event.type], event.error);
      case "message_too_big":
        return this.#log.warn("Message too big; closing", {
          session: event.sessionId,
          ...named(event.deviceId),
          sizeBytes: event.sizeBytes,
          code: "protocol.message_too_big" satisfies ErrorCode,
        });
      case "photo":
      case "connection_ended":
        return; // anybody can cause it at will; it is counted
      case "socket_abandoned":
        return this.#log.warn("A connection would not end; it holds its place until it does", {
          session: event.sessionId,
          remedy: "server.transport: ws can end every connection",
        });
      case "listener_restarted":
        return this.#log.error("Listener ended; opening it again", facts(event.error));
      case "session_event":
        return this.#session(event);
    }
  }

  /** Work in the background failed. */
  failed(name: string, error: unknown): void {
    this.#log.warn("Background work failed: {name}", { name, ...facts(error) });
  }

  /** Something happened to an utterance; only a failure gets a line, with its remedy. */
  recognition(event: RecognitionEvent): void {
    if (event.type !== "retried" && event.type !== "ended") return;
    const { type, error } = event;
    this.#service(type === "retried" ? "Recognition is tried again" : "Recognition failed", type, error);
  }

  /** Something happened to a question; only a failure gets a line, with its remedy. */
  answer(event: AnswerEvent): void {
    if (event.type === "tools_refused") return this.#toolsRefused(event.error);
    if (event.type !== "retried" && event.type !== "ended" && event.type !== "warmed") return;
    const { type, error } = event;
    // What a service has no rule for is the next one's to answer, which is how such a chain is meant.
    if (type === "retried" && error.code === "llm.unmatched") return;
    const what = { retried: "A question is asked again", ended: "No answer", warmed: "No model was loaded" };
    this.#service(what[type], type, error);
  }

  #toolsRefused(error: EarshotError): void {
    this.#log.warn("A language model takes no tools, and is asked without", {
      ...facts(error),
      remedy: "Use a model that calls tools, start its server with tools on, or set tools: off in its block.",
    });
  }

  /** Something happened to a piece that is spoken; only a failure gets a line, with its remedy. */
  speech(event: SpeechEvent): void {
    if (event.type !== "retried" && event.type !== "ended") return;
    const { type, error } = event;
    this.#service(
      type === "retried" ? "A sentence is spoken again" : "A sentence was not spoken",
      type,
      error,
    );
  }

  #service(what: string, type: string, error: EarshotError | undefined): void {
    if (error === undefined || error.code === "canceled") return;
    const times = this.#services.due(`${type} ${error.code}`);
    if (times > 0) this.#log.warn(what, { ...facts(error), remedy: error.entry.remedy, times });
  }

  /** A speaker was identified, or not; only what an operator may have to repair gets a line. */
  identification({ outcome, error }: VoiceprintEvent): void {
    if (error === undefined || outcome === "canceled") return;
    const times = this.#identification.due(error.code);
    if (times > 0) this.#log.warn("The speaker is not known", { ...facts(error), times });
  }

  /** A limit is lower than configured. */
  lowered(remedy: string): void {
    this.#log.warn("{remedy}", { remedy });
  }

  /** The engine has loaded its models. */
  warm(runtime: string | undefined): void {
    this.#log.info("The models are loaded", { runtime });
  }

  /** The models could not be loaded. */
  cold(thrown: unknown): void {
    this.#log.error(
      "The engine could not load its models; it is tried again when it is started again",
      { ...facts(thrown), remedy: EarshotError.from(thrown).entry.remedy },
    );
  }

  #refused(what: string, error: EarshotError): void {
    const times = this.#refusals.due(error.code);
    if (times > 0) this.#log.warn(what, { ...facts(error), remedy: error.entry.remedy, times });
  }

  #shared({ deviceId: device, connections }: Of<"device_id_shared">): void {
    const times = this.#refusals.due("device_id_shared");
    if (times === 0) return;
    this.#log.warn("Several clients share a Device-Id; by their Client-Id each is a device of its own", {
      device,
      connections,
      times,
    });
  }

  /** One line for a device, however often it comes. */
  #untrustedDevice({ deviceId: device, address, reason }: Of<"device_untrusted">): void {
    const key = `${device ?? ""} ${reason}`;
    if (this.#told.has(key) || !this.#untrusted.take("all")) return;
    this.#told.add(key);
    const [oldest = key] = this.#told;
    if (this.#told.size > MAX_TOLD) this.#told.delete(oldest);
    this.#log.warn("A device is not trusted: no memory, and no tools that are not for everybody", {
      ...named(device),
      address,
      reason,
      remedy: TRUST[reason],
    });
  }

  #waits({ deviceId: device, address, board, shown }: Of<"device_waits">): void {
    if (!this.#waiting.take("all")) return;
    this.#log.info(
      shown ? "A device that waits for approval was shown its code" : "A device waits for approval",
      {
        device,
        address,
        ...(board !== undefined && { board }),
        remedy: "earshot devices approve CODE, with the code that it shows",
      },
    );
  }

  #doubted({ doubt, url, peer: proxy }: Of<"url_doubted">): void {
    const times = this.#doubts.due(doubt);
    if (times === 0) return;
    this.#log.warn("The URL that devices are told may be wrong: a proxy stands in front", {
      url,
      proxy,
      remedy: DOUBTS[doubt],
      times,
    });
  }

  /** The Client-Id is left out: together with the device id it authenticates the device. */
  #opened({ session, deviceId, board, firmware, address, transport }: ConnectedDevice): void {
    this.#log.info("Session opened", {
      session,
      ...(deviceId !== null && { device: deviceId }),
      ...(board !== undefined && { board }),
      ...(firmware !== undefined && { firmware }),
      address,
      transport,
    });
  }

  #session({ sessionId: session, deviceId: device, event }: Of<"session_event">): void {
    switch (event.type) {
      case "turn_ended":
        return this.#log.info("Turn ended", { session, ...named(device), ...event.summary });
      case "facts_read":
        return this.#service(`Agent ${event.agent} answers without its context`, event.type, event.error);
      case "message_ignored":
        return this.#log.debug("Message ignored", { session, ...named(device), ...facts(event.error) });
      case "framing_seen":
        return this.#log.warn(
          "Frames are laid out as version {seen}, though version {announced} was announced; they are taken so",
          {
            session,
            ...named(device),
            announced: event.announced,
            seen: event.seen,
            remedy: "let the client send Protocol-Version",
          },
        );
      case "unhearable":
        return this.#log.warn("The device cannot be heard: what it sends looks like {looksLike}", {
          session,
          ...named(device),
          looksLike: event.looksLike,
          code: "protocol.unhearable" satisfies ErrorCode,
        });
      case "closed": {
        const { total, ok, failed, timedOut, durationMs } = event.report;
        const { end } = event;
        const level = ok === total && end.type !== "failed" ? "info" : "warn";
        return this.#log[level]("Session closed", {
          session,
          ...named(device),
          end: end.type === "failed" ? { type: end.type, ...facts(end.error) } : end,
          released: ok,
          failed: failed.map(({ name, error }) => ({ name, ...facts(error) })),
          timedOut,
          durationMs: Math.round(durationMs),
        });
      }
    }
  }
}

/** The device of a line, where it is known. */
function named(device: string | undefined): { readonly device?: string } {
  return device === undefined ? {} : { device };
}

/** What a log line says of an error: its code and message, which carry no transcript, and the stack of a bug. */
function facts(
  thrown: unknown,
): { readonly code: string; readonly message: string; readonly stack?: string } {
  const { code, message, cause } = EarshotError.from(thrown);
  const stack = code === "internal" && cause instanceof Error ? cause.stack : undefined;
  return { code, message, ...(stack !== undefined && { stack }) };
}
