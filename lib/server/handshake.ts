import { EarshotError } from "../errors/mod.ts";
import type { AcceptedSocket, DeviceSocketLimits } from "./transport/device_socket.ts";
import type { IncomingRequest } from "./transport/transport.ts";

/**
 * Upgrades a request.
 *
 * @throws {EarshotError} `server.upgrade_required` for one that has lost its `Connection` on the way, and
 * `protocol.invalid_message` for one that is no handshake.
 */
export function upgradeOf(incoming: IncomingRequest, limits: DeviceSocketLimits): AcceptedSocket {
  const { headers } = incoming.request;
  if (!namesUpgrade(headers)) throw upgradeRequired(headers);
  try {
    return incoming.upgrade(limits);
  } catch (cause) {
    throw new EarshotError("protocol.invalid_message", "Cannot upgrade: not a WebSocket handshake", {
      cause,
    });
  }
}

/** The refusal of a handshake that came without what makes it one. */
export function upgradeRequired(headers: Headers): EarshotError {
  const missing = [
    ...(headers.get("upgrade")?.toLowerCase() === "websocket" ? [] : ["Upgrade"]),
    ...(namesUpgrade(headers) ? [] : ["Connection"]),
  ].join(" and ");
  return new EarshotError(
    "server.upgrade_required",
    `Cannot open a WebSocket: the request came without ${missing}; a proxy in front has to pass on Upgrade and ` +
      "Connection",
  );
}

function namesUpgrade(headers: Headers): boolean {
  const options = headers.get("connection")?.toLowerCase().split(",") ?? [];
  return options.some((option) => option.trim() === "upgrade");
}
