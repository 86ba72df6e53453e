import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { openOutboundSockets } from "../../../lib/net/mod.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";
import { openServers } from "./rig.ts";

/** What mcp-endpoint-server does: it drops what has id 0, and answers -32001 while nothing has joined. */
function accessPoint() {
  const state = { joined: true, ids: [] as unknown[], paths: [] as string[], silent: false };
  const sockets = new Set<WebSocket>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    state.paths.push(pathname + search);
    const { socket, response } = Deno.upgradeWebSocket(request);
    sockets.add(socket);
    socket.onclose = () => void sockets.delete(socket);
    socket.onmessage = ({ data }) => {
      const { id, method, params } = JSON.parse(data);
      if (id === undefined || state.silent) return;
      state.ids.push(id);
      if (!id) return;
      const send = (answer: unknown) =>
        socket.send(JSON.stringify({ jsonrpc: "2.0", id, ...Object(answer) }));
      if (!state.joined) return send({ error: { code: -32001, message: "tool not connected" } });
      if (method === "initialize") {
        return send({ result: { protocolVersion: "2024-11-05", capabilities: {} } });
      }
      if (method === "tools/list") {
        return send({
          result: { tools: [{ name: "calc", description: "", inputSchema: { type: "object" } }] },
        });
      }
      if (params.arguments.text === "broken") return socket.send('{"jsonrpc":"2.0","id":');
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: 999, result: {} }));
      send({ result: { content: [{ type: "text", text: "42" }] } });
      send({ result: { content: [{ type: "text", text: "twice" }] } });
    };
    return response;
  });
  return {
    state,
    url: `ws://127.0.0.1:${server.addr.port}/mcp_endpoint/mcp/?token=abc`,
    drop: () => sockets.forEach((socket) => socket.close()),
    close: async () => {
      sockets.forEach((socket) => socket.close());
      await server.shutdown();
    },
  };
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "ok", (error) => EarshotError.from(error).code);
}

test("accessPoint: calls at /call/ with ids from 1; other ids, second answers and broken JSON harm nothing", async () => {
  const point = accessPoint();
  {
    await using rig = await openServers({ xiaozhi: { type: "accessPoint", url: point.url } });
    await rig.up();
    assertEquals(await rig.call("calc"), { text: "42" });
    assertEquals(await codeOf(rig.call("calc", { text: "broken" }, 200)), "canceled");
    assertEquals(await rig.call("calc"), { text: "42" });
    assertEquals(point.state.ids.slice(0, 3), [1, 2, 3]);
    assertEquals(point.state.paths, ["/mcp_endpoint/call/?token=abc"]);
  }
  await until(() => openOutboundSockets() === 0, "no socket");
  await point.close();
});

test("accessPoint: nothing joined is told as that, a dropped socket is opened again", async () => {
  const point = accessPoint();
  point.state.joined = false;
  {
    await using rig = await openServers({ xiaozhi: { type: "accessPoint", url: point.url } });
    assertEquals(await codeOf(rig.up()), "tool.unavailable");
    assert(rig.servers.stats[0]?.fault?.message.includes("nothing that has tools"));
    point.state.joined = true;
    await rig.up();
    assertEquals(await rig.call("calc"), { text: "42" });
    const call = codeOf(rig.call("calc", { text: "broken" }));
    point.drop();
    assertEquals(await call, "tool.unavailable");
    await rig.up();
    assertEquals(await rig.call("calc"), { text: "42" });
  }
  await until(() => openOutboundSockets() === 0, "no socket");
  await point.close();
});

test("accessPoint: closed while it is silent", async () => {
  const point = accessPoint();
  point.state.silent = true;
  const rig = await openServers({ xiaozhi: { type: "accessPoint", url: point.url } });
  await until(() => point.state.paths.length === 1, "the socket");
  const report = await rig.scope.close();
  assertEquals(report.total, report.ok);
  await until(() => openOutboundSockets() === 0, "no socket");
  await point.close();
});
