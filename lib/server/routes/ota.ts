import {
  mqttCredentials,
  otaGreeting,
  type OtaRequest,
  otaResponse,
  parseOtaRequest,
} from "../../protocol/mod.ts";
import { offsetMinutes } from "../time_zone.ts";
import { answerPreflight, CORS } from "./cors.ts";
import { readBody } from "./read_body.ts";
import { plainText, type Route, type RouteContext, type RoutedRequest } from "./route.ts";
import { websocketUrlFor } from "./websocket_url.ts";

/** The largest OTA request body that is read, in bytes; firmware sends about 2 KB. */
const MAX_BODY_BYTES = 65_536;

/** The path of the OTA route. */
export const OTA_PATH = "/xiaozhi/ota/";

/** Where a device that has started asks for its server. */
export const ota: Route = {
  path: OTA_PATH,
  access: "device",
  handle: (incoming, context) =>
    withOtaRequest(incoming.request, (asked) => answerDevice(asked, incoming, context)),
};

/** Reads what a device says of itself, by POST or GET; what is no such request is answered here. */
export async function withOtaRequest(
  request: Request,
  answer: (asked: OtaRequest) => Promise<Response>,
): Promise<Response> {
  if (request.method === "OPTIONS") return answerPreflight(request);
  // Who asks for the head alone wants to know whether this is there.
  if (request.method === "HEAD") return plainText("", { headers: CORS });
  if (request.method !== "GET" && request.method !== "POST") {
    return plainText("Cannot answer: OTA is asked with GET or POST\n", {
      status: 405,
      headers: { ...CORS, allow: "GET, HEAD, POST, OPTIONS" },
    });
  }
  const body = await readBody(request, { maxBytes: MAX_BODY_BYTES, headers: CORS });
  if (body instanceof Response) return body;
  return await answer(parseOtaRequest(new URL(request.url), request.headers, body));
}

async function answerDevice(
  asked: OtaRequest,
  { request, peer, from: address }: RoutedRequest,
  context: RouteContext,
): Promise<Response> {
  const { config: { mqtt, frameVersion }, gatekeeper, mqttKey, timeZone, onEvent } = context;
  const { url: websocketUrl, doubt } = websocketUrlFor(request, peer, context.own);
  if (doubt !== undefined) onEvent({ type: "url_doubted", doubt, url: websocketUrl, peer });
  const { deviceId, clientId, board, firmwareVersion } = asked;
  if (request.method === "GET" && deviceId === undefined) {
    return plainText(otaGreeting(websocketUrl), { headers: CORS });
  }
  const { token, waits } = await gatekeeper.enroll({
    deviceId: deviceId ?? "",
    clientId: clientId ?? null,
    board,
    address,
  });
  if (deviceId !== undefined) context.facts.remember(asked);
  if (waits?.isNew === true) {
    onEvent({ type: "device_waits", deviceId: deviceId ?? "", address, board, shown: false });
  }
  const now = new Date();
  return Response.json(
    otaResponse({
      websocketUrl,
      token,
      frameVersion,
      nowMs: now.getTime(),
      timezoneOffsetMinutes: offsetMinutes(timeZone, now),
      firmwareVersion,
      activation: waits && {
        code: waits.code,
        message: `Earshot\n${waits.code}`,
        challenge: crypto.randomUUID(),
      },
      mqtt: mqtt && mqttKey !== undefined
        ? mqttCredentials({ deviceId, clientId, board, address }, { endpoint: mqtt.endpoint, key: mqttKey })
        : undefined,
    }),
    { headers: CORS },
  );
}
