import { z } from "zod";
import { until } from "../../support/until.ts";
import { Peer } from "../peer.ts";
import { pythonFile, pythonWith } from "../python.ts";
import { smollm2 } from "../weights.ts";

/** Where and how {@linkcode LlamaPeer.start} runs it. */
export interface LlamaOptions {
  /** Where its log goes. */
  readonly dir: string;
  /** How many tokens of conversation and answer it reads. */
  readonly contextTokens: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const LOADED_MS = 180_000;
const slots = z.array(z.looseObject({ is_processing: z.boolean() }));

/** llama.cpp's server with SmolLM2-135M, which answers one request at a time, and what it says of itself. */
export class LlamaPeer implements AsyncDisposable {
  readonly #peer: Peer;
  readonly #log: string;

  private constructor(peer: Peer, log: string) {
    this.#peer = peer;
    this.#log = log;
  }

  /** Throws `Unavailable` where it cannot be had. */
  static async start({ dir, contextTokens, signal }: LlamaOptions): Promise<LlamaPeer> {
    const python = await pythonWith("llama.txt", signal);
    const model = await smollm2(signal);
    const name = `llama-${contextTokens}`;
    const peer = await Peer.start({
      name,
      dir,
      signal,
      command: (port) => [
        ...[python, pythonFile("llama_server.py"), model, String(port), String(contextTokens)],
      ],
    });
    return new LlamaPeer(peer, `${dir}/${name}.log`);
  }

  /** Resolves once its model is loaded; it listens before that. */
  async loaded(): Promise<void> {
    const isLoaded = async () => {
      const response = await fetch(`http://127.0.0.1:${this.#peer.port}/health`);
      await response.body?.cancel();
      return response.ok;
    };
    await until(isLoaded, "the model is loaded", { timeoutMs: LOADED_MS });
  }

  /** Where its chat completions are. */
  get url(): string {
    return `http://127.0.0.1:${this.#peer.port}/v1`;
  }

  /** Whether it works on a request. */
  async isBusy(): Promise<boolean> {
    return slots.parse(JSON.parse(await this.#get("/slots"))).some(({ is_processing: busy }) => busy);
  }

  /** How often it has made a token or read a part of a prompt, whatever became of the request. */
  async decodes(): Promise<number> {
    return Number(/^llamacpp:n_decode_total (\d+)/m.exec(await this.#get("/metrics"))?.[1]);
  }

  /** How many requests it gave up because nobody waited for them, and how many it began, by its log. */
  async requests(): Promise<{ readonly canceled: number; readonly begun: number }> {
    const log = await Deno.readTextFile(this.#log);
    return {
      canceled: log.match(/cancel task, id_task/g)?.length ?? 0,
      begun: log.match(/processing task, is_child/g)?.length ?? 0,
    };
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
  }

  async #get(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#peer.port}${path}`);
    return await response.text();
  }
}
