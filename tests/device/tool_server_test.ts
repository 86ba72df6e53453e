import { assert, assertEquals } from "@std/assert";
import {
  McpReplies,
  SimulatedDevice,
  simulatedResult,
  SimulatedSpeaker,
  SimulatedToolServer,
  USER_TOOLS,
} from "../../lib/device/mod.ts";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { HELLO, ScriptedGateway } from "./scripted_gateway.ts";

/** What a server says to a request, parsed. */
function ask(server: SimulatedToolServer, method: string, params: JsonObject = {}, id: unknown = 1): unknown {
  const { payloads } = server.answer({ jsonrpc: "2.0", id, method, params });
  return payloads.length === 0 ? undefined : JSON.parse(payloads[0] ?? "");
}

// deno-lint-ignore no-explicit-any -- parsed JSON, which the test takes apart
const pageOf = (answer: unknown): any => (answer as any).result;

test("SimulatedToolServer: takes numbers as ids alone, and says nothing to notifications", () => {
  const server = new SimulatedToolServer({ tools: [], version: "3.1" });
  for (const id of ["1", null, {}]) assertEquals(ask(server, "initialize", {}, id), undefined);
  assertEquals(ask(server, "notifications/initialized"), undefined);
  assertEquals(server.answer({ jsonrpc: "2.0", id: 1, method: "initialize", params: [] }).payloads, []);
  assertEquals(server.answer({ id: 1, method: "initialize" }).payloads, []);
  assertEquals(ask(server, "initialize", { capabilities: { vision: { url: "u", token: "t" } } }), {
    jsonrpc: "2.0",
    id: 1,
    result: {
      protocolVersion: "2024-11-05",
      capabilities: { tools: {} },
      serverInfo: { name: "simulated", version: "3.1" },
    },
  });
  assertEquals(server.vision, { url: "u", token: "t" });
  assertEquals(ask(server, "resources/list"), {
    jsonrpc: "2.0",
    id: 1,
    error: { message: "Method not implemented: resources/list" },
  });
});

test("SimulatedToolServer: a page has at most 8,000 bytes, and a tool that fits none or an unknown cursor is an error", () => {
  const tools = Array.from({ length: 30 }, (_, at) => ({ name: `t${at}`, description: "d".repeat(700) }));
  const server = new SimulatedToolServer({ tools });
  const names: string[] = [];
  let pages = 0;
  for (let cursor: unknown = ""; cursor !== undefined; pages++) {
    const answer = ask(server, "tools/list", { cursor });
    assert(JSON.stringify(answer).length < 8_200);
    const page = pageOf(answer);
    for (const { name } of page.tools) names.push(name);
    if (page.nextCursor !== undefined) assertEquals(page.nextCursor, `t${names.length}`);
    cursor = page.nextCursor;
  }
  assertEquals([names, pages > 2], [tools.map(({ name }) => name), true]);
  const failed = (answer: unknown) => JSON.stringify(answer).includes("payload size limit");
  assert(failed(ask(server, "tools/list", { cursor: "none" })));
  assert(
    failed(
      ask(new SimulatedToolServer({ tools: [{ name: "a", description: "d".repeat(9_000) }] }), "tools/list"),
    ),
  );
});

test("SimulatedToolServer: user tools are listed only where they are asked for", () => {
  const server = new SimulatedToolServer({ tools: [...new SimulatedSpeaker().tools, ...USER_TOOLS] });
  assertEquals(pageOf(ask(server, "tools/list")).tools.length, 2);
  const all = pageOf(ask(server, "tools/list", { withUserTools: true })).tools;
  assertEquals(all.length, 4);
  assertEquals(all[3], {
    name: "self.upgrade_firmware",
    description: "Upgrade firmware from a specific URL.",
    inputSchema: { type: "object", properties: { url: { type: "string" } }, required: ["url"] },
    annotations: { audience: ["user"] },
  });
});

