const [MAJOR = 0, MINOR = 0] = Deno.version.deno.split(".").map(Number);

/** Up to Deno 2.7 a connection that is destroyed while it is being made is lost: it stays as long as the process. */
export const LOSES_CONNECTIONS = MAJOR === 2 && MINOR < 8;
/** How long the answer to an opening request may be on its way, in ms: amid that a connection would be lost as well. */
const ANSWER_MS = 300;

/** A connection that is being made, and is not to be lost when it is given up meanwhile. */
export class Making {
  readonly #destroy: () => void;
  #connected = false;
  #over = !LOSES_CONNECTIONS;
  #givenUp = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `destroy` ends it, and may be called twice; not called before that can be done. */
  constructor(destroy: () => void) {
    this.#destroy = destroy;
  }

  /** Its socket is connected, and sends an opening request. */
  connected(): void {
    this.#connected = true;
    if (this.#givenUp) this.#endIn(ANSWER_MS);
  }

  /** It is there; while that is being told it would still be lost. */
  opened(): void {
    if (this.#over) return;
    clearTimeout(this.#timer);
    this.#endIn(0);
  }

  /** It is made, or will never be. May be called twice. */
  ended(): void {
    clearTimeout(this.#timer);
    this.#over = true;
    if (this.#givenUp) this.#destroy();
  }

  /** Ends the connection as soon as possible. May be called twice. */
  giveUp(): void {
    if (this.#over) return this.#destroy();
    if (!this.#givenUp && this.#connected) this.#endIn(ANSWER_MS);
    this.#givenUp = true;
  }

  #endIn(ms: number): void {
    this.#timer = setTimeout(() => this.ended(), ms);
  }
}
