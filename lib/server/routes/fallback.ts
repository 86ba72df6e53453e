import { OTA_PATH } from "./ota.ts";
import { plainText, type Route } from "./route.ts";
import { WEBSOCKET_PATH } from "./websocket_url.ts";

/** Tells whoever looks around where things are. */
export const fallback: Route = {
  path: "/",
  access: "anyone",
  handle: ({ request }) =>
    new URL(request.url).pathname === "/"
      ? plainText(`Earshot, a voice gateway. Devices: set the OTA URL to this address + ${OTA_PATH}\n`)
      : plainText(`Nothing here. OTA is at ${OTA_PATH}, the WebSocket at ${WEBSOCKET_PATH}\n`, {
        status: 404,
      }),
};
