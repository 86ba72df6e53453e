import { EarshotError } from "../errors/mod.ts";
import { type Clock, type Scope, withDeadline } from "../lifecycle/mod.ts";
import { alertLanguage, type SessionServices } from "../session/mod.ts";
import { AddressList, LOOPBACK } from "./addresses/address_list.ts";
import { clientAddress } from "./addresses/client_address.ts";
import { type AuthConfig, type AuthParts, Gatekeeper, ownNames } from "./auth/mod.ts";
import type { ServerConfig } from "./config.ts";
import { Admission, type AdmissionStats } from "./devices/admission.ts";
import { ApprovalNotices } from "./devices/approval_notices.ts";
import { Connections } from "./devices/connections.ts";
import { DeviceFacts } from "./devices/device_facts.ts";
import { type Readiness, refusalOf, type RouteContext, routeOf } from "./routes/mod.ts";
import type { ServerEvent } from "./server_event.ts";
import type { TlsCertificate } from "./tls.ts";
import { Vision, type VisionParts } from "./vision/vision.ts";
import { keepListening } from "./transport/listener.ts";
import type { IncomingRequest, Transport } from "./transport/transport.ts";

/**
 * The part of the file descriptors that connections may take which are no device's. Sessions may take 40 %; the rest
 * is for the process itself.
 */
const WAITING_SHARE = 0.2;

/** What a {@linkcode Server} holds. */
export interface ServerStats {
  /** Sessions that are open. */
  readonly sessions: number;
  /** Sockets that have not ended. */
  readonly sockets: number;
  /** Those of them that were to be ended and are still there; they hold their places. */
  readonly abandoned: number;
  /** Photos that are being received or looked at. */
  readonly photos: number;
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
  /** Whether every device that is let in may use what is not for everybody. Default: no. */
  readonly trustsAll?: boolean;
  /** There where `server.tls` wants encryption. */
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
  /** Carries the connections. */
  readonly transport: Transport;
  /** Asked by `/readyz`. */
  readonly readiness: () => Readiness;
  /** Asked by `/healthz` for who may see what is inside; plain data. */
  readonly health: () => Readonly<Record<string, unknown>>;
  /** Shown by `/metrics`. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** What looks at photos; absent where nothing does. */
  readonly vision?: VisionParts | undefined;
  /** Erases what is kept of a device, and says how many turns that was; absent where nothing is kept. */
  readonly forget?: ((deviceId: string) => Promise<number>) | undefined;
  /** Told what happened; must not throw. */
  readonly onEvent: (event: ServerEvent) => void;
}

/** The network side: listeners, routes, and a session for every device that connects. */
export class Server {
  readonly #options: ServerOptions;
  readonly #sessionScope: Scope;
  readonly #admission: Admission;
  readonly #connections: Connections;
  readonly #context: RouteContext;
  readonly #vision: Vision | undefined;
  /** The port on which everything is served. */
  readonly port: number;
  /** Resolves when connections are taken; with the transport `ws` that is in the next turn of the event loop. */
  readonly listening: Promise<void>;
  #draining: Promise<DrainSummary> | undefined;

