import { assert, assertEquals, assertMatch } from "@std/assert";
import { simulatedResult, type SimulatedTool, SimulatedToolServer } from "../../lib/device/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import type { LlmToolCall } from "../../lib/llm/mod.ts";
import { Metrics } from "../../lib/telemetry/mod.ts";
import { registerToolServerMetrics, type Tool, type ToolSource } from "../../lib/tools/mod.ts";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { FakeLlm } from "../support/fake_llm.ts";
import { FakeTools } from "../support/fake_tools.ts";
import { HandDevice } from "../support/hand_device.ts";
import { isAlive, stdioPeer } from "../support/mcp/peers.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";
import { openServers, type ServersRig } from "./servers/rig.ts";

const NOT_DONE = "That did not work.";
const DONE = "Done.";

/** A model that calls once, and has no word for what came of it. */
function wordless(call: Omit<LlmToolCall, "id">): FakeLlm {
  return new FakeLlm({
    clock: systemClock,
    name: "builtin",
    tools: true,
    script: ({ steps = [] }) => steps.length > 0 ? {} : { calls: [{ id: "1", ...call }] },
  });
}

/** Has a call made on a real gateway: what the person heard, and the numbers that are no longer zero. */
async function made(
  call: Omit<LlmToolCall, "id">,
  { sources = [], rig, device, numbers }: {
    readonly sources?: readonly ToolSource[];
    readonly rig?: ServersRig;
    readonly device?: SimulatedToolServer;
    /** Metrics, and what they come to. */
    readonly numbers: Readonly<Record<string, number>>;
  },
): Promise<{ readonly words: string; readonly told: string }> {
  const llm = wordless(call);
  await using gateway = new AnsweringGateway({ tools: ["*"] }, {}, {
    llm,
    tools: { sources: rig?.servers.sources ?? sources, ...(rig && { servers: rig.servers }) },
  });
  gateway.voice.script = () => ({ durationMs: 60 });
  await using person = await HandDevice.greet(gateway, device && { tools: device });
  if (device !== undefined) await until(() => device.methods.includes("tools/list"), "the tools");
  await person.settled();
  const shown = async () => (await (await fetch(gateway.http("/metrics"))).text()).split("\n");
  for (const name of Object.keys(numbers)) {
    assert((await shown()).some((line) => line.startsWith(`${name} `)), `${name} is not there before`);
  }
  person.say({ type: "listen", state: "detect", text: "do it" });
  await person.until(() => person.log.includes("tts stop"), "the end of the answer");
  for (const [name, value] of Object.entries(numbers)) {
    await until(async () => (await shown()).includes(`${name} ${value}`), `${name} ${value}`);
  }
  const words = person.heard.filter(({ state }) => state === "sentence_start").map(({ text }) => text);
  const [result] = llm.calls.at(-1)?.request.steps?.at(-1)?.results ?? [];
  return { words: words.join(" "), told: result?.text ?? "" };
}

const counted = (source: string, outcome: string) =>
  `earshot_tool_calls_total{source="${source}",outcome="${outcome}"}`;
const lamp = (tool: Partial<Tool> = {}, text = "on") =>
  new FakeTools("home").add("lamp", tool, () => ({ text }));
const LEVEL = {
  parameters: { type: "object", properties: { level: { type: "integer" } }, required: ["level"] },
};

test("bad input: a tool that does not exist has words for the person, and is counted", async () => {
  const { words, told } = await made({ name: "nowhere", arguments: "{}" }, {
    sources: [lamp()],
    numbers: { [counted("none", "unknown")]: 1 },
  });
  assertEquals([words, told], [NOT_DONE, "Error: there is no tool nowhere."]);
});

test("bad input: arguments that are broken JSON or of another type have words, are counted, and reach no tool", async () => {
  for (const json of ["{", '{"level":', "[1]", '{"level":"loud"}', '{"level":{}}', "{}", '"x"']) {
    const source = lamp(LEVEL);
    const { words, told } = await made({ name: "lamp", arguments: json }, {
      sources: [source],
      numbers: { [counted("home", "arguments")]: 1 },
    });
    assertEquals([words, source.calls.length], [NOT_DONE, 0], json);
    assert(told.startsWith("Error: Cannot call lamp with these arguments"), told);
  }
});

