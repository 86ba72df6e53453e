import { getLogger } from "@logtape/logtape";
import type { RecognizerEvent } from "../asr/mod.ts";
import { EarshotError, type ErrorCode } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import { type ConnectedDevice, RateLimit, type ServerEvent } from "../server/mod.ts";
import type { VoiceprintEvent } from "../voiceprint/mod.ts";
import { Throttle } from "./throttle.ts";

/** How often a kind of event that strangers can cause at will gets a line, in ms. */
const STRANGERS_EVERY_MS = 10_000;

/** How many devices that wait for approval get a line in a minute; each has a name of its own. */
const WAITING_PER_MINUTE = 30;

/** How often it is said that the URL which devices are told may be wrong, in ms: they ask for it when they start. */
const DOUBTS_EVERY_MS = 600_000;

/**
 * How often a fault of the recognizer, of which each turn that fails has a line as well, gets one with its words, in
 * ms.
 */
const EARS_EVERY_MS = 10_000;

/** How often a fault of the voiceprint service, which costs no turn, gets a line, in ms. */
const VOICES_EVERY_MS = 60_000;

const REFUSALS = {
  upgrade_refused: "Upgrade refused",
  admission_refused: "Device refused",
  auth_refused: "Request refused",
} as const;

/** What to do about a proxy that leaves in doubt under which URL devices reach the gateway. */
const DOUBTS = {
  untrusted:
    "set server.publicUrl to the URL that they shall use, or name the proxy in server.trustedProxies",
  silent:
    "set server.publicUrl to the URL that they shall use, or let the proxy send X-Forwarded-Proto, -Host, -Port",
} as const;

type Of<Type extends ServerEvent["type"]> = Extract<ServerEvent, { type: Type }>;

/** What the log says of a gateway: which events get a line, how severe, and how often. */
export class GatewayLog {
  readonly #log = getLogger(["earshot", "gateway"]);
  readonly #strangers: Throttle;
  readonly #waiting: RateLimit;
  readonly #doubts: Throttle;
  readonly #ears: Throttle;
  readonly #voices: Throttle;

  /** The clock spaces out what strangers can cause. */
  constructor(clock: Clock) {
    this.#strangers = new Throttle(clock, STRANGERS_EVERY_MS);
    this.#waiting = new RateLimit({ perMinute: WAITING_PER_MINUTE, clock });
    this.#doubts = new Throttle(clock, DOUBTS_EVERY_MS);
    this.#ears = new Throttle(clock, EARS_EVERY_MS);
    this.#voices = new Throttle(clock, VOICES_EVERY_MS);
  }

  /** Something happened on the network side. */
  record(event: ServerEvent): void {
    switch (event.type) {
      case "session_opened":
        return this.#opened(event.device);
      case "device_id_shared":
        return this.#shared(event);
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
      case "connection_ended":
        return; // strangers can cause it at will; it is counted
      case "socket_abandoned":
        return this.#log.warn("A connection would not end; it holds its place until it does", {
          session: event.sessionId,
          remedy: "server.engine: ws can end every connection",
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

  /** An utterance was recognized, or not; only what went wrong gets a line, with what to do about it. */
  recognition(event: RecognizerEvent): void {
    if (event.type !== "retried" && event.type !== "ended") return;
    const { type, error } = event;
    if (error === undefined || error.code === "canceled") return;
    const times = this.#ears.due(`${type} ${error.code}`);
    if (times === 0) return;
    const what = type === "retried" ? "Recognition is tried again" : "Recognition failed";
    this.#log.warn(what, { ...facts(error), remedy: error.entry.remedy, times });
  }

  /** It was asked who spoke; only what an operator may have to mend gets a line. */
  identification({ outcome, error }: VoiceprintEvent): void {
    if (error === undefined || outcome === "canceled") return;
    const times = this.#voices.due(error.code);
    if (times > 0) this.#log.warn("The speaker is not known", { ...facts(error), times });
  }

  /** A limit is lower than configured. */
  lowered(remedy: string): void {
    this.#log.warn("{remedy}", { remedy });
  }

  /** The models are loaded. */
  warm(runtime: string | undefined): void {
    this.#log.info("The ear is warm", { runtime });
  }

  /** The models could not be loaded. */
  cold(thrown: unknown): void {
    this.#log.error(
      "The engine could not load its models; it is tried again when it is started again",
      { ...facts(thrown), remedy: EarshotError.from(thrown).entry.remedy },
    );
  }

  #refused(what: string, error: EarshotError): void {
    const times = this.#strangers.due(error.code);
    if (times > 0) this.#log.warn(what, { ...facts(error), remedy: error.entry.remedy, times });
  }

  #shared({ deviceId: device, connections }: Of<"device_id_shared">): void {
    const times = this.#strangers.due("device_id_shared");
    if (times === 0) return;
    this.#log.warn("Several clients share a Device-Id; by their Client-Id each is a device of its own", {
      device,
      connections,
      times,
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

  /** The Client-Id is left out: with the other id it is what a device proves itself with. */
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
          durationMs,
        });
      }
    }
  }
}

/** Whose line it is, where the device says so. */
function named(device: string | undefined): { readonly device?: string } {
  return device === undefined ? {} : { device };
}

/** What a log line says of an error: its code and message, which never carry what was said, and where a bug is. */
function facts(
  thrown: unknown,
): { readonly code: string; readonly message: string; readonly stack?: string } {
  const { code, message, cause } = EarshotError.from(thrown);
  const stack = code === "internal" && cause instanceof Error ? cause.stack : undefined;
  return { code, message, ...(stack !== undefined && { stack }) };
}
