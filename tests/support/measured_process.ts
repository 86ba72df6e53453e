import { fileURLToPath } from "node:url";
import { START_V8_FLAGS } from "./start_task.ts";

/** Options of a {@linkcode MeasuredProcess}. */
export interface MeasuredProcessOptions {
  /** What its module gets. */
  readonly args?: readonly string[];
  /** Whether V8 is told what `deno task start` tells it; the defaults of Deno otherwise. */
  readonly asStarted?: boolean;
}

/**
 * A server in a process of its own, so that its heap holds nothing of its clients. Its module prints
 * `{"url"}` first, and then an object for every line that it reads.
 */
export class MeasuredProcess<Answers extends Readonly<Record<string, unknown>>> implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(module: URL, { args = [], asStarted = false }: MeasuredProcessOptions = {}) {
    const v8Flags = ["--expose-gc", ...(asStarted ? START_V8_FLAGS : [])];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        `--v8-flags=${v8Flags.join(",")}`,
        `--config=${fileURLToPath(new URL("../../deno.json", import.meta.url))}`,
        `--lock=${fileURLToPath(new URL("../deno.lock", import.meta.url))}`,
        fileURLToPath(module),
        ...args,
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#stdout = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Where clients connect; asked for once, at the start. */
  async url(): Promise<URL> {
    return new URL(JSON.parse(await this.#line()).url);
  }

  /** Says a word and gives the answer. */
  async ask<Word extends keyof Answers & string>(word: Word): Promise<Answers[Word]> {
    await this.#stdin.write(new TextEncoder().encode(`${word}\n`));
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
      if (done) throw new Error("Cannot go on: the server has ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }
}
