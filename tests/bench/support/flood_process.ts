import { fileURLToPath } from "node:url";
import { START_V8_FLAGS } from "../../support/start_task.ts";
import type { GatewayStats } from "../../../lib/app/mod.ts";

/** What the gateway of `flood_gateway.ts` holds. */
export interface FloodStats extends GatewayStats {
  /** The most sound that was ever charged, looked at after every push. */
  readonly peakBytes: number;
  /** Its live heap and the buffers outside of it. */
  readonly liveBytes: number;
  /** Resident memory of its process. */
  readonly residentBytes: number;
}

/** The process of `flood_gateway.ts`, from the outside. */
export class FloodGatewayProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(budgetBytes: number, socketEngine: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: denoRun("./flood_gateway.ts", [`--v8-flags=${["--expose-gc", ...START_V8_FLAGS].join(",")}`], [
        String(budgetBytes),
        socketEngine,
      ]),
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#stdout = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Where devices connect; asked for once, at the start. */
  async url(): Promise<URL> {
    return new URL(JSON.parse(await this.#line()).url);
  }

  /** What it holds; `gc` collects its garbage before. */
  async stats(how: "gc" | "now" = "now"): Promise<FloodStats> {
    await this.#stdin.write(new TextEncoder().encode(`${how}\n`));
    return JSON.parse(await this.#line());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close();
    await this.#stdout.cancel();
    await this.#child.status;
  }

  async #line(): Promise<string> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#stdout.read();
      if (done) throw new Error("Cannot go on: the gateway has ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }
}

/**
 * The devices of `flood_devices.ts`; disposing ends them. They run at the lowest priority, as far as the system
 * knows such: other boxes than the gateway's do their work.
 */
export class FloodDevices implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  constructor(
    url: URL,
    options: { readonly devices: number; readonly behavior: "flood" | "obey" | "ahead" | "talk" },
  ) {
    const { devices, behavior } = options;
    const args = denoRun("./flood_devices.ts", [], [url.href, String(devices), behavior]);
    const nice = Deno.build.os === "windows" ? [] : ["nice", "-n", "19"];
    const [command = "", ...rest] = [...nice, Deno.execPath(), ...args];
    this.#child = new Deno.Command(command, { args: rest, stdin: "piped" }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
  }
}

function denoRun(module: string, flags: readonly string[], args: readonly string[]): string[] {
  const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  return [
    "run",
    "-A",
    "--quiet",
    ...flags,
    `--config=${pathOf("../../../deno.json")}`,
    `--lock=${pathOf("../../deno.lock")}`,
    pathOf(module),
    ...args,
  ];
}
