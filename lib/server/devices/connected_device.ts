import type { DeviceIdentity } from "../../protocol/mod.ts";
import type { VisionOffer } from "../../tools/mod.ts";
import type { UntrustedReason } from "../auth/mod.ts";
import type { DeviceFact } from "./device_facts.ts";

/** A device that is connected, as the operator sees it. */
export interface ConnectedDevice {
  /** Its session, as the log names it. */
  readonly session: string;
  /** The `Device-Id`; `null` for a client that sends none. */
  readonly deviceId: string | null;
  /** The `Client-Id`; `null` for a client that sends none. */
  readonly clientId: string | null;
  /** The board's name, where it has said so when it asked for its server, or when it was approved. */
  readonly board?: string | undefined;
  /** The version of its firmware, likewise. */
  readonly firmware?: string | undefined;
  /** Whether it may use what is not for everybody: tools beyond the harmless, memory and vision. */
  readonly trusted: boolean;
  /** Why it may not. */
  readonly untrustedBecause?: UntrustedReason | undefined;
  /** Where it comes from, behind trusted proxies. */
  readonly address: string;
  /** By which way it came. */
  readonly transport: "websocket" | "mqtt gateway";
  /** When it connected, as an ISO date. */
  readonly since: string;
  /** Binary messages that it has sent: sound. */
  readonly frames: number;
  /** Turns that have ended, and those of them that gave words. */
  readonly turns: { readonly ended: number; readonly withText: number };
}

/** Who connects and from where. */
export interface Arrival {
  /** Who it is. */
  readonly identity: DeviceIdentity;
  /** Where it comes from, behind trusted proxies. */
  readonly from: string;
  /** The address under which limits count; none for this machine and for trusted proxies. */
  readonly address: string | undefined;
  /** Where it may send photos, asked when its session tells it. */
  readonly vision?: () => VisionOffer | undefined;
  /** What is known of it besides. */
  readonly fact: Partial<DeviceFact>;
}

/** What a connection has counted. */
export type ConnectionCounts = Pick<ConnectedDevice, "frames" | "turns">;

/** Puts together what the operator sees. */
export function connectedDevice(
  { identity, from, fact }: Arrival,
  { session, trust, sinceMs, counts }: {
    readonly session: string;
    readonly trust: "trusted" | UntrustedReason;
    readonly sinceMs: number;
    readonly counts: ConnectionCounts;
  },
): ConnectedDevice {
  return {
    session,
    deviceId: identity.deviceId ?? null,
    clientId: identity.clientId ?? null,
    ...(fact.board !== undefined && { board: fact.board }),
    ...(fact.firmwareVersion !== undefined && { firmware: fact.firmwareVersion }),
    trusted: trust === "trusted",
    ...(trust !== "trusted" && { untrustedBecause: trust }),
    address: from,
    transport: identity.viaGateway ? "mqtt gateway" : "websocket",
    since: new Date(sinceMs).toISOString(),
    ...counts,
  };
}
