import type { Gatekeeper } from "../auth/mod.ts";
import type { ServerConfig } from "../config.ts";
import type { ApprovalNotices } from "../devices/approval_notices.ts";
import type { Connections } from "../devices/connections.ts";
import type { DeviceFacts } from "../devices/device_facts.ts";
import type { ServerEvent } from "../server_event.ts";
import type { AlertLanguage } from "../../session/mod.ts";
import type { IncomingRequest } from "../transport/transport.ts";
import type { Vision } from "../vision/vision.ts";
import type { OwnAddress } from "./websocket_url.ts";

/** How ready the gateway is; `/readyz` answers 503 unless `ready`. */
export interface Readiness {
  /** Whether a device that connects now will be heard. */
  readonly ready: boolean;
  /** What is missing, in words. */
  readonly detail: string;
}

/** A request, and where it comes from. */
export interface RoutedRequest extends IncomingRequest {
  /** The client's address, behind trusted proxies. */
  readonly from: string;
  /** The address under which limits count; none for this machine and for trusted proxies. */
  readonly address: string | undefined;
}

/** What routes need of the server. */
export interface RouteContext {
  /** The checked `server` block. */
  readonly config: ServerConfig;
  /** Where the gateway is reached. */
  readonly own: OwnAddress;
  /** Decides who gets in. */
  readonly gatekeeper: Gatekeeper;
  /** The devices that are connected. */
  readonly connections: Connections;
  /** Those that connect while they wait for approval. */
  readonly notices: ApprovalNotices;
  /** What devices have said of themselves. */
  readonly facts: DeviceFacts;
  /** The time zone of the devices. */
  readonly timeZone: string;
  /** The key of the MQTT gateway in front, where there is one. */
  readonly mqttKey: string | undefined;
  /** Shown by `/metrics`. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** Asked by `/readyz`. */
  readonly readiness: () => Readiness;
  /** The details of `/healthz`; plain data. */
  readonly health: () => Readonly<Record<string, unknown>>;
  /** @throws {EarshotError} `server.draining` when no device is taken any more. */
  readonly requireOpen: () => void;
  /** Erases what is kept of a device, and says how many turns that was; absent where nothing is kept. */
  readonly forget?: ((deviceId: string) => Promise<number>) | undefined;
  /** Looks at photos; absent where nothing does. */
  readonly vision: Vision | undefined;
  /** The language of a device's speaker (BCP 47), and that of messages to it. */
  readonly languageOf: (
    deviceId: string,
  ) => { readonly language: string; readonly alertLanguage: AlertLanguage };
  /** Told what happened; must not throw. */
  readonly onEvent: (event: ServerEvent) => void;
}

/** What the gateway answers at one path. */
export interface Route {
  /** Where; with a slash at the end everything below it as well. */
  readonly path: string;
  /** How it is asked; in any way unless told. */
  readonly methods?: readonly string[];
  /**
   * Who may: `device` is everybody, as often as `limits.server.maxHandshakesPerMinute` says; `operator` is this machine, or who
   * has the admin token; `token` is who has it, or a command of the gateway's own user.
   */
  readonly access: "anyone" | "device" | "operator" | "token";
  /** Answers; what it throws becomes a refusal. */
  readonly handle: (incoming: RoutedRequest, context: RouteContext) => Response | Promise<Response>;
}

/** An answer in plain words. */
export function plainText(body: string, init: ResponseInit = {}): Response {
  return new Response(body, {
    ...init,
    headers: { "content-type": "text/plain; charset=utf-8", ...init.headers },
  });
}
