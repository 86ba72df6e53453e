import type { FrameVersion } from "./frame.ts";
import { normalizeMac } from "./mac_address.ts";

/** The identity of a device and the framing of its sound, as far as the opening request names them. */
export interface DeviceIdentity {
  /** The device's id, by convention its MAC address, which is written as `02:00:00:aa:bb:cc` whatever its notation. */
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

/** The names of the token, among the clients that send one; the first that is there counts. */
const TOKEN_NAMES = ["authorization", "token", "accesstoken"] as const;

/**
 * Reads the identity from the opening request. Headers come first; browsers cannot set them, so query parameters
 * count as well: `device-id`, `device_id`, `deviceId`, in any case, and `token` and `access_token` beside
 * `authorization`. Values that are too long or not printable ASCII are as good as absent, and an odd
 * `Protocol-Version` is version 1, as with the firmware's own servers.
 */
export function readIdentity(url: URL, headers: Headers): DeviceIdentity {
  const read = fieldReader(url, headers);
  const deviceId = readDeviceId(read("deviceid"));
  const clientId = readId(read("clientid"));
  const token = TOKEN_NAMES.map((name) => readToken(read(name))).find((text) => text !== undefined);
  const viaGateway = url.searchParams.get("from") === "mqtt_gateway";
  return {
    ...(deviceId !== undefined && { deviceId }),
    ...(clientId !== undefined && { clientId }),
    ...(token !== undefined && { token }),
    frameVersion: viaGateway ? "gateway" : readVersion(read("protocolversion")),
    viaGateway,
  };
}

/**
 * Reads a field from the headers, else from the query; empty where neither has it. `deviceid` is the name of
 * `Device-Id`, `device_id` and `deviceId` alike.
 */
export function fieldReader(url: URL, headers: Headers): (name: string) => string {
  const fields = new Map<string, string>();
  for (const pairs of [headers, url.searchParams]) {
    for (const [name, value] of pairs) {
      const folded = name.toLowerCase().replaceAll(/[-_]/g, "");
      if (value.trim() !== "" && !fields.has(folded)) fields.set(folded, value.trim());
    }
  }
  return (name) => fields.get(name) ?? "";
}

/** The key of a device: its id and that of the program on it. Neither holds a line break. */
export function deviceKey(
  { deviceId, clientId }: {
    readonly deviceId?: string | undefined;
    readonly clientId?: string | null | undefined;
  },
): string {
  return `${deviceId ?? ""}\n${clientId ?? ""}`;
}

/** A device id in its one form, or `undefined` when the value cannot be one. */
export function readDeviceId(value: string): string | undefined {
  return normalizeMac(value) ?? readId(value);
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
