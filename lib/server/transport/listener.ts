import { EarshotError } from "../../errors/mod.ts";
import type { Scope } from "../../lifecycle/mod.ts";
import type { ListenOptions, Transport } from "./transport.ts";

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** Options of {@linkcode keepListening}. */
export interface KeepListeningOptions extends ListenOptions {
  /** What opens the port. */
  readonly transport: Transport;
  /** Owns the listener. */
  readonly scope: Scope;
  /** Told when the listener ended by itself and is opened again. */
  readonly onRestart: (error: EarshotError) => void;
}

/** A port that is kept open. */
export interface OpenPort {
  /** The port. */
  readonly port: number;
  /** Resolves when connections are taken for the first time; never rejects. */
  readonly ready: Promise<void>;
}

/**
 * Opens a listener and keeps it open: a transport may end one for good when descriptors run out, so it is opened
 * again on the same port, with back-off, until the scope closes.
 *
 * @throws {EarshotError} `server.port_in_use` or `server.listen`, for the first opening only.
 */
export function keepListening(options: KeepListeningOptions): OpenPort {
  const { transport, scope, clock, onRestart } = options;
  let listener = transport.listen(options);
  const { port } = listener;
  const ready = Promise.withResolvers<void>();
  let cancelRetry = () => {};
  let closing = false;

  const supervise = (delayMs: number) => {
    let opened = false;
    listener.ready.then(() => {
      opened = true;
      ready.resolve();
    });
    listener.ended.then((cause) => {
      if (!closing) retry(opened ? FIRST_RETRY_MS : delayMs, cause);
    });
  };
  const retry = (delayMs: number, cause: unknown) => {
    onRestart(
      new EarshotError("server.listen", `Cannot go on listening on port ${port}: opening it again`, {
        cause,
      }),
    );
    const nextMs = Math.min(delayMs * 2, LAST_RETRY_MS);
    cancelRetry = clock.schedule(delayMs, () => {
      try {
        listener = transport.listen({ ...options, port });
        supervise(nextMs);
      } catch (thrown) {
        retry(nextMs, thrown);
      }
    });
  };

  supervise(FIRST_RETRY_MS);
  scope.own(`listener on port ${port}`, async () => {
    closing = true;
    cancelRetry();
    await listener.close();
  });
  return { port, ready: ready.promise };
}
