const [MAJOR = 0, MINOR = 0] = Deno.version.deno.split(".").map(Number);

/** Up to Deno 2.7 a connection that is destroyed while it is being made is lost: it stays as long as the process. */
export const LOSES_CONNECTIONS = MAJOR === 2 && MINOR < 8;

/** What a socket says once it is there. */
type Made = "connect" | "secureConnect";

/** A connection that is being made, and is not to be lost when it is given up meanwhile. */
export class Making {
  readonly #destroy: () => void;
  #made = !LOSES_CONNECTIONS;
  #givenUp = false;

  /** `destroy` ends it; not called before that can be done. */
  constructor(destroy: () => void) {
    this.#destroy = destroy;
  }

  /** To be told of its socket, once there is one. */
  watch(socket: { once(event: Made, listener: () => void): unknown }, made: Made): void {
    if (this.#made) return;
    socket.once(made, () =>
      // Amid this event it would be lost as well.
      setTimeout(() => {
        this.#made = true;
        if (this.#givenUp) this.#destroy();
      }, 0));
  }

  /** Ends it as soon as possible. May be called twice. */
  giveUp(): void {
    this.#givenUp = true;
    if (this.#made) this.#destroy();
  }
}
