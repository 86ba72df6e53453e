import { raceSignal } from "../lifecycle/mod.ts";
import {
  mqttCredentials,
  type OtaActivation,
  otaGreeting,
  type OtaRequest,
  otaResponse,
  parseOtaRequest,
} from "../protocol/mod.ts";
import type { Gatekeeper } from "./auth/mod.ts";
import { answerPreflight, CORS } from "./cors.ts";
import type { ServerConfig } from "./config.ts";
import type { DeviceFacts } from "./device_facts.ts";
import type { ServerEvent } from "./server_event.ts";
import { offsetMinutes } from "./time_zone.ts";
import { type OwnAddress, toldUrl } from "./told_url.ts";

/** The largest OTA request body that is read, in bytes; firmware sends about 2 KB. */
const MAX_BODY_BYTES = 65_536;

/** How long a body may take, in ms. */
const BODY_DEADLINE_MS = 10_000;

/** The path of the OTA route. */
export const OTA_PATH = "/xiaozhi/ota/";

/** What the OTA route needs to know of the gateway. */
export interface OtaContext {
  /** The checked `server` block. */
  readonly config: ServerConfig;
  /** Where WebSockets are taken. */
  readonly own: OwnAddress;
  /** The time zone of the devices. */
  readonly timeZone: string;
  /** The key of the MQTT gateway in front, where there is one. */
  readonly mqttKey: string | undefined;
  /** Decides who gets a token. */
  readonly gatekeeper: Pick<Gatekeeper, "welcome" | "approval">;
  /** Remembers what devices say of themselves. */
  readonly facts: DeviceFacts;
  /** Told what happened; must not throw. */
  readonly onEvent: (event: ServerEvent) => void;
}

/** Who asks. */
export interface OtaPeer {
  /** The TCP peer. */
  readonly peer: string;
  /** Whom the request comes from, behind trusted proxies. */
  readonly address: string;
}

/** Answers a device that looks for its server: POST (or GET) at the OTA path, and its activation. */
export async function answerOta(request: Request, from: OtaPeer, context: OtaContext): Promise<Response> {
  if (request.method === "OPTIONS") return answerPreflight(request);
  // Who asks for the head alone wants to know whether this is there.
  if (request.method === "HEAD") {
    return new Response(null, { headers: { ...CORS, "content-type": "text/plain; charset=utf-8" } });
  }
  if (request.method !== "GET" && request.method !== "POST") {
    return new Response("Cannot answer: OTA is asked with GET or POST\n", {
      status: 405,
      headers: { ...CORS, allow: "GET, HEAD, POST, OPTIONS" },
    });
  }
  const body = await raceSignal(readBody(request), AbortSignal.timeout(BODY_DEADLINE_MS)).catch(() => null);
  if (body === null) {
    return new Response("Cannot read the request: its body did not come\n", { status: 408, headers: CORS });
  }
  if (body === undefined) {
    return new Response(`Cannot read the request: it has more than ${MAX_BODY_BYTES} bytes\n`, {
      status: 413,
      headers: CORS,
    });
  }
  const url = new URL(request.url);
  const asked = parseOtaRequest(url, request.headers, body);
  if (url.pathname.endsWith("/activate")) return await answerActivation(asked, context);
  const { url: websocketUrl, doubt } = toldUrl(request, from.peer, context.own);
  if (doubt !== undefined) {
    context.onEvent({ type: "url_doubted", doubt, url: websocketUrl, peer: from.peer });
  }
  if (request.method === "GET" && asked.deviceId === undefined) {
    return new Response(otaGreeting(websocketUrl), {
      headers: { ...CORS, "content-type": "text/plain; charset=utf-8" },
    });
  }
  return await answerDevice(asked, { ...context, websocketUrl, address: from.address });
}

async function answerDevice(
  asked: OtaRequest,
  context: OtaContext & { readonly websocketUrl: string; readonly address: string },
): Promise<Response> {
  const { config: { mqtt, frameVersion }, gatekeeper, mqttKey, timeZone, websocketUrl, address } = context;
  const { deviceId, clientId, board, firmwareVersion } = asked;
  const { token, waits } = await gatekeeper.welcome({
    deviceId: deviceId ?? "",
    clientId: clientId ?? null,
    board,
    address,
  });
  if (deviceId !== undefined) context.facts.remember(asked);
  if (waits?.isNew === true) {
    context.onEvent({ type: "device_waits", deviceId: deviceId ?? "", address, board, shown: false });
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
      activation: waits && activationOf(waits.code),
      mqtt: mqtt && mqttKey !== undefined
        ? mqttCredentials({ deviceId, clientId, board, address }, { endpoint: mqtt.endpoint, key: mqttKey })
        : undefined,
    }),
    { headers: CORS },
  );
}

/** The device shows its code and asks every few seconds whether somebody has approved it. */
async function answerActivation(asked: OtaRequest, { gatekeeper }: OtaContext): Promise<Response> {
  const { deviceId = "", clientId } = asked;
  const approval = await gatekeeper.approval({ deviceId, clientId: clientId ?? null });
  // Anything but 200 and 202 makes it start over, with a new question and a new code.
  const status = { approved: 200, pending: 202, unknown: 403 }[approval];
  return Response.json({}, { status, headers: CORS });
}

function activationOf(code: string): OtaActivation {
  return { code, message: `Earshot\n${code}`, challenge: crypto.randomUUID() };
}

/** The request's body, or `undefined` when it is too long. */
async function readBody(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let sizeBytes = 0;
  for await (const part of request.body ?? []) {
    sizeBytes += part.byteLength;
    if (sizeBytes > MAX_BODY_BYTES) return undefined;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
