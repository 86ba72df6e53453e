import type { DeviceIdentity } from "../../protocol/mod.ts";
import type { VisionOffer } from "../../tools/mod.ts";
import { lanAddresses } from "../addresses/lan_address.ts";
import type { RouteContext, RoutedRequest } from "./route.ts";
import { WEBSOCKET_PATH, websocketUrlFor } from "./websocket_url.ts";

/** The path to which devices send photos. */
export const VISION_PATH = "/xiaozhi/vision/explain";

const LOOPBACK_NAME = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i;

/**
 * Where a device that opens its WebSocket by this request may send photos; `undefined` where nothing looks at them, the
 * device may not have it, or it does not say who it is.
 */
export function visionOffer(
  identity: DeviceIdentity,
  { request, peer }: Pick<RoutedRequest, "request" | "peer">,
  { vision, gatekeeper, own }: Pick<RouteContext, "vision" | "gatekeeper" | "own">,
): VisionOffer | undefined {
  if (vision === undefined) return undefined;
  const token = gatekeeper.photoToken(identity);
  if (token === undefined) return undefined;
  const url = visionUrlOf(websocketUrlFor(request, peer, own).url);
  // The MQTT gateway knows us by a name that may lead nowhere from where the device is.
  return { url: identity.viaGateway ? fromElsewhere(url) : url, token };
}

/** The address for photos beside that of the WebSocket: on the same host, and below the same path where it has one. */
export function visionUrlOf(websocketUrl: string): string {
  const url = new URL(websocketUrl);
  const path = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  const above = path.endsWith(WEBSOCKET_PATH) ? path.slice(0, -WEBSOCKET_PATH.length) : "";
  const scheme = url.protocol === "wss:" ? "https" : "http";
  return `${scheme}://${url.host}${above}${VISION_PATH}`;
}

function fromElsewhere(address: string): string {
  const url = new URL(address);
  const [lan] = lanAddresses();
  if (LOOPBACK_NAME.test(url.hostname) && lan !== undefined) url.hostname = lan.address;
  return url.href;
}
