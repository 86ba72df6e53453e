import { delay } from "@std/async";
import { lastWords, Unavailable } from "./run.ts";

/** Loading takes seconds alone, and much longer on a machine that does other things. */
const READY_MS = 180_000;
const RETRY_MS = 200;
/** How long it may take to end by itself. */
const END_MS = 5_000;
const HOSTNAME = "127.0.0.1";

/** Options of {@linkcode Peer.start}. */
export interface PeerOptions {
  /** As it is named in errors and as its log is. */
  readonly name: string;
  /** Where its log goes. */
  readonly dir: string;
  /** The words that start it on a port. */
  readonly command: (port: number) => readonly string[];
  /** Variables that it needs on a port. */
  readonly env?: (port: number) => Record<string, string>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** A server of somebody else in a process of its own, on a port of the loopback that was free. */
export class Peer implements AsyncDisposable {
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, child: Deno.ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** Resolves once it takes connections. Throws {@linkcode Unavailable} when it ends before, or takes too long. */
  static async start({ name, dir, command, env, signal }: PeerOptions): Promise<Peer> {
    const port = freePort();
    const log = `${dir}/${name}.log`;
    // A pipe that nobody reads would stop it, so its words go into a file.
    const words = ["-c", 'exec "$@" >"$0" 2>&1', log, ...command(port)];
    const child = new Deno.Command("sh", {
      args: words,
      env: env?.(port) ?? {},
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const peer = new Peer(port, child);
    try {
      await peer.#ready(name, signal);
      return peer;
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      if (!(error instanceof Unavailable)) throw error;
      throw new Unavailable(`${error.message}: ${lastWords(await Deno.readTextFile(log))}`);
    }
  }

  async #ready(name: string, signal: AbortSignal): Promise<void> {
    let ended = false;
    void this.#child.status.then(() => ended = true);
    for (const startedMs = performance.now(); !await isListening(this.port);) {
      if (ended) throw new Unavailable(`${name} ended as it started`);
      if (performance.now() - startedMs > READY_MS) {
        throw new Unavailable(`${name} was not ready within ${READY_MS / 1_000} s`);
      }
      await delay(RETRY_MS, { signal });
    }
  }

  /** Ends it, by force if need be. */
  async [Symbol.asyncDispose](): Promise<void> {
    const force = setTimeout(() => this.#kill("SIGKILL"), END_MS);
    this.#kill("SIGTERM");
    await this.#child.status;
    clearTimeout(force);
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // it has ended
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
  return listener.addr.port;
}

async function isListening(port: number): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ hostname: HOSTNAME, port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
