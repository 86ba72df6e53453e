import { createHash } from "node:crypto";
import type { EventDevice, OutgoingEvent } from "./event.ts";

/** The level of devices that do not say who they are. */
const NAMELESS = "unknown";
/** The longest id that is a level as it stands. */
const MAX_LEVEL_CHARS = 64;

/**
 * A device as a level of a topic and a part of ids: letters, digits, `-` and `_`. A MAC address has `_` between its
 * parts; of any other id that has to be changed, a part of its hash keeps it apart from others.
 */
export function levelOf(deviceId: string | undefined): string {
  if (deviceId === undefined) return NAMELESS;
  const level = deviceId.replaceAll(/[^\w-]/g, "_").slice(0, MAX_LEVEL_CHARS);
  const isPlain = level === deviceId || /^[\da-f]{2}(:[\da-f]{2}){5}$/.test(deviceId);
  if (isPlain && level !== NAMELESS) return level;
  return `${level}_${createHash("sha256").update(deviceId).digest("hex").slice(0, 8)}`;
}

/** Where an event is published. */
export function topicOf(prefix: string, { type, device }: Pick<OutgoingEvent, "type" | "device">): string {
  return `${prefix}/${levelOf(device.id)}/${type}`;
}

/** Where it says whether the gateway is there: `online`, or `offline`. */
export function statusTopic(prefix: string): string {
  return `${prefix}/status`;
}

/** A device that says who it is. */
export type NamedDevice = EventDevice & { readonly id: string };
