import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  SimulatedDevice,
  simulatedError,
  simulatedResult,
  SimulatedSpeaker,
  type SimulatedTool,
  SimulatedToolServer,
  type SimulatedToolsOptions,
  USER_TOOLS,
} from "../../../lib/device/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import type { ServerMessage } from "../../../lib/protocol/mod.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { openGateway, type TestGateway, testTransports } from "../../support/test_gateway.ts";
import { NEVER } from "./device_rig.ts";
import { OpenedTools } from "./opened_tools.ts";

const DEVICE = { deviceId: "02:00:00:00:00:01", clientId: "client" };

const tool = (name: string, more: Partial<SimulatedTool> = {}): SimulatedTool => ({
  name,
  description: "A tool",
  ...more,
});

/** A device with tools at a gateway, and what it heard. */
async function connect(gateway: TestGateway, options: SimulatedToolsOptions) {
  const heard: ServerMessage["type"][] = [];
  const tools = new SimulatedToolServer(options);
  const device = await SimulatedDevice.connect({
    url: gateway.url,
    ...DEVICE,
    tools,
    onMessage: ({ message }) => heard.push(message.type),
  }, NEVER);
  return { device, tools, heard };
}

/** The value of a metric of the gateway. */
async function metric(gateway: TestGateway, name: string): Promise<number> {
  const text = await (await fetch(gateway.http("/metrics"))).text();
  return Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.slice(name.length));
}

