import { raceSignal } from "../lifecycle/mod.ts";
import {
  type OtaActivation,
  otaGreeting,
  type OtaRequest,
  otaResponse,
  parseOtaRequest,
} from "../protocol/mod.ts";
import type { Gatekeeper } from "./auth/mod.ts";
import { addressTowards } from "./lan_address.ts";
import type { ServerConfig } from "./config.ts";

/** The largest OTA request body that is read, in bytes; firmware sends about 2 KB. */
const MAX_BODY_BYTES = 65_536;

/** How long a body may take, in ms. */
const BODY_DEADLINE_MS = 10_000;

/** How long a device asks whether it was approved before it asks for its server again, in ms. */
const ACTIVATION_TIMEOUT_MS = 30_000;

/** The path of the WebSocket that devices are told. */
export const WEBSOCKET_PATH = "/xiaozhi/v1/";

/** The path of the OTA route. */
export const OTA_PATH = "/xiaozhi/ota/";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers": "client-id, content-type, device-id, authorization",
} as const;

/** What the OTA route needs to know of the gateway. */
export interface OtaContext {
  /** The checked `server` block. */
  readonly config: ServerConfig;
  /** The port on which WebSockets are taken. */
  readonly port: number;
  /** Whether they are encrypted. */
  readonly secure: boolean;
  /** Decides who gets a token. */
  readonly gatekeeper: Pick<Gatekeeper, "welcome" | "approval">;
}

/** Answers a device that looks for its server: POST (or GET) at the OTA path, and its activation. */
export async function answerOta(
  request: Request,
  peer: string,
  context: OtaContext,
): Promise<Response> {
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: CORS });
  const websocketUrl = websocketUrlFor(hostOf(request), peer, context);
  if (request.method === "GET" && !request.headers.has("device-id")) {
    return new Response(otaGreeting(websocketUrl), {
      headers: { ...CORS, "content-type": "text/plain; charset=utf-8" },
    });
  }
  if (request.method !== "GET" && request.method !== "POST") {
    return new Response("Cannot answer: OTA is asked with GET or POST\n", { status: 405, headers: CORS });
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
  const asked = parseOtaRequest(request.headers, body);
  if (new URL(request.url).pathname.endsWith("/activate")) return await answerActivation(asked, context);
  const { deviceId = "", clientId, board } = asked;
  const welcome = await context.gatekeeper.welcome({
    deviceId,
    clientId: clientId ?? null,
    board,
    address: peer,
  });
  const now = new Date();
  return Response.json(
    otaResponse({
      websocketUrl,
      token: welcome?.type === "token" ? welcome.token : "",
      frameVersion: context.config.frameVersion,
      nowMs: now.getTime(),
      timezoneOffsetMinutes: -now.getTimezoneOffset(),
      firmwareVersion: asked.firmwareVersion,
      activation: welcome?.type === "code" ? activationOf(welcome.code) : undefined,
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
  return {
    code,
    message: `Earshot\n${code}`,
    challenge: crypto.randomUUID(),
    timeoutMs: ACTIVATION_TIMEOUT_MS,
  };
}

/**
 * The WebSocket URL for one device: as configured, else by the name under which it found us, else by the
 * address of the interface on its subnet.
 */
export function websocketUrlFor(host: string | null, peer: string, context: OtaContext): string {
  const { publicUrl } = context.config;
  if (publicUrl !== undefined) return publicUrl;
  return `${context.secure ? "wss" : "ws"}://${
    hostName(host) ?? addressTowards(peer)
  }:${context.port}${WEBSOCKET_PATH}`;
}

/** As the device wrote it. HTTP/2 knows no `Host`, and without either the engine makes a URL up. */
function hostOf(request: Request): string | null {
  return request.headers.get("host") ?? (request.url.startsWith("https:") ? new URL(request.url).host : null);
}

/** The name in a `Host` header without its port; `undefined` when it is none. */
function hostName(host: string | null): string | undefined {
  if (host === null || !/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/i.test(host)) return undefined;
  return host.replace(/:\d+$/, "");
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
