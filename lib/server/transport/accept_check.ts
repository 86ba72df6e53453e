import type { Clock } from "../../lifecycle/mod.ts";

/** How often it is tried whether connections are taken, in ms. */
const EVERY_MS = 2_000;
/** How long the listener has to take one, in ms. */
const ACCEPT_MS = 500;
/** How often in a row it may fail to: a process that is busy may be late once. */
const MAX_FAILURES = 2;

/** By which address a listener on every interface is reached. */
const LOOPBACKS: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Options of {@linkcode checkAccepting}. */
export interface AcceptCheckOptions {
  /** The address to connect to. */
  readonly hostname: string;
  readonly port: number;
  readonly clock: Clock;
  /** How many connections were taken so far; `undefined` while none may be. */
  readonly accepted: () => number | undefined;
  /** Told once, and nothing is tried afterward. */
  readonly onFailed: () => void;
}

/**
 * Connects to a listener of `node:net` again and again: where accepting fails for want of a descriptor, on Deno 2.9.6
 * it takes no connection ever after and tells no error (300 connects at once with 160 descriptors). Gives a function
 * that ends it.
 */
export function checkAccepting(
  { hostname, port, clock, accepted, onFailed }: AcceptCheckOptions,
): () => void {
  const target = { hostname: LOOPBACKS[hostname] ?? hostname, port };
  const life = new AbortController();
  let cancel = () => {};
  let connection: Deno.TcpConn | undefined;
  let failures = 0;
  const hangUp = () => {
    connection?.close();
    connection = undefined;
  };
  const check = async () => {
    const before = accepted();
    connection = await Deno.connect({ ...target, signal: life.signal }).catch(() => undefined);
    if (life.signal.aborted) return hangUp();
    cancel = clock.schedule(ACCEPT_MS, () => {
      const after = accepted();
      // Without a descriptor of its own it knows nothing.
      if (connection !== undefined && before !== undefined && after !== undefined) {
        failures = after > before ? 0 : failures + 1;
      }
      hangUp();
      if (failures === MAX_FAILURES) return onFailed();
      cancel = clock.schedule(EVERY_MS, () => void check());
    });
  };
  cancel = clock.schedule(EVERY_MS, () => void check());
  return () => {
    cancel();
    life.abort();
    hangUp();
  };
}
