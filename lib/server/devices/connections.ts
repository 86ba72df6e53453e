import { EarshotError } from "../../errors/mod.ts";
import type { Clock, Scope } from "../../lifecycle/mod.ts";
import type { DeviceIdentity } from "../../protocol/mod.ts";
import type { Answered, Session, SessionServices } from "../../session/mod.ts";
import type { UntrustedReason } from "../auth/mod.ts";
import { AbandonedSockets } from "../transport/abandoned_sockets.ts";
import type { Admission, Place } from "./admission.ts";
import type { Arrival, ConnectedDevice } from "./connected_device.ts";
import { type ConnectionKeeper, DeviceConnection } from "./device_connection.ts";
import type { DeviceSocketLimits } from "../transport/device_socket.ts";
import { upgradeOf } from "../handshake.ts";
import type { IncomingRequest } from "../transport/transport.ts";
import type { ServerEvent } from "../server_event.ts";

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
  /** Whether a device that connects may use what is not for everybody, while those of these `Device-Id`s are connected. */
  readonly trust: (
    identity: DeviceIdentity,
    connected: () => ReadonlySet<string>,
  ) => "trusted" | UntrustedReason;
  /** What every session needs. */
  readonly services: SessionServices;
  /** Told what happened; must not throw. */
  readonly onEvent: (event: ServerEvent) => void;
}

/** Every device that is connected. */
export class Connections {
  readonly #options: ConnectionsOptions;
  /** Those whose session is open. */
  readonly #sessions = new Map<string, DeviceConnection>();
  /** Those whose socket has not ended. */
  readonly #sockets = new Set<DeviceConnection>();
  readonly #abandoned: AbandonedSockets;
  readonly #keeper: ConnectionKeeper;

  /** Nobody is connected yet. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
    const { clock, serverScope: scope, services, onEvent } = options;
    this.#abandoned = new AbandonedSockets({
      clock,
      scope,
      deadlineMs: services.session.closeHandshakeMs,
      onAbandoned: (sessionId) => onEvent({ type: "socket_abandoned", sessionId }),
    });
    this.#keeper = {
      services,
      abandoned: this.#abandoned,
      sessionEnded: ({ sessionId }) => this.#sessions.delete(sessionId),
      socketGone: (connection) => this.#sockets.delete(connection),
      onEvent,
    };
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
    return Array.from(this.#sessions.values()).flatMap(({ session }) => session ?? []);
  }

  /** The devices whose session is open. */
  get devices(): readonly ConnectedDevice[] {
    return Array.from(this.#sessions.values(), ({ device }) => device);
  }

  /** Whether a session is open. */
  has(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  /**
   * Aborts when the session of this device, and of this program on it, ends; `undefined` where none is open that may use
   * what is not for everybody.
   */
  lifeOf({ deviceId, clientId }: Arrival["identity"]): AbortSignal | undefined {
    return Array.from(this.#sessions.values()).findLast((connection) =>
      connection.deviceId === deviceId && connection.clientId === clientId && connection.trusted
    )?.life;
  }

  /** Sends away whoever is connected under a `Device-Id` that is no longer welcome. */
  revoke(deviceId: string): void {
    for (const connection of this.#sessions.values()) {
      if (connection.deviceId === deviceId) void connection.session?.dismiss("revoked");
    }
  }

  /** Sends away whoever is connected under a `Device-Id` and has another standing by now than when it came. */
  retrust(deviceId: string, hasChanged: (identity: DeviceIdentity, trusted: boolean) => boolean): void {
    for (const connection of this.#sessions.values()) {
      if (connection.deviceId !== deviceId || !hasChanged(connection.identity, connection.trusted)) continue;
      void connection.session?.dismiss("unpinned");
    }
  }

  /**
   * Speaks to a device, where two share the id to the trusted one, else to the one that came last; resolves once that was played or given up.
   *
   * @throws {EarshotError} `device.not_connected`, or as {@linkcode Session.say}
   */
  async say(deviceId: string, text: string): Promise<Answered> {
    const session = this.sessionOf(deviceId);
    if (session !== undefined) return await session.say(text);
    throw new EarshotError("device.not_connected", `Cannot speak to ${deviceId}: it is not connected`);
  }

  /** The session of a device that is connected; where two share the id, a trusted one, else the one that came last. */
  sessionOf(deviceId: string): Session | undefined {
    const ofDevice = Array.from(this.#sessions.values()).filter((each) => each.deviceId === deviceId);
    return (ofDevice.findLast(({ trusted }) => trusted) ?? ofDevice.at(-1))?.session;
  }

  /**
   * Upgrades the request and begins a session.
   *
   * @throws {EarshotError} `server.overloaded`, `server.full`, `server.address_full`, or as {@linkcode upgradeOf}.
   */
  open(incoming: IncomingRequest, arrival: Arrival): Response {
    const { identity: { deviceId, clientId }, address } = arrival;
    this.#options.services.overload?.admitDevice();
    const place = this.#options.admission.admit({ address, deviceId, clientId });
    try {
      return this.#open(incoming, { arrival, place });
    } catch (thrown) {
      place.release();
      throw thrown;
    }
  }

  #open(incoming: IncomingRequest, as: { readonly arrival: Arrival; readonly place: Place }): Response {
    const { services, onEvent } = this.#options;
    const { identity, from: address } = as.arrival;
    const accepted = upgradeOf(incoming, this.#options.limits);
    const sessionId = crypto.randomUUID();
    const scope = this.#options.scope.child(`session ${sessionId}`, {
      closeDeadlineMs: services.session.closeMs,
    });
    const trust = this.#options.trust(identity, () => this.#deviceIds());
    const connection = new DeviceConnection({ sessionId, ...as, trust, keeper: this.#keeper });
    this.#sockets.add(connection);
    try {
      connection.begin(accepted, scope);
    } catch (thrown) {
      this.#sockets.delete(connection);
      throw thrown;
    }
    this.#sessions.set(sessionId, connection);
    onEvent({ type: "session_opened", sessionId, device: connection.device });
    this.#tellSharers(as.arrival);
    if (trust !== "trusted") {
      onEvent({ type: "device_untrusted", deviceId: identity.deviceId, address, reason: trust });
    }
    connection.occupy();
    return accepted.response;
  }

  #deviceIds(): ReadonlySet<string> {
    return new Set(Array.from(this.#sessions.values()).flatMap(({ deviceId }) => deviceId ?? []));
  }

  /** Two programs on one computer have its MAC address; the operator may take the second one for the first. */
  #tellSharers({ identity: { deviceId, clientId } }: Arrival): void {
    if (deviceId === undefined) return;
    let others = 0;
    for (const other of this.#sessions.values()) {
      if (other.deviceId === deviceId && other.clientId !== clientId) others++;
    }
    if (others > 0) this.#options.onEvent({ type: "device_id_shared", deviceId, connections: others + 1 });
  }
}
