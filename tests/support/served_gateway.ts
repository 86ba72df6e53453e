import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { EXIT } from "../../lib/errors/mod.ts";
import { earshot, objectsOf } from "./cli.ts";
import { MODELS_DIR } from "./models.ts";
import { until } from "./until.ts";

/** Runs `use` with a config file that says where the tests' weights are, and `more`. */
export async function withConfig<T>(use: (path: string) => Promise<T>, more = ""): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, `models:\n  dir: ${await Deno.realPath(MODELS_DIR)}\n${more}`);
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

/** What a gateway left behind when it ended. */
export interface ServedEnd {
  readonly code: number;
  /** The last thing that it printed. */
  readonly last: Record<string, unknown>;
  /** Its log, from the start. */
  readonly stderr: string;
}

/** What is used here of the answer of `/healthz`. */
export interface ServedHealth {
  readonly counters: Readonly<
    Record<"turnsStarted" | "turnsText" | "turnsEmpty" | "turnsFailed" | "turnsCanceled", number>
  >;
  readonly engine: { readonly warmed: boolean; readonly restarts: number };
  readonly toolServers: readonly {
    readonly name: string;
    readonly up: boolean;
    readonly tools: number;
    readonly restarts: number;
  }[];
  readonly permissions: Readonly<Record<string, Readonly<Record<string, "all" | readonly string[]>>>>;
  readonly abandoned: number;
  readonly admission: { readonly held: number };
}

/** A gateway in a process of its own, as an operator starts it. */
export class ServedGateway implements AsyncDisposable {
  /** Its data directory, gone with it. */
  readonly data = Deno.makeTempDirSync({ prefix: "earshot-served-" });
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  #http = "";

  constructor(config: string, env: Record<string, string> = {}) {
    const args = ["--port", "0", "--hostname", "127.0.0.1", "--config", config, "--data", this.data];
    this.#child = earshot(["serve", "--json", ...args], env).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#errors = new Response(this.#child.stderr).text();
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The next thing that it prints. */
  async next(): Promise<Record<string, unknown>> {
    const { value = "" } = await this.#lines.read();
    return objectsOf(value)[0] ?? {};
  }

  /** What `/healthz` says; it must have been warm. */
  async health(): Promise<ServedHealth> {
    return await (await fetch(`${this.#http}healthz`)).json();
  }

  /** Resolves once `condition` holds of what it says about itself. */
  async until(condition: (health: ServedHealth) => boolean, what: string): Promise<void> {
    await until(async () => condition(await this.health()), what);
  }

  /** Resolves once somebody speaks to it; it must have been warm. */
  async busy(): Promise<void> {
    await this.until(({ counters }) => counters.turnsStarted > 0, "a turn");
  }

  /** Resolves once its engine recognizes something. */
  async recognizing(): Promise<void> {
    for (let running = false; !running;) {
      const { engine } = await (await fetch(`${this.#http}healthz`)).json();
      running = engine.recognizing > 0;
      if (!running) await delay(5);
    }
  }

  /** Ends its engine process as an operating system out of memory does. */
  async killEngine(): Promise<void> {
    const { stdout } = await new Deno.Command("pgrep", { args: ["-P", String(this.pid)] }).output();
    for (const pid of new TextDecoder().decode(stdout).trim().split("\n")) Deno.kill(Number(pid), "SIGKILL");
  }

  /** Its WebSocket address, once its ear is warm; it must not have been asked for what it prints before. */
  async warm(): Promise<string> {
    const { http, websocket, ...said } = await this.next();
    if (http === undefined) throw new Error(`Cannot go on: the gateway says ${JSON.stringify(said)}`);
    this.#http = String(http);
    for (let ready = false; !ready;) {
      const response = await fetch(`${http}readyz`);
      await response.body?.cancel();
      ready = response.ok;
      if (!ready) await delay(100);
    }
    return String(websocket);
  }

  /** Signals it. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Tells it to stop and resolves once it has heard; two signals in a row would reach it as one. */
  async drain(signal: Deno.Signal): Promise<void> {
    this.#child.kill(signal);
    for (let ready = true; ready;) {
      const response = await fetch(`${this.#http}readyz`);
      await response.body?.cancel();
      ready = response.ok;
      if (ready) await delay(20);
    }
  }

  /** Ends it as a service manager does, and gives what it said on the way. */
  async end(signal: Deno.Signal): Promise<ServedEnd> {
    this.#child.kill(signal);
    const last = await this.next();
    const { code } = await this.#child.status;
    return { code, last, stderr: await this.#errors };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await this.#lines.cancel();
    await this.#child.status;
    await this.#errors;
    await Deno.remove(this.data, { recursive: true });
  }
}

/**
 * A gateway in a process of its own whose models are loaded; what it left behind is checked. Nothing is answered unless
 * `config` says what its agents do.
 */
export async function withServedGateway(
  use: (gateway: ServedGateway, url: URL) => Promise<void>,
  config = "",
): Promise<void> {
  await withConfig(async (path) => {
    await using gateway = new ServedGateway(path);
    await use(gateway, new URL(await gateway.warm()));
    const { code, last } = await gateway.end("SIGTERM");
    assertEquals([code, last["failed"], last["timedOut"]], [EXIT.ok, [], []]);
  }, /^agents:/m.test(config) ? config : `agents: { default: { llm: none } }\n${config}`);
}
