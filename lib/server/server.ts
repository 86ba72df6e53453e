import { EarshotError } from "../errors/mod.ts";
import { type Clock, type Scope, withDeadline } from "../lifecycle/mod.ts";
import { type DeviceIdentity, readIdentity } from "../protocol/mod.ts";
import { Session, type SessionEvent, type SessionServices } from "../session/mod.ts";
import { adminAllowed } from "./admin_access.ts";
import { AbandonedSockets } from "./abandoned_sockets.ts";
import { AddressList, LOOPBACK } from "./address_list.ts";
import { Admission, type AdmissionStats, type Place } from "./admission.ts";
import { clientAddress } from "./client_address.ts";
import type { ServerConfig } from "./config.ts";
import { denoHttp } from "./deno_http.ts";
import type { AcceptedSocket, DeviceSocket, DeviceSocketHandlers } from "./device_socket.ts";
import type { HttpCall, HttpEngine } from "./http_engine.ts";
import { listen } from "./listener.ts";
import { answerOta, OTA_PATH, WEBSOCKET_PATH } from "./ota.ts";

/** When a device that is refused may try again: a restart takes a few seconds, and a place is soon free. */
const RETRY_AFTER_SECONDS = "10";

/**
 * The most of the file descriptors that connections may take which are no device's. Sessions may take 40 %, so
 * strangers cannot use up what the process needs for itself.
 */
const WAITING_SHARE = 0.2;

/** How ready the gateway is; `/readyz` answers 503 unless `ready`. */
export interface Readiness {
  /** Whether a device that connects now will be heard. */
  readonly ready: boolean;
  /** What is missing, in words. */
  readonly detail: string;
}

