import type { Clock } from "../../lifecycle/mod.ts";
import type { TlsCertificate } from "../tls.ts";
import type { AcceptedSocket, DeviceSocketLimits } from "./device_socket.ts";

/** One request, whichever transport took it. */
export interface IncomingRequest {
  /** The request; its URL is valid. */
  readonly request: Request;
  /** The address from which it came. */
  readonly peer: string;
  /**
   * Tells once that the client has gone and waits for no answer; what is returned ends the watch. The `deno` transport finds
   * out within 2 s, on Linux alone.
   */
  onLeft(listener: () => void): () => void;
  /** Accepts the upgrade to a WebSocket; throws when the request is no handshake. */
  upgrade(limits: DeviceSocketLimits): AcceptedSocket;
}

/** Answers requests. After an upgrade it gives the response of the {@linkcode AcceptedSocket}. */
export type RequestHandler = (incoming: IncomingRequest) => Response | Promise<Response>;

/** Why a connection was ended: it became no request in time, or newer ones waited. */
export type ConnectionBound = "deadline" | "waiting";

/** What a {@linkcode Transport} needs to open a port. */
export interface ListenOptions {
  /** The address to listen on. */
  readonly hostname: string;
  /** The port; 0 lets the system choose. */
  readonly port: number;
  /** Without it nothing is encrypted. */
  readonly tls?: TlsCertificate | undefined;
  /** Answers requests. */
  readonly handler: RequestHandler;
  /** The time source. */
  readonly clock: Clock;
  /** How long a connection may take to become a request, and to take the answer, in ms; `ws` only. */
  readonly requestTimeoutMs: number;
  /** How many connections may be open that are no WebSocket; the oldest is ended beyond it; `ws` only. */
  readonly maxWaitingConnections: number;
  /** The most connections of any kind; the next one waits; `ws` only. */
  readonly maxConnections: number;
  /** Told of each connection that a bound has ended; must not throw; `ws` only. */
  readonly onConnectionEnded: (bound: ConnectionBound) => void;
}

/** An open port. */
export interface Listener {
  /** The port. */
  readonly port: number;
  /** Resolves when connections are taken; never rejects. */
  readonly ready: Promise<void>;
  /** Resolves with the cause when it ended, also by `close`; never rejects. */
  readonly ended: Promise<unknown>;
  /** Takes no more connections and ends those that carry no WebSocket. */
  close(): Promise<void>;
}

/** Takes HTTP requests and WebSockets; `server.transport` chooses one. */
export interface Transport {
  /** Its name in the config. */
  readonly name: "deno" | "ws";
  /**
   * Opens a port.
   *
   * @throws {EarshotError} `server.port_in_use` or `server.listen`
   */
  listen(options: ListenOptions): Listener;
}

/** The answer to a request whose Host header makes no URL. */
export function badHost(): Response {
  return new Response("Cannot answer: the Host header is not a name\n", {
    status: 400,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
