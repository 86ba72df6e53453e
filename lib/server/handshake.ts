import { EarshotError } from "../errors/mod.ts";
import type { AcceptedSocket, DeviceSocketLimits } from "./device_socket.ts";
import type { HttpCall } from "./http_engine.ts";
import { WEBSOCKET_PATH } from "./told_url.ts";

/** Whether a request asks for a WebSocket, at any path. */
export function asksForWebSocket({ headers }: Request): boolean {
  return namesWebSocket(headers);
}

/**
 * Refuses a handshake that has lost its `Upgrade` on the way: proxies drop it unless they are told to pass it on. What
 * is left of it are the headers of WebSockets, or the path alone.
 *
 * @throws {EarshotError} `server.upgrade_required`
 */
export function requireUpgrade(request: Request): void {
  const { method, headers } = request;
  const isRead = method === "GET" || method === "HEAD";
  const isOurs = `${new URL(request.url).pathname}/`.startsWith(WEBSOCKET_PATH);
  if (headers.has("sec-websocket-key") || (isRead && isOurs)) throw upgradeRequired(headers);
}

/**
 * Upgrades a request.
 *
 * @throws {EarshotError} `server.upgrade_required` for one that has lost its `Connection` on the way, and
 * `protocol.invalid_message` for one that is no handshake.
 */
export function upgradeCall(call: HttpCall, limits: DeviceSocketLimits): AcceptedSocket {
  const { headers } = call.request;
  if (!namesUpgrade(headers)) throw upgradeRequired(headers);
  try {
    return call.upgrade(limits);
  } catch (cause) {
    throw new EarshotError("protocol.invalid_message", "Cannot upgrade: not a WebSocket handshake", {
      cause,
    });
  }
}

function namesWebSocket(headers: Headers): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket";
}

function namesUpgrade(headers: Headers): boolean {
  const options = headers.get("connection")?.toLowerCase().split(",") ?? [];
  return options.some((option) => option.trim() === "upgrade");
}

function upgradeRequired(headers: Headers): EarshotError {
  const missing = [
    ...(namesWebSocket(headers) ? [] : ["Upgrade"]),
    ...(namesUpgrade(headers) ? [] : ["Connection"]),
  ];
  return new EarshotError(
    "server.upgrade_required",
    `Cannot open a WebSocket: the request came without ${
      missing.join(" and ")
    }; a proxy in front has to pass on ` +
      "Upgrade and Connection",
  );
}
