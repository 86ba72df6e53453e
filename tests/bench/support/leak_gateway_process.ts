import { fileURLToPath } from "node:url";
import type { GatewayStats } from "../../../lib/app/mod.ts";

/** What the gateway holds, right after a garbage collection. */
export interface Held extends GatewayStats {
  /** Its live heap. */
  readonly heapBytes: number;
}

/** The process of `leak_gateway.ts`, from the outside. */
export class LeakGatewayProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(options: { readonly pingTimeoutSeconds: number }) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        "--v8-flags=--expose-gc",
        `--config=${pathOf("../../../deno.json")}`,
        `--lock=${pathOf("../../deno.lock")}`,
        pathOf("./leak_gateway.ts"),
        String(options.pingTimeoutSeconds),
      ],
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

  /** Collects its garbage and says what it holds then. */
  async held(): Promise<Held> {
    await this.#stdin.write(new TextEncoder().encode("held\n"));
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

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
