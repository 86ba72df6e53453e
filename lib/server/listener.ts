import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** Options of {@linkcode listen}. */
export interface ListenOptions {
  /** The address to listen on. */
  readonly hostname: string;
  /** The port; 0 lets the system choose. */
  readonly port: number;
  /** Answers requests. */
  readonly handler: Deno.ServeHandler<Deno.NetAddr>;
  /** Owns the listener. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** Told when the listener ended by itself and is opened again. */
  readonly onRestart: (error: EarshotError) => void;
}

/**
 * Opens a listener and keeps it open: Deno ends one for good when descriptors run out, so it is opened
 * again on the same port, with back-off, until the scope closes.
 *
 * @throws {EarshotError} `server.port_in_use` or `server.listen`, for the first opening only.
 */
export function listen(options: ListenOptions): Deno.NetAddr {
  const { hostname, handler, scope, clock, onRestart } = options;
  let server = serve(hostname, options.port, handler);
  const { port } = server.addr;
  let cancelRetry = () => {};
  let closing = false;

  const supervise = () => {
    server.finished.then(() => "it ended by itself", (reason: unknown) => reason).then((cause) => {
      if (!closing) retry(FIRST_RETRY_MS, cause);
    });
  };
  const retry = (delayMs: number, cause: unknown) => {
    onRestart(
      new EarshotError("server.listen", `Cannot go on listening on port ${port}: opening it again`, {
        cause,
      }),
    );
    cancelRetry = clock.schedule(delayMs, () => {
      try {
        server = serve(hostname, port, handler);
        supervise();
      } catch (thrown) {
        retry(Math.min(delayMs * 2, LAST_RETRY_MS), thrown);
      }
    });
  };

  supervise();
  scope.own(`listener on port ${port}`, async () => {
    closing = true;
    cancelRetry();
    await server.shutdown();
  });
  return server.addr;
}

function serve(
  hostname: string,
  port: number,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname, port, onListen: () => {} }, handler);
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) {
      throw new EarshotError(
        "server.port_in_use",
        `Cannot listen on ${hostname}:${port}: another program has the port. ` +
          `Stop it, or choose another port with --port (0 takes any free one)`,
        { cause },
      );
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EarshotError("server.listen", `Cannot listen on ${hostname}:${port}: ${why}`, { cause });
  }
}
