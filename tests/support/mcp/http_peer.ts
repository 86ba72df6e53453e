/**
 * An MCP server over streamable HTTP as a program, with switches for its faults; prints its port.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { makePeer } from "./peer.ts";
import { WebStandardStreamableHTTPServerTransport } from "./server_package.ts";

/** What it is told to do, by paths below `/set/`. */
const faults = { hang: false, down: false, giant: false };
const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
let openPosts = 0;
let canceled = 0;

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/state") return Response.json({ openPosts, canceled, sessions: sessions.size });
  if (pathname === "/forget") {
    for (const session of sessions.values()) await session.close();
    sessions.clear();
    return new Response("ok");
  }
  const [, fault, value] = /^\/set\/(\w+)\/(\w+)$/.exec(pathname) ?? [];
  if (fault === "hang" || fault === "down" || fault === "giant") {
    faults[fault] = value === "true";
    return new Response("ok");
  }
  if (pathname !== "/mcp") return new Response(null, { status: 404 });
  if (faults.down) return new Response("down", { status: 503 });
  if (request.headers.get("authorization") !== "Bearer let-me-in") return new Response(null, { status: 401 });
  if (request.method === "POST") return await post(request);
  const session = sessions.get(request.headers.get("mcp-session-id") ?? "");
  if (session === undefined) return new Response(null, { status: 404 });
  return await session.handleRequest(request);
}

async function post(request: Request): Promise<Response> {
  const body = await request.json();
  const isCall = body.method === "tools/call";
  if (isCall && faults.giant) {
    return Response.json({ jsonrpc: "2.0", id: body.id, result: "x".repeat(3_000_000) });
  }
  if (isCall && faults.hang) {
    openPosts++;
    await new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve()));
    openPosts--;
    return new Response(null, { status: 500 });
  }
  const id = request.headers.get("mcp-session-id");
  let session = id === null ? undefined : sessions.get(id);
  if (id !== null && session === undefined) return new Response("no such session", { status: 404 });
  if (session === undefined) {
    const opened = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, opened),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    session = opened;
    await makePeer({ onCancel: () => canceled++ }).connect(opened);
  }
  return await session.handleRequest(
    new Request(request.url, { method: "POST", headers: request.headers, body: JSON.stringify(body) }),
  );
}

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => console.log(port) }, answer);