test("SimulatedToolServer: an argument of another type counts as missing, and what is out of range is an error", () => {
  const speaker = new SimulatedSpeaker();
  const server = new SimulatedToolServer({
    tools: [...speaker.tools, {
      name: "light",
      description: "",
      properties: {
        on: { type: "boolean" },
        color: { type: "string", default: "white" },
        level: { type: "integer", minimum: 1, default: 5 },
      },
      run: (args) => args,
    }],
  });
  const call = (name: string, args: JsonObject) => {
    const answer = JSON.stringify(ask(server, "tools/call", { name, arguments: args }));
    return /"message":"([^"]*)"/.exec(answer)?.[1] ??
      /"text":"(.*?)"\}\]/.exec(answer)?.[1]?.replaceAll("\\", "");
  };
  assertEquals(call("self.audio_speaker.set_volume", { volume: 30 }), "true");
  assertEquals(speaker.volume, 30);
  assertEquals(call("self.audio_speaker.set_volume", { volume: "30" }), "Missing valid argument: volume");
  assertEquals(call("self.audio_speaker.set_volume", { volume: 101 }), "Value exceeds maximum allowed: 100");
  assertEquals(call("light", { on: "yes" }), "Missing valid argument: on");
  assertEquals(call("light", { on: true, color: 7, level: 0 }), "Value is below minimum allowed: 1");
  assertEquals(call("light", { on: true, color: 7 }), `{"on":true,"color":"white","level":5}`);
  assertEquals(call("none", {}), "Unknown tool: none");
});

test("McpReplies: one thing after the other, and nothing once it is closed", async () => {
  const clock = new FakeClock();
  const sent: string[] = [];
  const server = new SimulatedToolServer({
    tools: [{ name: "slow", description: "", afterMs: 1_000, reply: (id) => simulatedResult(id, "slow") }, {
      name: "quick",
      description: "",
      reply: (id) => simulatedResult(id, "quick"),
    }],
  });
  const replies = new McpReplies(server, { clock, send: (payload) => sent.push(JSON.parse(payload).result) });
  const call = (name: string, id: number) =>
    replies.receive({ jsonrpc: "2.0", id, method: "tools/call", params: { name } });
  call("slow", 1);
  call("quick", 2);
  assertEquals(sent, []);
  await clock.advance(1_000);
  assertEquals(sent, ["slow", "quick"]);
  for (let id = 3; id < 100; id++) call("slow", id);
  await clock.advance(100_000);
  assertEquals(sent.length, 2 + 33);
  call("slow", 100);
  replies.close();
  replies.close();
  call("quick", 101);
  await clock.advance(10_000);
  assertEquals([sent.length, clock.pending], [35, 0]);
});

test("SimulatedDevice: with tools its hello says so, and it answers what it is asked, word for word", async () => {
  const asked = (id: number, name: string) => ({
    type: "mcp" as const,
    payload: { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: {} } },
  });
  await using gateway = new ScriptedGateway((heard, caller) => {
    if ("type" in heard && heard.type === "hello") caller.send(HELLO, asked(1, "a"), asked(2, "slow"));
  });
  await using device = await SimulatedDevice.connect({
    url: gateway.url,
    tools: new SimulatedToolServer({
      tools: [{ name: "a", description: "" }, { name: "slow", description: "", afterMs: 60_000 }],
    }),
  }, new AbortController().signal);
  await gateway.until(() => gateway.heard.length > 1);
  assertEquals(gateway.heard.map((heard) => typeof heard === "number" ? heard : heard.type), [
    "hello",
    "mcp",
  ]);
  const [hello, answer] = gateway.heard;
  assert(typeof hello === "object" && hello.type === "hello" && hello.features.mcp);
  assertEquals(answer, {
    type: "mcp",
    payload: { jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text: "true" }], isError: false } },
  });
  // What is under way does not keep it.
  const report = await device.close();
  assertEquals([report.failed, report.timedOut], [[], []]);
});