  /**
   * Listens at once.
   *
   * @throws {EarshotError} `server.port_in_use` or `server.listen`.
   */
  constructor(options: ServerOptions) {
    this.#options = options;
    const { config, authParts, scope, clock, services, descriptorLimit = Infinity, onEvent } = options;
    this.#admission = new Admission({ ...config, descriptorLimit });
    // The sessions are a child scope, so they are closed before the listeners, which are the server's own.
    this.#sessionScope = scope.child("sessions", { closeDeadlineMs: services.session.closeMs });
    this.#connections = new Connections({
      limits: config,
      scope: this.#sessionScope,
      serverScope: scope,
      clock,
      admission: this.#admission,
      trust: (identity, connected) => gatekeeper.trust(identity, connected),
      services,
      onEvent,
    });
    // A part of the sessions, so that each is closed properly before its listener ends.
    const notices = new ApprovalNotices({
      scope: this.#sessionScope,
      clock,
      language: alertLanguage({ ...services, language: services.agentOf(undefined).languages[0] }),
    });
    const gatekeeper = new Gatekeeper({
      config: options.auth,
      parts: authParts,
      origins: {
        allowed: config.allowedOrigins,
        names: ownNames(config.publicUrl),
        publicUrl: config.publicUrl,
      },
      trustsAll: options.trustsAll ?? false,
      maxHandshakesPerMinute: config.maxHandshakesPerMinute,
      clock,
      wallMs: Date.now,
    });
    authParts.devices?.registry.onRevoked((deviceId) => {
      if (!gatekeeper.isAllowed(deviceId)) this.#connections.revoke(deviceId);
    });
    this.#vision = options.vision && new Vision({
      ...options.vision,
      maxConcurrent: config.maxPhotosConcurrent,
      clock,
    });
    authParts.pins?.table.onChanged((deviceId) =>
      this.#connections.retrust(deviceId, (identity, trusted) => gatekeeper.hasChanged(identity, trusted))
    );
    const spare = Math.floor(descriptorLimit * WAITING_SHARE);
    const maxWaitingConnections = Math.max(1, Math.min(config.maxWaitingConnections, spare));
    const open = (port: number) =>
      keepListening({
        ...options,
        hostname: config.hostname,
        port,
        handler: (incoming) => this.#answer(incoming),
        requestTimeoutMs: config.requestTimeoutMs,
        maxWaitingConnections,
        maxConnections: this.#admission.limit + maxWaitingConnections,
        onConnectionEnded: (bound) => onEvent({ type: "connection_ended", bound }),
        onRestart: (error) => onEvent({ type: "listener_restarted", error }),
      });
    const main = open(config.port);
    this.port = main.port;
    const second = config.otaPort !== 0 && config.otaPort !== main.port ? open(config.otaPort) : main;
    this.listening = Promise.all([main.ready, second.ready]).then(() => {});
    this.#context = {
      ...options,
      own: {
        publicUrl: config.publicUrl,
        port: main.port,
        otaPort: config.otaPort,
        secure: options.tls !== undefined,
        trustedProxies: new AddressList(config.trustedProxies),
      },
      gatekeeper,
      connections: this.#connections,
      notices,
      facts: new DeviceFacts(),
      vision: this.#vision,
      languageOf: (deviceId) => {
        const [language] = services.agentOf(deviceId).languages;
        return { language, alertLanguage: alertLanguage({ ...services, language }) };
      },
      timeZone: services.timeZone,
      mqttKey: options.mqttKey,
      health: () => ({ ...this.stats, ...options.health() }),
      requireOpen: () => this.#requireOpen(),
    };
  }

  /** How many sessions are open, how many sockets have not ended, and the places of sessions. */
  get stats(): ServerStats {
    return {
      ...this.#connections.stats,
      photos: this.#vision?.active ?? 0,
      admission: this.#admission.stats,
    };
  }

  /** What the operator should do about descriptors that allow fewer sessions than configured. */
  get descriptorAdvice(): string | undefined {
    return this.#admission.advice;
  }

  /** Whether it takes no new device, because it is about to be closed. */
  get draining(): boolean {
    return this.#draining !== undefined;
  }

  /**
   * Takes no new device from now on, and lets every turn that is under way finish, for at most
   * `limits.server.drainMs`. The listener stays, so that whoever comes is told so. Joins a drain under way; `close` of
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

  async #answer(incoming: IncomingRequest): Promise<Response> {
    try {
      const { request, peer } = incoming;
      const { gatekeeper, own: { trustedProxies } } = this.#context;
      const from = clientAddress(request, peer, trustedProxies);
      const address = LOOPBACK.has(from) || trustedProxies.has(from) ? undefined : from;
      const route = routeOf(request);
      if (route.access === "operator") gatekeeper.authorizeOperator(request, { peer, address });
      if (route.access === "token") {
        gatekeeper.authorizeOperator(request, { peer, address }, { tokenOnly: true });
      }
      if (route.access === "device") gatekeeper.countRequest(address);
      return await route.handle({ ...incoming, from, address }, this.#context);
    } catch (thrown) {
      const error = EarshotError.from(thrown);
      if (error.code === "internal") throw thrown;
      this.#options.onEvent({ type: refusalType(error), error });
      return refusalOf(error);
    }
  }

  #requireOpen(): void {
    if (!this.draining && this.#sessionScope.state === "open") return;
    throw new EarshotError("server.draining", "Cannot take a device now: the gateway is being stopped");
  }
}

function refusalType({ code }: EarshotError): "auth_refused" | "upgrade_refused" | "admission_refused" {
  if (code.startsWith("auth.") || code === "server.rate_limited") return "auth_refused";
  const isUpgrade = code === "protocol.invalid_message" || code === "server.upgrade_required";
  return isUpgrade ? "upgrade_refused" : "admission_refused";
}
