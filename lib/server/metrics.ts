import type { ErrorCode } from "../errors/mod.ts";
import { defineMetrics, type MetricBlock, type Metrics } from "../telemetry/mod.ts";
import { type AuthParts, type DeviceRegistry, UNTRUSTED_REASONS } from "./auth/mod.ts";
import type { ServerStats } from "./server.ts";
import { VisionMetrics } from "./vision/metrics.ts";
import type { ServerEvent } from "./server_event.ts";

/** Why the gatekeeper refuses. */
const AUTH_CODES = [
  "server.rate_limited",
  "auth.origin",
  "auth.token_missing",
  "auth.token_invalid",
  "auth.token_expired",
  "auth.not_approved",
  "auth.admin",
  "auth.unreadable",
  "auth.unwritable",
] as const satisfies readonly ErrorCode[];

const DEFINITIONS = defineMetrics({
  sessions: { type: "gauge", name: "earshot_sessions", help: "Sessions that are open." },
  sockets: { type: "gauge", name: "earshot_sockets", help: "Sockets that have not ended." },
  abandoned: {
    type: "gauge",
    name: "earshot_sockets_abandoned",
    help: "Sockets whose session is over and that have not ended by their deadline; they hold their places.",
  },
  placesLimit: {
    type: "gauge",
    name: "earshot_admission_places_limit",
    help: "The most connections: limits.server.maxSessions, or less where descriptors are scarce.",
  },
  places: {
    type: "gauge",
    name: "earshot_admission_places",
    help: "Places that are taken: connections and sessions that have not ended.",
  },
  yielding: {
    type: "gauge",
    name: "earshot_admission_places_yielding",
    help: "Places that are being given up for a newer connection of the same device.",
  },
  refused: {
    type: "counter",
    name: "earshot_admission_refused_total",
    help: "Devices refused with 503 before the upgrade, by cause.",
    labels: { cause: ["full", "address_full"] },
  },
  replaced: {
    type: "counter",
    name: "earshot_admission_replaced_total",
    help: "Connections that were given up for a newer one of the same device.",
  },
  authRefused: {
    type: "counter",
    name: "earshot_auth_refused_total",
    help: "Requests refused before the upgrade because of who made them, by the code of the error.",
    labels: { code: AUTH_CODES },
  },
  devices: {
    type: "gauge",
    name: "earshot_auth_devices",
    help: "Devices that are approved, and those that wait for it; only while auth.required.",
    labels: { state: ["approved", "pending"] },
  },
  devicesDropped: {
    type: "counter",
    name: "earshot_auth_pending_dropped_total",
    help: "Devices that were forgotten because more than limits.auth.maxPending waited.",
  },
  pinned: {
    type: "gauge",
    name: "earshot_devices_pinned",
    help:
      "Devices that are pinned by their Client-Id (pinned), and Device-Ids of which nobody is trusted since their " +
      "file is damaged (damaged); only without auth.required.",
    labels: { state: ["pinned", "damaged"] },
  },
  pinsDropped: {
    type: "counter",
    name: "earshot_devices_pins_dropped_total",
    help: "Pins that were dropped, the one seen longest ago first, because of limits.auth.maxPinned.",
  },
  pinsUnwritten: {
    type: "gauge",
    name: "earshot_devices_pins_unwritten",
    help: "Changes of pins that are not on the disk yet.",
  },
  pinFailures: {
    type: "counter",
    name: "earshot_devices_pin_failures_total",
    help: "Changes of pins that the disk has refused; each is tried again after a second.",
  },
  untrusted: {
    type: "counter",
    name: "earshot_devices_untrusted_total",
    help:
      "Connections of devices that are let in and not trusted: without memory, and without tools and vision that " +
      "are not for everybody. By cause: no Device-Id (unnamed), another Client-Id is pinned (other_client), its pin is " +
      "damaged, could not be read yet (unread), or there is no room for one (full).",
    labels: { reason: UNTRUSTED_REASONS },
  },
  connectionsEnded: {
    type: "counter",
    name: "earshot_connections_ended_total",
    help:
      "Connections without a WebSocket that a bound has ended (transport ws): limits.server.requestTimeoutMs (deadline), " +
      "or limits.server.maxWaitingConnections (waiting).",
    labels: { bound: ["deadline", "waiting"] },
  },
  upgradesRefused: {
    type: "counter",
    name: "earshot_upgrades_refused_total",
    help: "Upgrades refused because they were no WebSocket handshake.",
  },
  messagesTooBig: {
    type: "counter",
    name: "earshot_messages_too_big_total",
    help: "Sockets closed with 1009 for a message beyond its bound.",
  },
  listenerRestarts: {
    type: "counter",
    name: "earshot_listener_restarts_total",
    help: "Listeners that ended by themselves and are opened again.",
  },
});

