import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { EarshotError } from "../../../../lib/errors/mod.ts";
import { type HttpPeer, httpPeer } from "../../../support/mcp/peers.ts";
import { test } from "../../../support/test.ts";
import { until } from "../../../support/until.ts";
import { openServers } from "../rig.ts";

async function withPeer(
  body: (peer: HttpPeer, block: Record<string, unknown>) => Promise<void>,
): Promise<void> {
  const token = await Deno.makeTempFile();
  await Deno.writeTextFile(token, "let-me-in\n");
  const peer = await httpPeer();
  try {
    await body(peer, { type: "http", url: peer.url, token: { file: token } });
  } finally {
    await peer[Symbol.asyncDispose]();
    await Deno.remove(token);
  }
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "ok", (error) => EarshotError.from(error).code);
}

test("http: lists, calls, reads a changed list, and takes its leave", async () => {
  await withPeer(async (peer, block) => {
    await using rig = await openServers({ web: block });
    const source = await rig.up();
    assertEquals(source.list().length, 10);
    assertEquals(await rig.call("echo", { text: "hi" }), { text: "hi" });
    assertEquals(await rig.call("fail"), { text: "no lamp there", failed: true });
    await rig.call("learn");
    await until(() => source.list().length === 11, "the new tool");
    assertEquals((await peer.state()).sessions, 1);
    const report = await rig.scope.close();
    assertEquals(report.total, report.ok);
    assertEquals((await peer.state()).sessions, 0);
  });
});

test("http: a call that is given up leaves no POST open, nor does one whose answer never comes", async () => {
  await withPeer(async (peer, block) => {
    await using rig = await openServers({ web: block });
    await rig.up();
    assertEquals(await codeOf(rig.call("wait", { text: "60000" }, 200)), "canceled");
    await until(async () => (await peer.state()).canceled === 1, "the server to be told");
    await peer.tell("set/hang/true");
    const call = codeOf(rig.call("echo", {}, 300));
    await until(async () => (await peer.state()).openPosts === 1, "the POST");
    assertEquals(await call, "canceled");
    await until(async () => (await peer.state()).openPosts === 0, "no POST open");
    await peer.tell("set/hang/false");
    assertEquals(await rig.call("echo", { text: "on" }), { text: "on" });
  });
});

test("http: a session that is gone is replaced, and the call made again", async () => {
  await withPeer(async (peer, block) => {
    await using rig = await openServers({ web: block });
    await rig.up();
    await peer.tell("forget");
    assertEquals(await rig.call("echo", { text: "again" }), { text: "again" });
    assertEquals(rig.servers.stats[0]?.restarts, 1);
    assertEquals(rig.servers.stats[0]?.calls.done, 1);
  });
});

test("http: an answer above 1 MiB fails its call alone", async () => {
  await withPeer(async (peer, block) => {
    await using rig = await openServers({ web: block });
    await rig.up();
    await peer.tell("set/giant/true");
    assertEquals(await codeOf(rig.call("echo")), "tool.failed");
    await peer.tell("set/giant/false");
    assertEquals(await codeOf(rig.call("flood")), "tool.failed");
    assertEquals(await rig.call("echo", { text: "on" }), { text: "on" });
    assertEquals(rig.servers.stats[0]?.up, true);
  });
});

test("http: a server that goes down is not there, and is once it is back", async () => {
  await withPeer(async (peer, block) => {
    await using rig = await openServers({ web: block });
    const source = await rig.up();
    await peer.tell("set/down/true");
    assertEquals(await codeOf(rig.call("echo")), "tool.unavailable");
    await until(() => source.list().length === 0, "no tools");
    await peer.tell("set/down/false");
    await until(() => source.list().length === 10, "all tools");
    assertEquals(await rig.call("echo", { text: "back" }), { text: "back" });
  });
});

test("http: a wrong token, nobody there, and something else there are told apart", async () => {
  const wrong = await Deno.makeTempFile();
  await Deno.writeTextFile(wrong, "not-this-one");
  const other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("<html>"),
  );
  await withPeer(async ({ url }) => {
    await using rig = await openServers({
      key: { type: "http", url, token: { file: wrong } },
      nobody: { type: "http", url: "http://127.0.0.1:9/mcp" },
      page: { type: "http", url: `http://127.0.0.1:${other.addr.port}/` },
    });
    const codes = ["key", "nobody", "page"].map((name) => codeOf(rig.up(name)));
    assertEquals(await Promise.all(codes), ["tool.auth", "tool.unavailable", "tool.protocol"]);
  });
  await other.shutdown();
  await Deno.remove(wrong);
});

test("http: closing ends a call, a hung start and a hung POST", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of silent) taken.push(connection);
  })();
  await withPeer(async (peer, block) => {
    await using rig = await openServers({
      web: block,
      silent: { type: "http", url: `http://127.0.0.1:${silent.addr.port}/mcp` },
    });
    await rig.up("web");
    await peer.tell("set/hang/true");
    const call = codeOf(rig.call("echo", {}, 60_000));
    await until(async () => (await peer.state()).openPosts === 1, "the POST");
    const beganMs = performance.now();
    const report = await rig.scope.close();
    assertLess(performance.now() - beganMs, 4_000);
    assertEquals(report.total, report.ok);
    assertEquals(await call, "canceled");
    await until(async () => (await peer.state()).openPosts === 0, "no POST open");
  });
  silent.close();
  for (const connection of taken) connection.close();
  await accepting;
});

test("homeAssistant: POST only, bearer, its own path, and schemas that lack parts", async () => {
  const seen: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    seen.push(`${request.method} ${new URL(request.url).pathname} ${request.headers.get("authorization")}`);
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const { id, method } = await request.json();
    if (id === undefined) return new Response(null, { status: 202 });
    const results: Readonly<Record<string, unknown>> = {
      initialize: {
        protocolVersion: "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: "home-assistant", version: "1" },
      },
      "tools/list": {
        tools: [{ name: "HassTurnOn", description: "Turns on", inputSchema: { type: "object" } }, {
          name: 7,
        }],
      },
      "tools/call": { content: [{ type: "text", text: '{"success": true}' }], isError: false },
    };
    return Response.json({ jsonrpc: "2.0", id, result: results[method] });
  });
  const token = await Deno.makeTempFile();
  await Deno.writeTextFile(token, "ha-token");
  {
    await using rig = await openServers({
      home: { type: "homeAssistant", url: `http://127.0.0.1:${server.addr.port}`, token: { file: token } },
    });
    const source = await rig.up();
    assertEquals(source.list().map(({ name, kind, parameters }) => ({ name, kind, parameters })), [
      { name: "HassTurnOn", kind: "act", parameters: { type: "object", properties: {} } },
    ]);
    assertEquals(await rig.call("HassTurnOn", { name: "lamp" }), { text: '{"success": true}' });
  }
  assert(seen.every((line) => / \/api\/mcp Bearer ha-token$/.test(line)), seen.join("\n"));
  await server.shutdown();
  await Deno.remove(token);
});

test("http: a secret that is not there is told before anything is opened", async () => {
  await assertRejects(
    () => openServers({ web: { type: "http", url: "http://127.0.0.1:9", token: { env: "NO_SUCH_TOKEN" } } }),
    EarshotError,
    "tools.servers.web.token",
  );
});
