import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { json as readJson } from "node:stream/consumers";
import { SocketEmulator } from "./socket_emulator.ts";

/** What the tool does with a call. */
export type ToolBehavior =
  /** It gives this. */
  | { readonly does: "answer"; readonly text: string }
  /** Nothing comes until {@linkcode ToolEmulator.release}; then a proper answer, if anybody is still there. */
  | { readonly does: "hold" }
  /** Its connection is reset. */
  | { readonly does: "reset" }
  /** The body begins, and ends with the connection. */
  | { readonly does: "cut" }
  /** It answers anything. */
  | { readonly does: "say"; readonly body: string; readonly type?: string; readonly status?: number };

/** A call that came. */
interface HeldCall {
  readonly id: unknown;
  readonly response: ServerResponse;
}

/** The name of its tools: one that changes something, and one that only reads. */
export const EMULATED_TOOLS = ["lamp", "look"] as const;

/** An MCP server over streamable HTTP that does to its sockets what no proper one would; for what proper ones do see `mcp/`. */
export class ToolEmulator extends SocketEmulator {
  /** What it does with calls that come from now on. */
  behavior: ToolBehavior = { does: "answer", text: "done" };
  /** How many calls came. */
  calls = 0;
  readonly #held = new Set<HeldCall>();
  readonly #http = createServer().on("request", (message, response) => {
    this.#serve(message, response).catch((thrown) => {
      // Whoever left in the middle of a request has sent no wrong one.
      if (Object(thrown).code !== "ECONNRESET") this.violations.push(String(thrown));
    });
  }).on("clientError", (_error, socket) => socket.destroy());

  private constructor() {
    super({});
  }

  /** Starts it. */
  static async start(): Promise<ToolEmulator> {
    const emulator = new ToolEmulator();
    await emulator.listen();
    return emulator;
  }

  /** Where it listens. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What a config has as its url. */
  get url(): string {
    return `${this.origin}/mcp`;
  }

  /** Whether it refuses connections. */
  get isDown(): boolean {
    return this.port === undefined;
  }

  /** Calls that it has not answered, and whose connection is there. */
  get pending(): number {
    return this.#held.size;
  }

  wake(): void {} // it never stops reading

  /** Answers what it has held back. */
  release(text = "done"): void {
    for (const { id, response } of this.#held) sayJson(response, resultOf(id, { content: textOf(text) }));
    this.#held.clear();
  }

  protected serve(socket: Socket): void {
    this.#http.emit("connection", socket);
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    // It has nothing to tell by itself, and keeps no session.
    if (message.method !== "POST") return void response.writeHead(405).end();
    const { id, method } = Object(await readJson(message));
    if (id === undefined) return void response.writeHead(202).end();
    switch (method) {
      case "initialize":
        return sayJson(
          response,
          resultOf(id, {
            protocolVersion: "2025-06-18",
            capabilities: { tools: {} },
            serverInfo: { name: "emulator", version: "1" },
          }),
        );
      case "tools/list":
        return sayJson(
          response,
          resultOf(id, {
            tools: EMULATED_TOOLS.map((name) => ({
              name,
              description: `Does ${name}.`,
              inputSchema: { type: "object", properties: { level: { type: "integer" } } },
              annotations: { readOnlyHint: name === "look" },
            })),
          }),
        );
      case "tools/call":
        this.calls++;
        return this.#call(id, response);
      default:
        return sayJson(response, {
          jsonrpc: "2.0",
          id,
          error: { code: -32_601, message: "Method not found" },
        });
    }
  }

  #call(id: unknown, response: ServerResponse): void {
    const { behavior } = this;
    switch (behavior.does) {
      case "answer":
        return sayJson(response, resultOf(id, { content: textOf(behavior.text) }));
      case "hold": {
        const held = { id, response };
        this.#held.add(held);
        response.on("close", () => this.#held.delete(held));
        return;
      }
      case "reset":
        return void response.socket?.resetAndDestroy();
      case "cut":
        response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
        response.write('{"jsonrpc":"2.0",', () => response.destroy());
        return;
      case "say": {
        const { status = 200, type = "application/json", body } = behavior;
        response.writeHead(status, { "content-type": type }).end(body);
      }
    }
  }
}

const textOf = (text: string) => [{ type: "text", text }];
const resultOf = (id: unknown, result: unknown) => ({ jsonrpc: "2.0", id, result });

function sayJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}