/** Something that the server tells its owner. */
export type ServerEvent =
  | { readonly type: "session_opened"; readonly sessionId: string }
  | { readonly type: "session_event"; readonly sessionId: string; readonly event: SessionEvent }
  | { readonly type: "upgrade_refused"; readonly error: EarshotError }
  | { readonly type: "admission_refused"; readonly error: EarshotError }
  | { readonly type: "message_too_big"; readonly sessionId: string; readonly sizeBytes: number }
  | { readonly type: "socket_abandoned"; readonly sessionId: string }
  | { readonly type: "listener_restarted"; readonly error: EarshotError };

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
  /** Owns the listeners and the sessions. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** What every session needs. */
  readonly services: SessionServices;
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
  readonly #sessions = new Map<string, Session>();
  readonly #sockets = new Set<DeviceSocket>();
  readonly #sessionScope: Scope;
  readonly #trustedProxies: AddressList;
  readonly #admission: Admission;
  readonly #abandoned: AbandonedSockets;
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
    const { config: { hostname, port, otaPort }, scope, clock, onEvent } = options;
    this.#trustedProxies = new AddressList(options.config.trustedProxies);
    this.#admission = new Admission({ ...options.config, descriptorLimit: options.descriptorLimit });
    const onRestart = (error: EarshotError) => onEvent({ type: "listener_restarted", error });
    // The sessions are a child scope, so they are closed before the listeners, which are the server's own.
    this.#sessionScope = scope.child("sessions", { closeDeadlineMs: options.services.session.closeMs });
    this.#abandoned = new AbandonedSockets({
      clock,
      scope,
      deadlineMs: options.services.session.farewellMs,
      onAbandoned: (sessionId) => onEvent({ type: "socket_abandoned", sessionId }),
    });
    const { requestTimeoutMs } = options.config;
    const spare = Math.floor((options.descriptorLimit ?? Infinity) * WAITING_SHARE);
    const maxWaitingConnections = Math.max(1, Math.min(options.config.maxWaitingConnections, spare));
    const open = (port: number) =>
      listen({
        engine: options.engine ?? denoHttp,
        hostname,
        port,
        handler: (call) => this.#answer(call),
        scope,
        clock,
        requestTimeoutMs,
        maxWaitingConnections,
        maxConnections: this.#admission.limit + maxWaitingConnections,
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
      sessions: this.#sessions.size,
      sockets: this.#sockets.size,
      abandoned: this.#abandoned.size,
      admission: this.#admission.stats,
    };
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
    const sessions = [...this.#sessions.values()];
    const all = Promise.all(sessions.map((session) => session.drain()));
    try {
      await withDeadline(all, drainMs, { what: "every turn to finish", clock, signal });
    } catch {
      // Time is up, or nobody wants to wait any longer: what is left is counted and closed with the server.
    }
    const unfinished = sessions.filter(({ id }) => this.#sessions.has(id)).length;
    return { sessions: sessions.length, unfinished };
  }

  async #answer(call: HttpCall): Promise<Response> {
    const { request, peer } = call;
    const { pathname } = new URL(request.url);
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return this.#accept(call);
    if (`${pathname}/`.startsWith(OTA_PATH)) {
      const { config } = this.#options;
      return await answerOta(request, peer, { config, port: this.#port });
    }
    switch (pathname) {
      case "/healthz":
        return Response.json({
          status: "ok",
          ...(adminAllowed(request, peer) && { ...this.stats, ...this.#options.health() }),
        });
      case "/metrics":
        return adminAllowed(request, peer)
          ? await this.#metrics()
          : text("Cannot show metrics: only this machine may see them\n", 403);
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

  async #metrics(): Promise<Response> {
    const { metrics } = this.#options;
    return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
  }

  #accept(call: HttpCall): Response {
    const { request, peer } = call;
    const { onEvent } = this.#options;
    if (this.draining || this.#sessionScope.state !== "open") {
      return unavailable("Cannot take a device now: the gateway is being stopped [server.draining]");
    }
    const identity = readIdentity(new URL(request.url), request.headers);
    let place: Place;
    try {
      place = this.#admit(request, { peer, identity });
    } catch (thrown) {
      const error = EarshotError.from(thrown);
      onEvent({ type: "admission_refused", error });
      return unavailable(`${error.message} [${error.code}]`);
    }
    try {
      return this.#open(call, { identity, place });
    } catch (thrown) {
      place.release();
      const error = EarshotError.from(thrown);
      if (error.code !== "protocol.invalid_message") throw thrown;
      onEvent({ type: "upgrade_refused", error });
      return text(`${error.message}\n`, 400);
    }
  }

  #admit(request: Request, from: { readonly peer: string; readonly identity: DeviceIdentity }): Place {
    const { peer, identity: { deviceId } } = from;
    const address = clientAddress(request, peer, this.#trustedProxies);
    const exempt = LOOPBACK.has(address) || this.#trustedProxies.has(address);
    return this.#admission.admit({
      ...(!exempt && { address }),
      ...(deviceId !== undefined && { deviceId }),
    });
  }

  #open(call: HttpCall, as: { readonly identity: DeviceIdentity; readonly place: Place }): Response {
    const { identity, place } = as;
    const { services, onEvent } = this.#options;
    const accepted = this.#upgrade(call);
    const sessionId = crypto.randomUUID();
    const scope = this.#sessionScope.child(`session ${sessionId}`, {
      closeDeadlineMs: services.session.closeMs,
    });
    let session: Session | undefined;
    let closed = false;
    // What has not ended holds its place, be it the connection or the session.
    const ended = () => {
      if (socket.ended && closed) place.release();
    };
    const socket: DeviceSocket = this.#attach(accepted, scope, {
      onText: (message) => session?.receiveText(message),
      onBinary: (bytes) => session?.receiveFrame(bytes),
      onTooBig: (sizeBytes) => {
        onEvent({ type: "message_too_big", sessionId, sizeBytes });
        session?.close({ type: "message_too_big" });
      },
      onClosed: (code) => {
        this.#sockets.delete(socket);
        this.#abandoned.ended(socket);
        session?.disconnected(code);
        ended();
      },
    });
    this.#sockets.add(socket);
    try {
      session = new Session({
        id: sessionId,
        identity,
        link: socket,
        scope,
        services,
        onEvent: (event) => {
          if (event.type === "closed") {
            this.#sessions.delete(sessionId);
            closed = true;
            place.sessionClosed();
            this.#abandoned.end(socket, sessionId);
            ended();
          }
          onEvent({ type: "session_event", sessionId, event });
        },
      });
    } catch (thrown) {
      scope.close();
      this.#sockets.delete(socket);
      socket.destroy();
      throw thrown;
    }
    const opened = session;
    this.#sessions.set(sessionId, opened);
    onEvent({ type: "session_opened", sessionId });
    place.occupy(() => void opened.replace());
    return accepted.response;
  }

  #attach(accepted: AcceptedSocket, scope: Scope, handlers: DeviceSocketHandlers): DeviceSocket {
    try {
      return accepted.attach(handlers);
    } catch (thrown) {
      scope.close();
      throw thrown;
    }
  }

  #upgrade(call: HttpCall): AcceptedSocket {
    try {
      return call.upgrade(this.#options.config);
    } catch (cause) {
      throw new EarshotError("protocol.invalid_message", "Cannot upgrade: not a WebSocket handshake", {
        cause,
      });
    }
  }
}

function unavailable(why: string): Response {
  return text(`${why}\n`, 503, { "retry-after": RETRY_AFTER_SECONDS });
}

function text(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } });
}
