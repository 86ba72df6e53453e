/**
 * Everything that the gateway answers over HTTP, one file a route.
 *
 * @module
 */
import { activation } from "./activation.ts";
import { devices } from "./devices.ts";
import { fallback } from "./fallback.ts";
import { healthz } from "./healthz.ts";
import { memory } from "./memory.ts";
import { metrics } from "./metrics.ts";
import { ota } from "./ota.ts";
import { say } from "./say.ts";
import { tools } from "./tools.ts";
import { readyz } from "./readyz.ts";
import type { Route } from "./route.ts";
import { pythonVision, vision } from "./vision.ts";
import { asksForWebSocket, websocket } from "./websocket.ts";

export { DEVICES_PATH } from "./devices.ts";
export { MEMORY_PATH } from "./memory.ts";
export { OTA_PATH } from "./ota.ts";
export { SAY_PATH } from "./say.ts";
export { TOOLS_PATH } from "./tools.ts";
export { refusalOf } from "./refusal.ts";
export type { Readiness, Route, RouteContext, RoutedRequest } from "./route.ts";
export { VISION_PATH, visionUrlOf } from "./vision_url.ts";
export { type UrlDoubt, WEBSOCKET_PATH } from "./websocket_url.ts";

/** Every route; the first whose path fits answers. */
const ROUTES: readonly Route[] = [
  websocket,
  activation,
  ota,
  healthz,
  readyz,
  metrics,
  devices,
  memory,
  say,
  tools,
  vision,
  pythonVision,
  fallback,
];

/** The route of a request. A WebSocket may be opened at any path: some clients know no other than their own. */
export function routeOf(request: Request): Route {
  if (asksForWebSocket(request.headers)) return websocket;
  const { pathname } = new URL(request.url);
  return ROUTES.find(({ path, methods }) =>
    (path.endsWith("/") ? `${pathname}/`.startsWith(path) : pathname === path) &&
    (methods?.includes(request.method) ?? true)
  ) ?? fallback;
}
