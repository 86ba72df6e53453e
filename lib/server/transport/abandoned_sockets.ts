import type { Clock, Scope } from "../../lifecycle/mod.ts";
import type { DeviceSocket } from "./device_socket.ts";

/** How often it is looked whether a connection has gone at last, in ms. */
const LOOK_EVERY_MS = 1_000;

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
 * Sockets that were to be ended and are still there: the `deno` transport cannot end one by force. Each counts
 * until it ends after all.
 */
export class AbandonedSockets {
  readonly #options: AbandonedSocketsOptions;
  /** What cancels the next look at each. */
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
    if (!socket.ended) this.#later(socket, this.#options.deadlineMs, () => this.#abandon(socket, sessionId));
  }

  /** A socket says that it has ended; `onGone` is told once its connection has gone as well. */
  ended(socket: DeviceSocket, by: { readonly sessionId: string; readonly onGone: () => void }): void {
    this.#watched.get(socket)?.();
    this.#watched.delete(socket);
    if (socket.lingers === undefined) return this.#gone(socket, by.onGone);
    this.#look(socket, by);
  }

  /** Looks again and again, from the deadline on as something abandoned. */
  #look(socket: DeviceSocket, by: { readonly sessionId: string; readonly onGone: () => void }): void {
    const { clock, deadlineMs } = this.#options;
    const startedMs = clock.nowMs();
    const look = async () => {
      if (!await socket.lingers?.()) return this.#gone(socket, by.onGone);
      if (clock.nowMs() - startedMs >= deadlineMs) this.#abandon(socket, by.sessionId);
      this.#later(socket, LOOK_EVERY_MS, () => void look());
    };
    this.#later(socket, Math.min(deadlineMs, LOOK_EVERY_MS), () => void look());
  }

  #later(socket: DeviceSocket, delayMs: number, what: () => void): void {
    const { clock, scope } = this.#options;
    if (scope.state === "open") this.#watched.set(socket, clock.schedule(delayMs, what));
  }

  #abandon(socket: DeviceSocket, sessionId: string): void {
    if (this.#abandoned.has(socket)) return;
    this.#abandoned.add(socket);
    this.#options.onAbandoned(sessionId);
  }

  #gone(socket: DeviceSocket, onGone: () => void): void {
    this.#watched.delete(socket);
    this.#abandoned.delete(socket);
    onGone();
  }
}