test("bad input: a result of 10 MB has words, 4 KB of it are told, and it is counted", async () => {
  const { words, told } = await made({ name: "lamp", arguments: "{}" }, {
    sources: [lamp({}, "x".repeat(10_000_000))],
    numbers: { [counted("home", "done")]: 1, earshot_tool_results_cut_total: 1 },
  });
  assertEquals([words, new TextEncoder().encode(told).length], [DONE, 4_096]);
});

test("bad input: an MCP server that gives 10 MB, prints garbage, or nothing else, has words and is counted", async () => {
  await using garbage = await openServers({ peer: stdioPeer(["garbage"]) });
  await garbage.up();
  const flood = await made({ name: "flood", arguments: "{}" }, {
    rig: garbage,
    numbers: {
      [counted("peer", "failed")]: 1,
      [`earshot_tool_server_up{server="peer"}`]: 1,
      earshot_tool_process_restarts_total: 0,
    },
  });
  assertEquals([flood.words, flood.told], [NOT_DONE, "the result is larger than 1 MiB"]);
  const echo = await made({ name: "echo", arguments: '{"text":"hello"}' }, {
    rig: garbage,
    numbers: { [counted("peer", "done")]: 1 },
  });
  assertEquals([echo.words, echo.told], [DONE, "hello"]);
  await using only = await openServers({ log: stdioPeer(["only-garbage"]) });
  await only.up().then(undefined, () => {});
  const none = await made({ name: "echo", arguments: "{}" }, {
    rig: only,
    numbers: { [counted("none", "unknown")]: 1, [`earshot_tool_server_up{server="log"}`]: 0 },
  });
  assertEquals(none.words, NOT_DONE);
  const metrics = new Metrics();
  registerToolServerMetrics(metrics, only.servers);
  assertMatch(await metrics.text(), /^earshot_tool_server_failed_starts_total\{server="log"\} [1-9]/m);
});

test("bad input: an MCP server that dies in a call, and ignores SIGTERM, has words, is counted, and is ended for good", async () => {
  await using rig = await openServers({ peer: stdioPeer(["deaf"]) });
  await rig.up();
  const { words } = await made({ name: "die", arguments: "{}" }, {
    rig,
    numbers: { [counted("peer", "failed")]: 1, [`earshot_tool_server_restarts_total{server="peer"}`]: 1 },
  });
  assertEquals(words, NOT_DONE);
  await rig.up();
  const pids = [...rig.servers.process.commandPids];
  assertEquals(pids.length, 1);
  const { failed, timedOut } = await rig.scope.close();
  assertEquals([failed, timedOut], [[], []]);
  await until(() => !pids.some(isAlive), "the server is gone");
});

test("bad input: a device that answers another id, twice, or too late has words, and is counted", async () => {
  const stray = (reason: string) => `earshot_device_mcp_stray_answers_total{reason="${reason}"}`;
  const content = { content: [{ type: "text", text: "once" }] };
  const odd = (tool: Partial<SimulatedTool>) =>
    new SimulatedToolServer({ tools: [{ name: "self.odd", description: "Odd.", ...tool }] });
  const CALL = { name: "self_odd", arguments: "{}" };
  const twice = made(CALL, {
    device: odd({
      reply: (id) => {
        const { payloads } = simulatedResult(id, content);
        return { payloads: [...payloads, ...payloads] };
      },
    }),
    numbers: { [counted("device", "done")]: 1, [stray("repeated")]: 1 },
  });
  const both = made(CALL, {
    device: odd({
      reply: (id) => ({ payloads: [id + 50, id].flatMap((each) => simulatedResult(each, content).payloads) }),
    }),
    numbers: { [counted("device", "done")]: 1, [stray("unknown")]: 1 },
  });
  // Given up after 10 s, whether the answer comes later or never.
  const other = made(CALL, {
    device: odd({ reply: (id) => simulatedResult(id + 50, content) }),
    numbers: { [counted("device", "timeout")]: 1, [stray("unknown")]: 1 },
  });
  const late = made(CALL, {
    device: odd({ reply: (id) => ({ ...simulatedResult(id, content), afterMs: 10_500 }) }),
    numbers: { [counted("device", "timeout")]: 1, [stray("late")]: 1 },
  });
  const results = await Promise.all([twice, both, other, late]);
  assertEquals(results.map(({ words }) => words), [DONE, DONE, NOT_DONE, NOT_DONE]);
  assertEquals(results.slice(0, 2).map(({ told }) => told), ["once", "once"]);
});
