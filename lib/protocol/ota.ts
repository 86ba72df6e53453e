import { z } from "zod";
import { fieldReader, readDeviceId, readId } from "./identity.ts";
import type { MqttCredentials } from "./mqtt_credentials.ts";

/** The description of a device in its request for the address of its server. */
export interface OtaRequest {
  /** As in the header or the query, else the MAC address in the body. */
  readonly deviceId?: string;
  /** As in the header or the query, else the UUID in the body. */
  readonly clientId?: string;
  /** The board's name, such as `bread-compact-wifi`. */
  readonly board?: string;
  /** Dotted integers; `0.0.0` when the device did not say. */
  readonly firmwareVersion: string;
}

/**
 * What a device shows, and repeats its request with, until it is approved. There is no `timeout_ms`: firmware does
 * nothing with it, and other clients take it for an interval or for the whole time.
 */
export interface OtaActivation {
  /** Six digits, which the device also says aloud. */
  readonly code: string;
  /** The text on its screen. */
  readonly message: string;
  /** Without one, firmware does not check whether it was approved. */
  readonly challenge: string;
}

/** What the answer to a device is made of. */
export interface OtaAnswer {
  /** Where the device shall connect. */
  readonly websocketUrl: string;
  /** Its token; never empty, since some clients then refuse to connect. */
  readonly token: string;
  /** The layout of binary frames that the device shall use. */
  readonly frameVersion: 1 | 2 | 3;
  /** Unix time. */
  readonly nowMs: number;
  /** Minutes east of UTC. */
  readonly timezoneOffsetMinutes: number;
  /** Set while the device waits for approval: what it shows. */
  readonly activation?: OtaActivation | undefined;
  /** Set where an MQTT gateway stands in front; firmware then leaves the WebSocket alone. */
  readonly mqtt?: MqttCredentials | undefined;
  /** The device's own version, so that there is no update. */
  readonly firmwareVersion: string;
}

const MAX_BOARD_CHARS = 64;
const NO_VERSION = "0.0.0";

const text = z.string().catch("");

const requestBody = z.object({
  mac_address: text,
  uuid: text,
  application: z.object({ version: text }).catch({ version: "" }),
  board: z.object({ type: text, name: text }).catch({ type: "", name: "" }),
}).catch({ mac_address: "", uuid: "", application: { version: "" }, board: { type: "", name: "" } });

/** Reads a device's question. Nothing in it is needed for an answer, so this never fails. */
export function parseOtaRequest(url: URL, headers: Headers, bodyText: string): OtaRequest {
  const read = fieldReader(url, headers);
  const body = requestBody.parse(parseJson(bodyText));
  // Firmware says `BOARD/version`; other clients send anything at all.
  const [agentBoard = "", agentVersion = ""] = (headers.get("user-agent") ?? "").split("/");
  const deviceId = readDeviceId(read("deviceid")) ?? readDeviceId(body.mac_address);
  const clientId = readId(read("clientid")) ?? readId(body.uuid);
  const board = (body.board.name || body.board.type || agentBoard).slice(0, MAX_BOARD_CHARS);
  return {
    ...(deviceId !== undefined && { deviceId }),
    ...(clientId !== undefined && { clientId }),
    ...(board !== "" && { board }),
    firmwareVersion: dottedIntegers(body.application.version) ?? dottedIntegers(agentVersion) ?? NO_VERSION,
  };
}

/**
 * The answer that firmware acts on and keeps. It has an `mqtt` key only where a gateway for that is configured,
 * because the device prefers it to the WebSocket.
 */
export function otaResponse(answer: OtaAnswer): Record<string, unknown> {
  const { activation, mqtt } = answer;
  return {
    server_time: {
      timestamp: Math.trunc(answer.nowMs),
      timezone_offset: Math.trunc(answer.timezoneOffsetMinutes),
    },
    firmware: { version: dottedIntegers(answer.firmwareVersion) ?? NO_VERSION, url: "" },
    websocket: { url: answer.websocketUrl, token: answer.token, version: answer.frameVersion },
    ...(mqtt !== undefined && { mqtt }),
    ...(activation !== undefined && {
      activation: {
        message: activation.message,
        code: activation.code,
        challenge: activation.challenge,
      },
    }),
  };
}

/** The answer to a browser that opens the OTA address: one plain line. */
export function otaGreeting(websocketUrl: string): string {
  return `OTA is ready: devices that ask here are sent to ${websocketUrl}\n`;
}

/** The leading dotted integers, since the firmware's comparison stops the device at anything else. */
function dottedIntegers(version: string): string | undefined {
  return /^\d{1,9}(\.\d{1,9}){0,7}/.exec(version)?.[0];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
