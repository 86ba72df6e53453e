import type { FrameVersion } from "./frame.ts";

/** Who opened a connection and how it frames its sound, as far as the opening request says. */
export interface DeviceIdentity {
  /** The device's id, by convention its MAC address, which is lower-cased. */
  readonly deviceId?: string;
  /** The id of the installation on the device, by convention a UUID. */
  readonly clientId?: string;
  /** The bearer token, without the word `Bearer`; a secret. */
  readonly token?: string;
  /** The layout of binary frames in both directions. */
  readonly frameVersion: FrameVersion;
  /** Whether the MQTT gateway speaks for the device, so that frames may come out of order. */
  readonly viaGateway: boolean;
}

const MAX_ID_CHARS = 128;
const MAX_TOKEN_CHARS = 4096;
const ID = /^[\x21-\x7e]+$/;
const TOKEN = /^[\x20-\x7e]+$/;
const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;

/**
 * Reads the identity from the opening request. Headers come first; browsers cannot set them, so query
 * parameters of the same (lower-case) names count as well. Values that are too long or not printable ASCII
 * are as good as absent, and an odd `Protocol-Version` is version 1, as with the firmware's own servers.
 */
export function readIdentity(url: URL, headers: Headers): DeviceIdentity {
  const read = (name: string) => headers.get(name)?.trim() || url.searchParams.get(name)?.trim() || "";
  const deviceId = readDeviceId(read("device-id"));
  const clientId = readId(read("client-id"));
  const token = readToken(read("authorization"));
  const viaGateway = url.searchParams.get("from") === "mqtt_gateway";
  return {
    ...(deviceId !== undefined && { deviceId }),
    ...(clientId !== undefined && { clientId }),
    ...(token !== undefined && { token }),
    frameVersion: viaGateway ? "gateway" : readVersion(read("protocol-version")),
    viaGateway,
  };
}

/** A device id in its one form, or `undefined` when the value cannot be one. */
export function readDeviceId(value: string): string | undefined {
  const id = readId(value);
  return id !== undefined && MAC.test(id) ? id.toLowerCase() : id;
}

/** An id as it was sent, or `undefined` when the value cannot be one. */
export function readId(value: string): string | undefined {
  return value.length <= MAX_ID_CHARS && ID.test(value) ? value : undefined;
}

function readToken(value: string): string | undefined {
  const token = value.replace(/^bearer\s+/i, "");
  return token.length <= MAX_TOKEN_CHARS && TOKEN.test(token) ? token : undefined;
}

function readVersion(value: string): FrameVersion {
  if (value === "2") return 2;
  if (value === "3") return 3;
  return 1;
}
