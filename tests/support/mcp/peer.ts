import { Server } from "./server_package.ts";

/** How many pages its list has. */
const PAGE_SIZE = 2;

/** What a peer of tests can be told to do by its tools. */
export interface PeerHooks {
  /** A call was canceled. */
  onCancel?(tool: string): void;
  /** A call of a tool that only this kind of peer has. */
  call?(tool: string): Promise<void> | undefined;
}

const names = ["echo", "wait", "flood", "fail", "refuse", "odd", "structured", "learn", "unlock", "die"];

/** An MCP server as the official package makes it, whose tools do what tests need. */
export function makePeer({ onCancel, call }: PeerHooks = {}): Server {
  const offered = [...names];
  const server = new Server({ name: "peer", version: "1" }, {
    capabilities: { tools: { listChanged: true } },
  });
  server.setRequestHandler("tools/list", ({ params }) => {
    const from = Number(params?.cursor ?? 0);
    const page = offered.slice(from, from + PAGE_SIZE);
    return {
      tools: page.map((name) => ({
        name,
        description: `does ${name}`,
        inputSchema: { type: "object" as const, properties: { text: { type: "string" } } },
        annotations: {
          readOnlyHint: name === "echo",
          ...(name === "unlock" && { destructiveHint: true }),
        },
      })),
      ...(from + PAGE_SIZE < offered.length && { nextCursor: String(from + PAGE_SIZE) }),
    };
  });
  server.setRequestHandler("tools/call", async ({ params: { name, arguments: args = {} } }, context) => {
    const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
    const { signal } = context.mcpReq;
    await call?.(name);
    switch (name) {
      case "wait": {
        const ms = Number(args["text"] ?? 60_000);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          signal.addEventListener("abort", () => {
            onCancel?.(name);
            // It answers all the same, late.
            setTimeout(resolve, 100);
            clearTimeout(timer);
          });
        });
        return text("late");
      }
      case "flood":
        return text("x".repeat(10_000_000));
      case "fail":
        return { ...text("no lamp there"), isError: true };
      case "refuse":
        throw new Error("out of order");
      case "odd":
        return {
          content: [
            { type: "image", data: "AAAA", mimeType: "image/png" },
            { type: "resource", resource: { uri: "file:///secret.txt", text: "not told" } },
          ],
        };
      case "structured":
        return { content: [], structuredContent: { lamps: 2 } };
      case "learn":
        offered.push(`learned_${offered.length}`);
        await server.notification({ method: "notifications/tools/list_changed" });
        return text("learned");
      default:
        return text(String(args["text"] ?? name));
    }
  });
  return server;
}