/** Where the numbers of the server come from. */
export interface ServerMetricsSources {
  /** What the server holds. */
  readonly server: () => ServerStats;
  /** The devices that are approved; none has to be without a registry. */
  readonly devices: Pick<DeviceRegistry, "stats"> | undefined;
  /** The devices that are pinned; none has to be where nobody is. */
  readonly pins?: AuthParts["pins"];
}

/** Shows on `metrics` which connections there are, who is refused, and what was ended. */
export class ServerMetrics {
  readonly #block: MetricBlock<typeof DEFINITIONS>;
  readonly #vision: VisionMetrics;

  /** Registers everything at zero. */
  constructor(metrics: Metrics, { server, devices: registry, pins }: ServerMetricsSources) {
    this.#block = metrics.register(DEFINITIONS);
    this.#vision = new VisionMetrics(metrics, () => server().photos);
    const { devices, devicesDropped } = this.#block;
    for (const state of ["approved", "pending"] as const) {
      devices.read(() => registry?.stats[state] ?? 0, { state });
    }
    devicesDropped.read(() => registry?.stats.dropped ?? 0);
    const { pinned, pinsDropped, pinsUnwritten, pinFailures } = this.#block;
    for (const state of ["pinned", "damaged"] as const) {
      pinned.read(() => pins?.table.stats[state] ?? 0, { state });
    }
    pinsDropped.read(() => pins?.table.stats.dropped ?? 0);
    pinsUnwritten.read(() => pins?.keeper.stats.unwritten ?? 0);
    pinFailures.read(() => pins?.keeper.stats.failures ?? 0);
    const { sessions, sockets, abandoned, placesLimit, places, yielding, refused, replaced } = this.#block;
    sessions.read(() => server().sessions);
    sockets.read(() => server().sockets);
    abandoned.read(() => server().abandoned);
    placesLimit.read(() => server().admission.limit);
    places.read(() => server().admission.held);
    yielding.read(() => server().admission.yielding);
    refused.read(() => server().admission.refusedFull, { cause: "full" });
    refused.read(() => server().admission.refusedAddressFull, { cause: "address_full" });
    replaced.read(() => server().admission.replaced);
  }

  /** Counts an event; what the sources count themselves, and what sessions do, is not counted here. */
  record(event: ServerEvent): void {
    const { upgradesRefused, authRefused, connectionsEnded, messagesTooBig, listenerRestarts } = this.#block;
    switch (event.type) {
      case "upgrade_refused":
        return upgradesRefused.add(1);
      case "auth_refused": {
        const code = AUTH_CODES.find((code) => code === event.error.code);
        if (code !== undefined) authRefused.add(1, { code });
        return;
      }
      case "device_untrusted":
        return this.#block.untrusted.add(1, { reason: event.reason });
      case "device_waits":
        if (event.shown) authRefused.add(1, { code: "auth.not_approved" });
        return;
      case "connection_ended":
        return connectionsEnded.add(1, { bound: event.bound });
      case "message_too_big":
        return messagesTooBig.add(1);
      case "photo":
        return this.#vision.record(event);
      case "listener_restarted":
        return listenerRestarts.add(1);
    }
  }
}
