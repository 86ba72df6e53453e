import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { DeviceIdentity } from "../protocol/mod.ts";
import { Session, type SessionServices } from "../session/mod.ts";
import { AbandonedSockets } from "./abandoned_sockets.ts";
import type { Admission, Place } from "./admission.ts";
import type {
  AcceptedSocket,
  DeviceSocket,
  DeviceSocketHandlers,
  DeviceSocketLimits,
} from "./device_socket.ts";
import type { HttpCall } from "./http_engine.ts";
import type { ServerEvent } from "./server_event.ts";

/** Options of {@linkcode Connections}. */
export interface ConnectionsOptions {
  /** The largest messages. */
  readonly limits: DeviceSocketLimits;
  /** Owns the sessions; closed before the listeners. */
  readonly scope: Scope;
  /** Owns the watch on sockets that will not end. */
  readonly serverScope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** Gives the places. */
  readonly admission: Admission;
  /** What every session needs. */
  readonly services: SessionServices;
  /** Told what happened; must not throw. */
  readonly onEvent: (event: ServerEvent) => void;
}

/** Every device that is connected: its socket, its session, and the place that both hold. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #sessions = new Map<
    string,
    { readonly session: Session; readonly deviceId: string | undefined }
  >();
  readonly #sockets = new Set<DeviceSocket>();
  readonly #abandoned: AbandonedSockets;

  /** Nobody is connected yet. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
    const { clock, serverScope: scope, services, onEvent } = options;
    this.#abandoned = new AbandonedSockets({
      clock,
      scope,
      deadlineMs: services.session.farewellMs,
      onAbandoned: (sessionId) => onEvent({ type: "socket_abandoned", sessionId }),
    });
  }

  /** How many sessions are open, how many sockets have not ended, and those of them that would not. */
  get stats(): { readonly sessions: number; readonly sockets: number; readonly abandoned: number } {
    return {
      sessions: this.#sessions.size,
      sockets: this.#sockets.size,
      abandoned: this.#abandoned.size,
    };
  }

  /** The sessions that are open. */
  get sessions(): readonly Session[] {
    return Array.from(this.#sessions.values(), ({ session }) => session);
  }

  /** Whether a session is open. */
  has(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  /** Sends away whoever is connected under a `Device-Id` that is no longer welcome. */
  revoke(deviceId: string): void {
    for (const { session, deviceId: its } of this.#sessions.values()) {
      if (its === deviceId) void session.dismiss("revoked");
    }
  }

  /**
   * Upgrades the request and begins a session.
   *
   * @throws {EarshotError} `server.full`, `server.address_full`, or `protocol.invalid_message` for a request that
   * is no handshake.
   */
  open(
    call: HttpCall,
    by: { readonly identity: DeviceIdentity; readonly address: string | undefined },
  ): Response {
    const { identity, address } = by;
    const { deviceId } = identity;
    const place = this.#options.admission.admit({
      ...(address !== undefined && { address }),
      ...(deviceId !== undefined && { deviceId }),
    });
    try {
      return this.#open(call, { identity, place });
    } catch (thrown) {
      place.release();
      throw thrown;
    }
  }

  #open(call: HttpCall, as: { readonly identity: DeviceIdentity; readonly place: Place }): Response {
    const { identity, place } = as;
    const { services, onEvent } = this.#options;
    const accepted = this.#upgrade(call);
    const sessionId = crypto.randomUUID();
    const scope = this.#options.scope.child(`session ${sessionId}`, {
      closeDeadlineMs: services.session.closeMs,
    });
    let session: Session | undefined;
    // What has not ended holds its place, be it the connection or the session.
    let held = 2;
    const ended = () => {
      if (--held === 0) place.release();
    };
    const socket: DeviceSocket = this.#attach(accepted, scope, {
      onText: (message) => session?.receiveText(message),
      onBinary: (bytes) => session?.receiveFrame(bytes),
      onTooBig: (sizeBytes) => {
        onEvent({ type: "message_too_big", sessionId, sizeBytes });
        session?.close({ type: "message_too_big" });
      },
      onClosed: (code) => {
        const onGone = () => {
          this.#sockets.delete(socket);
          ended();
        };
        this.#abandoned.ended(socket, { sessionId, onGone });
        session?.disconnected(code);
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
    this.#sessions.set(sessionId, { session: opened, deviceId: identity.deviceId });
    onEvent({ type: "session_opened", sessionId });
    place.occupy(() => void opened.dismiss("replaced"));
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
      return call.upgrade(this.#options.limits);
    } catch (cause) {
      throw new EarshotError("protocol.invalid_message", "Cannot upgrade: not a WebSocket handshake", {
        cause,
      });
    }
  }
}
