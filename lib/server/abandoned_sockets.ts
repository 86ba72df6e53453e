import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { DeviceSocket } from "./device_socket.ts";

/** Options of {@linkcode AbandonedSockets}. */
export interface AbandonedSocketsOptions {
  /** The time source. */
  readonly clock: Clock;
  /** Stops the watch when it closes. */
  readonly scope: Scope;
  /** How long a socket may take to end once that was asked for, in ms. */
  readonly deadlineMs: number;
  /** Told once of each socket that did not. */
  readonly onAbandoned: (sessionId: string) => void;
}

/**
 * Sockets that were to be ended and are still there: the `deno` engine cannot end one by force. Each counts
 * until it ends after all.
 */
export class AbandonedSockets {
  readonly #options: AbandonedSocketsOptions;
  readonly #watched = new Map<DeviceSocket, () => void>();
  readonly #abandoned = new Set<DeviceSocket>();

  /** Watches nothing yet. */
  constructor(options: AbandonedSocketsOptions) {
    this.#options = options;
    options.scope.own("watch over sockets", () => {
      for (const cancel of this.#watched.values()) cancel();
      this.#watched.clear();
    });
  }

  /** How many there are. */
  get size(): number {
    return this.#abandoned.size;
  }

  /** Ends a socket whose session is over, and counts it when it has not ended by the deadline. */
  end(socket: DeviceSocket, sessionId: string): void {
    socket.destroy();
    const { clock, scope, deadlineMs, onAbandoned } = this.#options;
    if (socket.ended || scope.state !== "open") return;
    const cancel = clock.schedule(deadlineMs, () => {
      this.#watched.delete(socket);
      this.#abandoned.add(socket);
      onAbandoned(sessionId);
    });
    this.#watched.set(socket, cancel);
  }

  /** A socket has ended. */
  ended(socket: DeviceSocket): void {
    this.#watched.get(socket)?.();
    this.#watched.delete(socket);
    this.#abandoned.delete(socket);
  }
}
