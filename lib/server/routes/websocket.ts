import { EarshotError } from "../../errors/mod.ts";
import { readIdentity } from "../../protocol/mod.ts";
import type { Arrival } from "../devices/connected_device.ts";
import { upgradeOf, upgradeRequired } from "../handshake.ts";
import { writeHost } from "../addresses/forwarded.ts";
import type { Route, RouteContext, RoutedRequest } from "./route.ts";
import { visionOffer } from "./vision_url.ts";
import { askedHost, WEBSOCKET_PATH } from "./websocket_url.ts";

/** Where devices connect: each is checked before the upgrade, and only who may speak gets a session. */
export const websocket: Route = {
  path: WEBSOCKET_PATH,
  methods: ["GET", "HEAD"],
  access: "device",
  async handle(incoming, context) {
    const { request, from, address } = incoming;
    const { gatekeeper, connections, facts, requireOpen } = context;
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      throw upgradeRequired(request.headers);
    }
    const identity = readIdentity(new URL(request.url), request.headers);
    requireOpen();
    const refused = await refusalOf(incoming, context, identity);
    const board = gatekeeper.boardOf(identity);
    const fact = { ...(board !== undefined && { board }), ...facts.of(identity) };
    const vision = () => visionOffer(identity, incoming, context);
    const arrival: Arrival = { identity, address, from, fact, vision };
    if (refused === undefined) return connections.open(incoming, arrival);
    const shown = showCode(incoming, arrival, context);
    if (shown === undefined) throw refused;
    return shown;
  },
};

/**
 * Whether a request asks for a WebSocket, also one that has lost its `Upgrade` on the way: proxies drop it unless
 * they are told to pass it on.
 */
export function asksForWebSocket(headers: Headers): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket" || headers.has("sec-websocket-key");
}

/** Why a device is not approved, though its token is ours; somebody may have approved it a moment ago. */
async function refusalOf(
  { request, peer, address }: RoutedRequest,
  { gatekeeper, own, requireOpen }: RouteContext,
  identity: Arrival["identity"],
): Promise<EarshotError | undefined> {
  const host = askedHost(request, peer, own.trustedProxies);
  const by = { identity, address, host: host === undefined ? null : writeHost(host) };
  const unapproved = () => {
    try {
      gatekeeper.authorizeDevice(request, by);
      return undefined;
    } catch (thrown) {
      const error = EarshotError.from(thrown);
      if (error.code !== "auth.not_approved") throw thrown;
      return error;
    }
  };
  if (unapproved() === undefined) return undefined;
  await gatekeeper.catchUp();
  requireOpen();
  return unapproved();
}

/** A device that waits for approval sees its code once more; `undefined` where it does not wait, or too many do. */
function showCode(
  incoming: RoutedRequest,
  { identity, from, fact }: Arrival,
  { gatekeeper, notices, config, onEvent }: RouteContext,
): Response | undefined {
  const code = gatekeeper.codeOf(identity);
  if (code === undefined || !notices.hasRoom(identity)) return undefined;
  const accepted = upgradeOf(incoming, config);
  notices.show(accepted, { identity, code });
  const { deviceId = "" } = identity;
  onEvent({ type: "device_waits", deviceId, address: from, board: fact.board, shown: true });
  return accepted.response;
}
