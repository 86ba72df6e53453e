import { earshot } from "../../support/cli.ts";
import { MODELS_DIR } from "../../support/models.ts";

/** One line of the gateway's log that tells of the end of a turn. */
export interface TurnLine {
  /** How the device asked to be listened to. */
  readonly mode: string;
  /** `text`, `empty`, `failed` or `cancelled`. */
  readonly outcome: string;
  /** How much sound it had. */
  readonly audioMs: number;
  /** From the end of speech being known to the text leaving. */
  readonly endOfSpeechToTextMs: number;
}

/** `earshot serve` in a process of its own, with the models of the tests. */
export class GatewayProcess implements AsyncDisposable {
  /** Where devices connect. */
  readonly url: string;
  readonly #child: Deno.ChildProcess;
  readonly #log: Promise<string>;
  readonly #config: string;
  readonly #stdout: ReadableStreamDefaultReader<string>;

  private constructor(options: {
    readonly url: string;
    readonly child: Deno.ChildProcess;
    readonly log: Promise<string>;
    readonly config: string;
    readonly stdout: ReadableStreamDefaultReader<string>;
  }) {
    this.url = options.url;
    this.#child = options.child;
    this.#log = options.log;
    this.#config = options.config;
    this.#stdout = options.stdout;
  }

  /** Starts it and waits until its ear is warm. */
  static async start(): Promise<GatewayProcess> {
    const config = await Deno.makeTempFile({ suffix: ".yaml" });
    await Deno.writeTextFile(config, `models:\n  dir: ${await Deno.realPath(MODELS_DIR)}\n`);
    const args = ["serve", "--json", "--port", "0", "--hostname", "127.0.0.1", "--config", config];
    const child = earshot(args).spawn();
    const log = new Response(child.stderr).text();
    const stdout = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "{}" } = await stdout.read();
    const { websocket, http } = JSON.parse(value);
    const gateway = new GatewayProcess({ url: websocket, child, log, config, stdout });
    while (!(await ready(`${http}readyz`))) await new Promise((resolve) => setTimeout(resolve, 100));
    return gateway;
  }

  /** Ends it and gives every turn that it logged. */
  async end(): Promise<TurnLine[]> {
    this.#child.kill("SIGTERM");
    const lines = (await this.#log).split("\n").filter((line) => line.startsWith("{"));
    return lines.map((line) => JSON.parse(line)).filter(({ message }) => message === "Turn ended")
      .map(({ properties }) => properties);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await this.#stdout.cancel();
    await this.#child.status;
    await this.#log;
    await Deno.remove(this.#config);
  }
}

async function ready(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.ok;
}