/** Waits until the gateway's numbers say so; they are at most 250 ms old. */
async function metricIs(gateway: TestGateway, name: string, value: number): Promise<void> {
  for (let tries = 0; await metric(gateway, name) !== value; tries++) {
    assert(tries < 40, `${name} is not ${value}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

testTransports(
  "device tools over the wire: listed after the hello, called, louder, and a picture",
  async (http) => {
    using opened = new OpenedTools();
    await using gateway = await openGateway(http);
    const speaker = new SimulatedSpeaker();
    const many = Array.from({ length: 50 }, (_, at) => tool(`self.t${at}`, { description: "d".repeat(400) }));
    const photo = tool("self.camera.take_photo", {
      run: () => ({ mimeType: "image/jpeg", data: "QUJDRA==" }),
    });
    const { device, tools, heard } = await connect(gateway, {
      tools: [...speaker.tools, photo, ...many, ...USER_TOOLS],
    });
    await using _ = device;
    await gateway.until(() => opened.last.list().length === 54, "all pages of the list");
    assertEquals(heard.slice(0, 3), ["hello", "mcp", "mcp"]);
    assertEquals(tools.methods.slice(0, 2), ["initialize", "tools/list"]);
    assert(tools.methods.length > 3);
    assertEquals(await opened.last.call("change_volume", { direction: "up" }, NEVER), {
      text: `{"volume":85}`,
    });
    assertEquals(speaker.volume, 85);
    assertEquals(await opened.last.call("self.camera.take_photo", {}, NEVER), {
      text: "A picture was taken (image/jpeg, 4 bytes).",
    });
    const all = await opened.last.listForOperator(NEVER);
    assertEquals(all.filter(({ audience }) => audience === "operator").map(({ name }) => name), [
      "self.reboot",
      "self.upgrade_firmware",
    ]);
    await metricIs(gateway, `earshot_device_mcp_calls_total{outcome="ok"}`, 3);
    assertEquals(await metric(gateway, `earshot_device_mcp_lists_total{outcome="whole"}`), 1);
    assertEquals(await metric(gateway, "earshot_device_mcp_lists_cached"), 1);
    assert(await metric(gateway, "earshot_device_mcp_list_bytes") > 20_000);
  },
);

testTransports(
  "device tools over the wire: odd answers are counted, and the session goes on",
  async (http) => {
    using opened = new OpenedTools();
    await using gateway = await openGateway(http);
    const { device } = await connect(gateway, {
      tools: [
        tool("quotes", { reply: (id) => simulatedError(id, `no "such" thing`) }),
        tool("twice", {
          reply: (id) => {
            const { payloads } = simulatedResult(id, { content: [{ type: "text", text: "once" }] });
            return { payloads: [...payloads, ...payloads] };
          },
        }),
        tool("other", {
          reply: (id) => ({
            payloads: [id + 50, id].flatMap((each) => simulatedResult(each, `for ${each}`).payloads),
          }),
        }),
        tool("rubbish", {
          reply: (id) => ({
            payloads: [`{"id":`, "7", "[]", "{}", ...simulatedResult(id, "after").payloads],
          }),
        }),
        tool("good"),
      ],
    });
    await using _ = device;
    await gateway.until(() => opened.last.list().length === 5, "the list");
    const call = (name: string) => opened.last.call(name, {}, NEVER);
    assertEquals(await call("quotes"), { text: `no "such" thing`, failed: true });
    assertEquals(await call("twice"), { text: "once" });
    assert((await call("other")).text.startsWith("for "));
    assertEquals(await call("rubbish"), { text: "after" });
    assertEquals(await call("good"), { text: "true" });
    const stray = (reason: string) => `earshot_device_mcp_stray_answers_total{reason="${reason}"}`;
    await metricIs(gateway, stray("unknown"), 1);
    await metricIs(gateway, stray("repeated"), 1);
    await metricIs(gateway, stray("unescaped"), 1);
    await metricIs(gateway, stray("malformed"), 1);
    // What is no payload is an invalid message, as any other.
    assertEquals(gateway.gateway.stats.counters.messagesInvalid, 3);
    assertEquals(gateway.gateway.stats.sessions, 1);
  },
);

testTransports(
  "device tools over the wire: a device that comes again has its tools at once",
  async (http) => {
    using opened = new OpenedTools();
    await using gateway = await openGateway(http);
    const first = await connect(gateway, { tools: [tool("a")] });
    await gateway.until(() => opened.last.list().length === 1, "the list");
    await first.device.close();
    const second = await connect(gateway, { tools: [tool("a")], initializeMs: 60_000 });
    await using _ = second.device;
    assertEquals([opened.all.length, opened.last.list().map(({ name }) => name)], [2, ["a"]]);
  },
);

testTransports(
  "device tools over the wire: who leaves or is closed in the middle rejects its calls at once",
  async (http) => {
    using opened = new OpenedTools();
    await using gateway = await openGateway(http);
    const slow = { tools: [tool("slow", { afterMs: 60_000 })] };
    const silent = { tools: [tool("slow")], initializeMs: "never" } as const;
    const listing = { tools: [tool("slow")], onList: () => ({ payloads: [] }) };
    for (const options of [slow, silent, listing]) {
      const { device, tools } = await connect(gateway, options);
      let call: Promise<unknown> | undefined;
      if (options === slow) {
        await gateway.until(() => opened.last.list().length === 1, "the list");
        call = assertRejects(() => opened.last.call("slow", {}, NEVER), EarshotError);
        await gateway.until(() => tools.calls.length === 1, "the call");
      } else {
        await gateway.until(() => tools.methods.length === (options === silent ? 1 : 2), "the question");
      }
      const startedMs = performance.now();
      device.drop();
      if (call !== undefined) assertEquals((await call as EarshotError).code, "tool.unavailable");
      await gateway.until(() => gateway.gateway.stats.sessions === 0, "the end of the session");
      assert(performance.now() - startedMs < 1_000);
      await device.closed;
    }
    // The same where the gateway closes.
    const { device, tools } = await connect(gateway, slow);
    await gateway.until(() => opened.last.list().length === 1, "the list");
    const call = assertRejects(() => opened.last.call("slow", {}, NEVER), EarshotError);
    await gateway.until(() => tools.calls.length === 1, "the call");
    const report = await gateway.scope.close();
    assertEquals([(await call).code, report.failed, report.timedOut], ["tool.unavailable", [], []]);
    await device.close();
  },
);

testTransports(
  "device tools over the wire: a device without tools is asked nothing, whatever it sends",
  async (http) => {
    await using gateway = await openGateway(http);
    await using device = await HandDevice.greet(gateway);
    device.say({ type: "mcp", payload: { jsonrpc: "2.0", id: 1, result: {} } });
    device.say({ type: "mcp", payload: { jsonrpc: "2.0", id: 1, method: "tools/list" } });
    device.say(`{"type":"mcp","payload":{"jsonrpc":"2.0","id":1,"error":{"message":"a"b"}}}`);
    await device.settled();
    assertEquals(device.said, ["hello"]);
    await metricIs(gateway, `earshot_device_mcp_stray_answers_total{reason="unknown"}`, 1);
    assertEquals(gateway.gateway.stats.counters.messagesInvalid, 1);
  },
);

testTransports(
  "device tools over the wire: a flood of answers costs a counter each, and others nothing",
  async (http) => {
    using opened = new OpenedTools();
    await using gateway = await openGateway(http);
    await using flooder = await HandDevice.open(gateway);
    flooder.say({ type: "hello", features: { mcp: true } });
    await flooder.until(() => flooder.heard.length === 2, "initialize");
    for (let id = 100; id < 600; id++) {
      flooder.say({
        type: "mcp",
        payload: { jsonrpc: "2.0", id, result: "x" },
      });
    }
    const { device } = await connect(gateway, { tools: [tool("good")] });
    await using _ = device;
    await gateway.until(() => opened.last.list().length === 1, "the list");
    assertEquals(await opened.last.call("good", {}, NEVER), { text: "true" });
    await metricIs(gateway, `earshot_device_mcp_stray_answers_total{reason="unknown"}`, 500);
  },
);
