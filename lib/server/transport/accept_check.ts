import type { Clock } from "../../lifecycle/mod.ts";

/** How often it is tried whether connections are taken, in ms. */
const EVERY_MS = 2_000;
/** How long the listener has to take one, in ms. */
const ACCEPT_MS = 500;
/** How often in a row it may fail to: a process that is busy may be late once. */
const MAX_FAILURES = 2;

/** By which address a listener on every interface is reached. */
const LOOPBACKS: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Options of an {@linkcode AcceptCheck}. */
export interface AcceptCheckOptions {
  /** The address to connect to. */
  readonly hostname: string;
  readonly port: number;
  readonly clock: Clock;
  /** Whether the listener takes none on purpose. */
  readonly isFull: () => boolean;
  /** Told once, and nothing is tried afterward. */
  readonly onFailed: () => void;
}

/**
 * Connects to a listener of `node:net` again and again: where accepting fails for want of a descriptor, on Deno 2.9.6
 * it takes no connection ever after and tells no error (300 connects at once with 160 descriptors).
 */
export class AcceptCheck {
  readonly #options: AcceptCheckOptions;
  readonly #life = new AbortController();
  #connection: Deno.TcpConn | undefined;
  #isAccepted = false;
  #failures = 0;
  #cancel = () => {};

  /** Begins. */
  constructor(options: AcceptCheckOptions) {
    this.#options = options;
    this.#next();
  }

  /** The listener has taken a connection, be it this one or another. */
  accepted(): void {
    this.#failures = 0;
    this.#isAccepted = true;
    if (this.#connection !== undefined) this.#next();
  }

  /** Ends it. May be called twice. */
  end(): void {
    this.#life.abort();
    this.#cancel();
    this.#hangUp();
  }

  async #connect(): Promise<void> {
    const { hostname, port, isFull, onFailed } = this.#options;
    const { signal } = this.#life;
    this.#isAccepted = false;
    // Without a descriptor for it nothing is known.
    this.#connection = await Deno.connect({ hostname: LOOPBACKS[hostname] ?? hostname, port, signal })
      .catch(() => undefined);
    if (signal.aborted) return this.#hangUp();
    // That may have come before this.
    if (this.#isAccepted) return this.#next();
    this.#later(ACCEPT_MS, () => {
      if (this.#connection !== undefined && !isFull()) this.#failures++;
      if (this.#failures < MAX_FAILURES) return this.#next();
      this.#hangUp();
      onFailed();
    });
  }

  #next(): void {
    this.#hangUp();
    this.#later(EVERY_MS, () => void this.#connect());
  }

  #later(delayMs: number, what: () => void): void {
    this.#cancel();
    this.#cancel = this.#options.clock.schedule(delayMs, what);
  }

  #hangUp(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
