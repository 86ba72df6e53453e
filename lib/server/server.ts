import { EarshotError } from "../errors/mod.ts";
import { type Clock, type Scope, withDeadline } from "../lifecycle/mod.ts";
import { alertLanguage, type SessionServices } from "../session/mod.ts";
import { AddressList, LOOPBACK } from "./address_list.ts";
import { Admission, type AdmissionStats } from "./admission.ts";
import { ApprovalNotices } from "./approval_notices.ts";
import { type AuthConfig, type AuthParts, Gatekeeper, ownNames } from "./auth/mod.ts";
import { clientAddress } from "./client_address.ts";
import type { ServerConfig } from "./config.ts";
import type { ConnectedDevice } from "./connected_device.ts";
import { Connections } from "./connections.ts";
import { denoHttp } from "./deno_http.ts";
import { DeviceFacts } from "./device_facts.ts";
import { Entrance } from "./entrance.ts";
import { writeHost } from "./forwarded.ts";
import { asksForWebSocket, requireUpgrade } from "./handshake.ts";
import type { HttpCall, HttpEngine } from "./http_engine.ts";
import { listen } from "./listener.ts";
import { answerOta, OTA_PATH, type OtaPeer } from "./ota.ts";
import { refusalOf } from "./refusal.ts";
import type { ServerEvent } from "./server_event.ts";
import type { TlsCertificate } from "./tls.ts";
import { askedHost, WEBSOCKET_PATH } from "./told_url.ts";

/**
 * The most of the file descriptors that connections may take which are no device's. Sessions may take 40 %, so
 * strangers cannot use up what the process needs for itself.
 */
const WAITING_SHARE = 0.2;

/** The path at which an operator reads who is connected. */
export const DEVICES_PATH = "/devices";

/** How ready the gateway is; `/readyz` answers 503 unless `ready`. */
export interface Readiness {
  /** Whether a device that connects now will be heard. */
  readonly ready: boolean;
  /** What is missing, in words. */
  readonly detail: string;
}

/** What a {@linkcode Server} holds. */
export interface ServerStats {
  /** Sessions that are open. */
  readonly sessions: number;
  /** Sockets that have not ended. */
  readonly sockets: number;
  /** Those of them that were to be ended and would not; they hold their places. */
  readonly abandoned: number;
  /** The places of sessions. */
  readonly admission: AdmissionStats;
}

/** What came of a drain. */
export interface DrainSummary {
  /** Sessions that were open when it began. */
  readonly sessions: number;
  /** Those of them whose turn had not ended by the deadline; closing the server ends them. */
  readonly unfinished: number;
}

/** Options of a {@linkcode Server}. */
export interface ServerOptions {
  /** The checked `server` block. */
  readonly config: ServerConfig;
  /** The checked `auth` block. */
  readonly auth: AuthConfig;
  /** What it decides with. */
  readonly authParts: AuthParts;
  /** What it proves itself with, where `server.tls` wants encryption. */
  readonly tls?: TlsCertificate | undefined;
  /** Owns the listeners and the sessions. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** What every session needs. */
  readonly services: SessionServices;
  /** The key of the MQTT gateway in front, where `server.mqtt` names one. */
  readonly mqttKey?: string | undefined;
  /** How many descriptors the process may have, where that is known. */
  readonly descriptorLimit?: number | undefined;
  /** What carries connections; Deno's own unless told otherwise. */
  readonly engine?: HttpEngine | undefined;
  /** Asked by `/readyz`. */
  readonly readiness: () => Readiness;
  /** Asked by `/healthz` for who may see what is inside; plain data. */
  readonly health: () => Readonly<Record<string, unknown>>;
  /** Shown by `/metrics`. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** Told what happened; must not throw. */
  readonly onEvent: (event: ServerEvent) => void;
}

/** The network side: listeners, routes, and a session for every device that connects. */
export class Server {
  readonly #options: ServerOptions;
  readonly #sessionScope: Scope;
  readonly #trustedProxies: AddressList;
  readonly #admission: Admission;
  readonly #connections: Connections;
  readonly #gatekeeper: Gatekeeper;
  readonly #facts = new DeviceFacts();
  readonly #entrance: Entrance;
  readonly #port: number;
  /** Resolves when connections are taken; with the engine `ws` that is in the next turn of the event loop. */
  readonly listening: Promise<void>;
  #draining: Promise<DrainSummary> | undefined;

