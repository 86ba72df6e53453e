import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { normalizeMac } from "./mac_address.ts";

/** With what a device signs in at the xiaozhi MQTT gateway, in the words of its firmware. */
export interface MqttCredentials {
  /** Host and port. */
  readonly endpoint: string;
  /** Group, MAC address and Client-Id, as the gateway takes them apart. */
  readonly client_id: string;
  /** The description of the device for the gateway: base64 of JSON. */
  readonly username: string;
  /** Base64 of HMAC-SHA256 over both, which the gateway checks with the same key. */
  readonly password: string;
  /** Where the device speaks. */
  readonly publish_topic: string;
  /** Where it listens. */
  readonly subscribe_topic: string;
}

/** The group of a board that does not say what it is. */
const NO_BOARD = "default";

/**
 * The credentials of a device; `undefined` for one whose id is no MAC address, since the gateway lets in no other.
 */
export function mqttCredentials(
  device: {
    /** The `Device-Id`. */
    readonly deviceId: string | undefined;
    /** The `Client-Id`. */
    readonly clientId: string | undefined;
    /** The board's name. */
    readonly board: string | undefined;
    /** The address of the device; the gateway repeats it in `X-Forwarded-For`. */
    readonly address: string;
  },
  gateway: { readonly endpoint: string; readonly key: string },
): MqttCredentials | undefined {
  const mac = normalizeMac(device.deviceId ?? "")?.replaceAll(":", "_");
  if (mac === undefined) return undefined;
  const group = device.board?.replaceAll(/[^\w.-]/g, "_") || NO_BOARD;
  // Nothing but the separator divides the three.
  const client = device.clientId?.replaceAll("@", "_") ?? mac;
  const clientId = `GID_${group}@@@${mac}@@@${client}`;
  const username = Buffer.from(JSON.stringify({ ip: device.address })).toString("base64");
  return {
    endpoint: gateway.endpoint,
    client_id: clientId,
    username,
    password: createHmac("sha256", gateway.key).update(`${clientId}|${username}`).digest("base64"),
    publish_topic: "device-server",
    subscribe_topic: `devices/p2p/${mac}`,
  };
}
