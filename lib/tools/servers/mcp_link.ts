import { EarshotError } from "../../errors/mod.ts";
import { type Clock, pause, withDeadline } from "../../lifecycle/mod.ts";
import { safeDetail } from "../../net/mod.ts";
import type { JsonObject, ToolResult } from "../contract.ts";
import type { LinkHandlers, ListedTool, Rpc, ServerLink } from "./contract.ts";
import { RpcError } from "./rpc_error.ts";
import { listTools } from "./tool_list.ts";
import { toolResult } from "./tool_result.ts";

/** How long a server may take to list its tools again, in ms. */
const REFRESH_MS = 10_000;
/** A server whose list changes all the time is asked once in so many ms. */
const BETWEEN_MS = 1_000;

/** What a {@linkcode McpLink} is made of. */
export interface McpLinkOptions {
  /** Its name in the config. */
  readonly server: string;
  readonly clock: Clock;
  readonly handlers: LinkHandlers;
}

/** A link over a connection that is initialized: its list, kept fresh, and its calls. */
export class McpLink implements ServerLink {
  readonly #options: McpLinkOptions;
  readonly #closing = new AbortController();
  readonly #rpc: Rpc;
  readonly tools: readonly ListedTool[];
  #reading: Promise<void> | undefined;
  #stale = false;

  private constructor(options: McpLinkOptions, rpc: Rpc, tools: readonly ListedTool[]) {
    this.#options = options;
    this.#rpc = rpc;
    this.tools = tools;
  }

  /** Reads the list over an initialized connection and gives the link, which owns the connection from then on. */
  static async open(rpc: Rpc, options: McpLinkOptions, signal: AbortSignal): Promise<McpLink> {
    try {
      return new McpLink(options, rpc, await list(rpc, options.server, signal));
    } catch (thrown) {
      await rpc.close();
      throw thrown;
    }
  }

  /** See {@linkcode ServerLink.call}. */
  async call(name: string, args: JsonObject, signal: AbortSignal): Promise<ToolResult> {
    const { server } = this.#options;
    try {
      return toolResult(server, await this.#rpc.request("tools/call", { name, arguments: args }, signal));
    } catch (thrown) {
      if (thrown instanceof RpcError) return { text: thrown.words, failed: true };
      throw thrown;
    }
  }

  /** See {@linkcode ServerLink.refresh}. */
  async refresh(signal: AbortSignal): Promise<void> {
    const tools = await list(this.#rpc, this.#options.server, signal);
    if (!this.#closing.signal.aborted) this.#options.handlers.onTools(tools);
  }

  /** The server says that its list has changed; however often it says so, one request at a time reads it. */
  changed(): void {
    this.#stale = true;
    this.#reading ??= this.#readChanges().finally(() => this.#reading = undefined);
  }

  /** See {@linkcode ServerLink.close}. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#rpc.close();
    await this.#reading;
  }

  async #readChanges(): Promise<void> {
    const { server, clock } = this.#options;
    const { signal } = this.#closing;
    while (this.#stale && !signal.aborted) {
      this.#stale = false;
      const request = new AbortController();
      try {
        await withDeadline(this.refresh(request.signal), REFRESH_MS, {
          what: `the tools of ${server}`,
          signal,
          clock,
        });
      } catch {
        // The list stays as it was; the regular look at the server tells whether it still answers.
      }
      request.abort();
      await pause(BETWEEN_MS, { clock, signal }).catch(() => {});
    }
  }
}

async function list(rpc: Rpc, server: string, signal: AbortSignal): Promise<readonly ListedTool[]> {
  try {
    return await listTools(server, rpc, signal);
  } catch (thrown) {
    if (!(thrown instanceof RpcError)) throw thrown;
    // A server that has no tools need not know the question.
    if (thrown.code === -32_601) return [];
    const words = `Cannot list the tools of ${server}: it answers ${thrown.code} ${safeDetail(thrown.words)}`;
    throw new EarshotError(thrown.code === NO_TOOL_THERE ? "tool.unavailable" : "tool.protocol", words);
  }
}

/** What a xiaozhi access point answers while what has the tools is not connected to it. */
export const NO_TOOL_THERE = -32_001;
