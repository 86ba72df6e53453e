import { EarshotError } from "../errors/mod.ts";
import { type Clock, type Scope, withDeadline } from "../lifecycle/mod.ts";
import { type DeviceIdentity, readIdentity } from "../protocol/mod.ts";
import { Session, type SessionEvent, type SessionServices } from "../session/mod.ts";
import { adminAllowed } from "./admin_access.ts";
import { AddressList, LOOPBACK } from "./address_list.ts";
import { Admission, type AdmissionStats, type Place } from "./admission.ts";
import { clientAddress } from "./client_address.ts";
import type { ServerConfig } from "./config.ts";
import { acceptDenoSocket } from "./deno_socket.ts";
import type { AcceptedSocket, AcceptSocket, DeviceSocket } from "./device_socket.ts";
import { listen } from "./listener.ts";
import { answerOta, OTA_PATH, WEBSOCKET_PATH } from "./ota.ts";

/** When a device that is refused may try again: a restart takes a few seconds, and a place is soon free. */
const RETRY_AFTER_SECONDS = "10";

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
  | { readonly type: "listener_restarted"; readonly error: EarshotError };

/** What a {@linkcode Server} holds. */
export interface ServerStats {
  /** Sessions that are open. */
  readonly sessions: number;
  /** Sockets that have not ended. */
  readonly sockets: number;
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
  /** The socket engine; Deno's own unless told otherwise. */
  readonly acceptSocket?: AcceptSocket;
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
  readonly #port: number;
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
    const handler: Deno.ServeHandler<Deno.NetAddr> = (request, info) => this.#answer(request, info);
    // The sessions are a child scope, so they are closed before the listeners, which are the server's own.
    this.#sessionScope = scope.child("sessions", { closeDeadlineMs: options.services.session.closeMs });
    this.#port = listen({ hostname, port, handler, scope, clock, onRestart }).port;
    if (otaPort !== 0 && otaPort !== this.#port) {
      listen({ hostname, port: otaPort, handler, scope, clock, onRestart });
    }
  }

  /** The port on which everything is served. */
  get port(): number {
    return this.#port;
  }

  /** How many sessions are open, how many sockets have not ended, and who was let in. */
  get stats(): ServerStats {
    return { sessions: this.#sessions.size, sockets: this.#sockets.size, admission: this.#admission.stats };
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

  async #answer(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    const url = URL.parse(request.url);
    if (url === null) return text("Cannot answer: the Host header is not a name\n", 400);
    const { pathname } = url;
    const peer = info.remoteAddr.hostname;
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      return this.#accept(request, url, peer);
    }
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

  #accept(request: Request, url: URL, peer: string): Response {
    const { onEvent } = this.#options;
    if (this.draining || this.#sessionScope.state !== "open") {
      return unavailable("Cannot take a device now: the gateway is being stopped [server.draining]");
    }
    const identity = readIdentity(url, request.headers);
    let place: Place;
    try {
      place = this.#admit(request, { peer, identity });
    } catch (thrown) {
      const error = EarshotError.from(thrown);
      onEvent({ type: "admission_refused", error });
      return unavailable(`${error.message} [${error.code}]`);
    }
    try {
      return this.#open(request, { identity, place });
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

  #open(request: Request, as: { readonly identity: DeviceIdentity; readonly place: Place }): Response {
    const { identity, place } = as;
    const { services, onEvent } = this.#options;
    const accepted = this.#upgrade(request);
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
    const socket: DeviceSocket = accepted.attach({
      onText: (message) => session?.receiveText(message),
      onBinary: (bytes) => session?.receiveFrame(bytes),
      onTooBig: (sizeBytes) => {
        onEvent({ type: "message_too_big", sessionId, sizeBytes });
        session?.close({ type: "failed", code: "protocol.message_too_big" });
      },
      onClosed: (code) => {
        this.#sockets.delete(socket);
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

  #upgrade(request: Request): AcceptedSocket {
    const { config, acceptSocket = acceptDenoSocket } = this.#options;
    try {
      return acceptSocket(request, config);
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
