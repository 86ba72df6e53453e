/** The identity that a device sends when it opens its socket. */
export interface DeviceIdentity {
  /** Its MAC address; without one it connects like a client that has no identity. */
  readonly deviceId?: string;
  /** The id of its installation. */
  readonly clientId?: string;
  /** Sent as `Authorization`, with `Bearer ` in front when it has no space; not sent when empty. */
  readonly token?: string;
  /** The layout of binary frames. Default 1. */
  readonly frameVersion?: 1 | 2 | 3;
}

/** The headers with which firmware opens its socket. */
export function identityHeaders(identity: DeviceIdentity): Record<string, string> {
  const { deviceId, clientId, token = "", frameVersion = 1 } = identity;
  return {
    ...(token !== "" && { "Authorization": token.includes(" ") ? token : `Bearer ${token}` }),
    "Protocol-Version": String(frameVersion),
    ...(deviceId !== undefined && { "Device-Id": deviceId }),
    ...(clientId !== undefined && { "Client-Id": clientId }),
  };
}
