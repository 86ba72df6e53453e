import type { Scope } from "../../lifecycle/mod.ts";
import { Session, type SessionEvent, type SessionServices } from "../../session/mod.ts";
import type { AbandonedSockets } from "../transport/abandoned_sockets.ts";
import type { Place } from "./admission.ts";
import { type Arrival, type ConnectedDevice, connectedDevice } from "./connected_device.ts";
import type { AcceptedSocket, DeviceSocket, DeviceSocketHandlers } from "../transport/device_socket.ts";
import type { ServerEvent } from "../server_event.ts";

/** What all connections share. */
export interface ConnectionKeeper {
  /** What every session needs. */
  readonly services: SessionServices;
  /** Sockets that will not end. */
  readonly abandoned: AbandonedSockets;
  /** The session is over, though its socket may not be. */
  sessionEnded(connection: DeviceConnection): void;
  /** The socket has gone, though its session may not have. */
  socketGone(connection: DeviceConnection): void;
  /** Told what happened; must not throw. */
  onEvent(event: ServerEvent): void;
}

/** Options of a {@linkcode DeviceConnection}. */
export interface DeviceConnectionOptions {
  /** Unique in the process; the session's. */
  readonly sessionId: string;
  /** Who connects, and from where. */
  readonly arrival: Arrival;
  /** What it holds until both its socket and its session have ended. */
  readonly place: Place;
  /** What all connections share. */
  readonly keeper: ConnectionKeeper;
}

/** One device that is connected: its socket, its session, and the place that both hold. */
export class DeviceConnection implements DeviceSocketHandlers {
  /** Unique in the process. */
  readonly sessionId: string;
  readonly #arrival: Arrival;
  readonly #sinceMs = Date.now();
  readonly #place: Place;
  readonly #keeper: ConnectionKeeper;
  /** What has not ended holds the place, be it the socket or the session. */
  #held = 2;
  #frames = 0;
  #turns = 0;
  #turnsWithText = 0;
  #socket: DeviceSocket | undefined;
  #session: Session | undefined;

  /** Nothing is attached yet. */
  constructor({ sessionId, arrival, place, keeper }: DeviceConnectionOptions) {
    this.sessionId = sessionId;
    this.#arrival = arrival;
    this.#place = place;
    this.#keeper = keeper;
  }

  /** Who it is, where the device says so. */
  get deviceId(): string | undefined {
    return this.#arrival.identity.deviceId;
  }

  /** Which program on it, where the device says so. */
  get clientId(): string | undefined {
    return this.#arrival.identity.clientId;
  }

  /** What the operator sees of it. */
  get device(): ConnectedDevice {
    const turns = { ended: this.#turns, withText: this.#turnsWithText };
    return connectedDevice(this.#arrival, {
      session: this.sessionId,
      sinceMs: this.#sinceMs,
      counts: { frames: this.#frames, turns },
    });
  }

  /** Its session, once there is one. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Takes the socket and begins the session, which owns `scope`; what it throws leaves nothing open but the place. */
  begin(accepted: AcceptedSocket, scope: Scope): void {
    try {
      this.#socket = accepted.attach(this);
      this.#session = new Session({
        id: this.sessionId,
        identity: this.#arrival.identity,
        firmwareVersion: this.#arrival.fact.firmwareVersion,
        link: this.#socket,
        scope,
        services: this.#keeper.services,
        onEvent: (event) => this.#tell(event),
      });
    } catch (thrown) {
      scope.close();
      this.#socket?.destroy();
      throw thrown;
    }
  }

  /** The session is open: an older connection of the same device is told to leave. */
  occupy(): void {
    this.#place.occupy(() => void this.#session?.dismiss("replaced"));
  }

  /** A text message came. */
  onText(text: string): void {
    this.#session?.receiveText(text);
  }

  /** A binary message came. */
  onBinary(bytes: Uint8Array): void {
    this.#frames++;
    this.#session?.receiveFrame(bytes);
  }

  /** A message passed its bound. */
  onTooBig(sizeBytes: number): void {
    const { sessionId, deviceId } = this;
    this.#keeper.onEvent({ type: "message_too_big", sessionId, deviceId, sizeBytes });
    this.#session?.close({ type: "message_too_big" });
  }

  /** The device answers no ping: it has not left, it has vanished. */
  onPingTimeout(): void {
    this.#session?.close({ type: "ping_timeout" });
  }

  /** The socket has ended. */
  onClosed(code: number): void {
    const { abandoned } = this.#keeper;
    if (this.#socket !== undefined) {
      abandoned.ended(this.#socket, { sessionId: this.sessionId, onGone: () => this.#socketGone() });
    }
    this.#session?.disconnected(code);
  }

  #socketGone(): void {
    this.#keeper.socketGone(this);
    this.#ended();
  }

  #tell(event: SessionEvent): void {
    if (event.type === "closed") this.#sessionClosed();
    if (event.type === "turn_ended") {
      this.#turns++;
      if (event.summary.outcome === "text") this.#turnsWithText++;
    }
    const { sessionId, deviceId } = this;
    this.#keeper.onEvent({ type: "session_event", sessionId, deviceId, event });
  }

  #sessionClosed(): void {
    this.#keeper.sessionEnded(this);
    this.#place.sessionClosed();
    if (this.#socket !== undefined) this.#keeper.abandoned.end(this.#socket, this.sessionId);
    this.#ended();
  }

  #ended(): void {
    if (--this.#held === 0) this.#place.release();
  }
}
