import type { ErrorCode } from "../errors/mod.ts";
import { defineMetrics } from "../telemetry/mod.ts";

/** Why the gatekeeper refuses. */
export const AUTH_CODES = [
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

/** What `/metrics` shows of connections: who is let in, who is not, and what was ended. */
export const NETWORK_DEFINITIONS = defineMetrics({
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
    help: "The most connections: server.maxSessions, or less where descriptors are scarce.",
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
    help: "Devices that were forgotten because more than auth.maxPending waited.",
  },
  connectionsEnded: {
    type: "counter",
    name: "earshot_connections_ended_total",
    help:
      "Connections without a WebSocket that a bound has ended (engine ws): server.requestTimeoutMs (deadline), " +
      "server.maxWaitingConnections (waiting), or all that the descriptors allow (room).",
    labels: { bound: ["deadline", "waiting", "room"] },
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