  /**
   * Listens at once.
   *
   * @throws {EarshotError} `server.port_in_use` or `server.listen`.
   */
  constructor(options: ServerOptions) {
    this.#options = options;
    const { config, scope, clock, services, onEvent } = options;
    const { hostname, port, otaPort, maxHandshakesPerMinute } = config;
    this.#trustedProxies = new AddressList(config.trustedProxies);
    this.#admission = new Admission({ ...config, descriptorLimit: options.descriptorLimit });
    const onRestart = (error: EarshotError) => onEvent({ type: "listener_restarted", error });
    this.#gatekeeper = new Gatekeeper({
      config: options.auth,
      parts: options.authParts,
      origins: {
        allowed: config.allowedOrigins,
        names: ownNames(config.publicUrl),
        publicUrl: config.publicUrl,
      },
      maxHandshakesPerMinute,
      clock,
      wallMs: Date.now,
    });
    // The sessions are a child scope, so they are closed before the listeners, which are the server's own.
    this.#sessionScope = scope.child("sessions", { closeDeadlineMs: services.session.closeMs });
    this.#connections = new Connections({
      limits: config,
      scope: this.#sessionScope,
      serverScope: scope,
      clock,
      admission: this.#admission,
      services,
      onEvent,
    });
    this.#entrance = new Entrance({
      limits: config,
      gatekeeper: this.#gatekeeper,
      connections: this.#connections,
      notices: new ApprovalNotices({
        scope,
        clock,
        language: alertLanguage({ ...services, language: services.agentOf(undefined).language }),
      }),
      facts: this.#facts,
      requireOpen: () => this.#requireOpen(),
      onEvent,
    });
    options.authParts.devices?.registry.onRevoked((deviceId) => {
      if (!this.#gatekeeper.isAllowed(deviceId)) this.#connections.revoke(deviceId);
    });
    const { requestTimeoutMs } = options.config;
    const spare = Math.floor((options.descriptorLimit ?? Infinity) * WAITING_SHARE);
    const maxWaitingConnections = Math.max(1, Math.min(options.config.maxWaitingConnections, spare));
    const open = (port: number) =>
      listen({
        engine: options.engine ?? denoHttp,
        hostname,
        port,
        tls: options.tls,
        handler: (call) => this.#answer(call),
        scope,
        clock,
        requestTimeoutMs,
        maxWaitingConnections,
        maxConnections: this.#admission.limit + maxWaitingConnections,
        onConnectionEnded: (bound) => onEvent({ type: "connection_ended", bound }),
        onRestart,
      });
    const main = open(port);
    this.#port = main.port;
    const alias = otaPort !== 0 && otaPort !== main.port ? open(otaPort) : main;
    this.listening = Promise.all([main.ready, alias.ready]).then(() => {});
  }

  /** The port on which everything is served. */
  get port(): number {
    return this.#port;
  }

  /** How many sessions are open, how many sockets have not ended, and who was let in. */
  get stats(): ServerStats {
    return {
      ...this.#connections.stats,
      admission: this.#admission.stats,
    };
  }

  /** The devices that are connected. */
  get devices(): readonly ConnectedDevice[] {
    return this.#connections.devices;
  }

  /** What the operator should do about descriptors that allow fewer sessions than configured. */
  get remedy(): string | undefined {
    return this.#admission.remedy;
  }

  /** Whether it takes no new device, because it is about to be closed. */
  get draining(): boolean {
    return this.#draining !== undefined;
  }

  /**
   * Takes no new device from now on, and lets every turn that is under way finish, for at most
   * `server.drainMs`. The listener stays, so that whoever comes is told so. Joins a drain under way; `close` of
   * the scope ends it early.
   */
  drain(): Promise<DrainSummary> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  async #drain(): Promise<DrainSummary> {
    const { config: { drainMs }, clock } = this.#options;
    const { signal } = this.#sessionScope;
    const { sessions } = this.#connections;
    const all = Promise.all(sessions.map((session) => session.drain()));
    try {
      await withDeadline(all, drainMs, { what: "every turn to finish", clock, signal });
    } catch {
      // Time is up, or nobody wants to wait any longer: what is left is counted and closed with the server.
    }
    const unfinished = sessions.filter(({ id }) => this.#connections.has(id)).length;
    return { sessions: sessions.length, unfinished };
  }

  async #answer(call: HttpCall): Promise<Response> {
    try {
      return await this.#route(call);
    } catch (thrown) {
      const error = EarshotError.from(thrown);
      if (error.code === "internal") throw thrown;
      this.#options.onEvent({ type: refusalType(error), error });
      return refusalOf(error);
    }
  }

  #route(call: HttpCall): Response | Promise<Response> {
    const { request, peer } = call;
    const { pathname } = new URL(request.url);
    const from = { peer, ...this.#addresses(call) };
    if (asksForWebSocket(request)) {
      const host = askedHost(request, peer, this.#trustedProxies);
      return this.#entrance.accept(call, { ...from, host: host === undefined ? null : writeHost(host) });
    }
    requireUpgrade(request);
    if (`${pathname}/`.startsWith(OTA_PATH)) {
      this.#gatekeeper.knock(from.address);
      return this.#tellWhereToGo(request, { peer, address: from.from });
    }
    switch (pathname) {
      case DEVICES_PATH:
        this.#gatekeeper.admin(request, from);
        return Response.json({ devices: this.devices });
      case "/healthz":
        return Response.json({ status: "ok", ...this.#details(request, from) });
      case "/metrics":
        this.#gatekeeper.admin(request, from);
        return this.#metrics();
      case "/readyz": {
        const { ready, detail } = this.#options.readiness();
        return Response.json({ ready, detail }, { status: ready ? 200 : 503 });
      }
      case "/":
        return text(`Earshot, a voice gateway. Devices: set the OTA URL to this address + ${OTA_PATH}\n`);
      default:
        return text(`Nothing here. OTA is at ${OTA_PATH}, the WebSocket at ${WEBSOCKET_PATH}\n`, 404);
    }
  }

  /** Health is for everybody; its details are not, and who shows no token asks for none. */
  #details(request: Request, from: { readonly peer: string; readonly address: string | undefined }) {
    try {
      this.#gatekeeper.admin(request, from);
    } catch (thrown) {
      const { code } = EarshotError.from(thrown);
      if (code === "auth.admin" && !request.headers.has("authorization")) return {};
      throw thrown;
    }
    return { ...this.stats, ...this.#options.health() };
  }

  async #metrics(): Promise<Response> {
    const { metrics } = this.#options;
    return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
  }

  #tellWhereToGo(request: Request, from: OtaPeer): Promise<Response> {
    const { config, tls, mqttKey, services: { timeZone }, onEvent } = this.#options;
    const { publicUrl, otaPort } = config;
    const own = {
      publicUrl,
      port: this.#port,
      otaPort,
      secure: tls !== undefined,
      trustedProxies: this.#trustedProxies,
    };
    const [gatekeeper, facts] = [this.#gatekeeper, this.#facts];
    return answerOta(request, from, { config, own, gatekeeper, facts, timeZone, mqttKey, onEvent });
  }

  #requireOpen(): void {
    if (!this.draining && this.#sessionScope.state === "open") return;
    throw new EarshotError("server.draining", "Cannot take a device now: the gateway is being stopped");
  }

  /** Whom a request comes from, and under which address limits count: none for this machine and for proxies. */
  #addresses({ request, peer }: HttpCall): { readonly from: string; readonly address: string | undefined } {
    const from = clientAddress(request, peer, this.#trustedProxies);
    const isExempt = LOOPBACK.has(from) || this.#trustedProxies.has(from);
    return { from, address: isExempt ? undefined : from };
  }
}

function refusalType({ code }: EarshotError): "auth_refused" | "upgrade_refused" | "admission_refused" {
  if (code.startsWith("auth.") || code === "server.rate_limited") return "auth_refused";
  const isUpgrade = code === "protocol.invalid_message" || code === "server.upgrade_required";
  return isUpgrade ? "upgrade_refused" : "admission_refused";
}

function text(body: string, status = 200): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
