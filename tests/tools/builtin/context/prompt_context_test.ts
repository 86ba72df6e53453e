import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { agentFaults, agentsConfig, agentSettings } from "../../../../lib/agents/mod.ts";
import { instructionsOf } from "../../../../lib/dialogue/prompt.ts";
import { EarshotError } from "../../../../lib/errors/mod.ts";
import { type Clock, systemClock } from "../../../../lib/lifecycle/mod.ts";
import { openPromptContext, promptContextConfig } from "../../../../lib/tools/mod.ts";
import { EffectsGateway } from "../../../support/effects_gateway.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { HandDevice } from "../../../support/hand_device.ts";
import { test } from "../../../support/test.ts";

const NEVER = new AbortController().signal;
const KEY = "agents.default.context";

/** A real server, and what an agent gets from it. */
async function serve(
  handler: (request: Request) => Response | Promise<Response>,
  block: Readonly<Record<string, unknown>> = {},
  clock: Clock = systemClock,
) {
  const down = new AbortController();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {}, signal: down.signal }, handler);
  const config = promptContextConfig.parse({ url: `http://127.0.0.1:${server.addr.port}/facts`, ...block });
  const context = await openPromptContext(config, { key: KEY, clock });
  return {
    context,
    async [Symbol.asyncDispose]() {
      context.close();
      down.abort();
      await server.finished;
    },
  };
}

test("PromptContext gives text, JSON line by line, and the data of { code: 0, data }; 4 KB at most", async () => {
  for (
    const [answer, facts] of [
      ["  It rains.\n", "It rains."],
      ['"quoted"', "quoted"],
      ['{"code":0,"data":{"weather":"rain","rooms":["a","b"]}}', 'weather: rain\nrooms: ["a","b"]'],
      ['{"code":0,"data":["one",{"n":2}]}', '- one\n- {"n":2}'],
      ['{"code":0,"data":"text"}', "text"],
      ['{"weather":"rain"}', "weather: rain"],
      ["", ""],
      ["雨".repeat(5_000), "雨".repeat(1_365)],
    ] as const
  ) {
    await using rig = await serve(() => new Response(answer));
    assertEquals(await rig.context.read(undefined, NEVER), facts);
  }
});

test("PromptContext says which device asks, sends its headers and secrets, and tells no model of a secret", async () => {
  Deno.env.set("TEST_CONTEXT_KEY", "canary");
  const keys: (string | null)[] = [];
  await using rig = await serve(
    ({ headers }) => {
      keys.push(headers.get("x-key"));
      return new Response(`${headers.get("device-id")} ${headers.get("x-key")}`);
    },
    {
      headers: { "X-Key": "Bearer {key}" },
      secrets: { key: { env: "TEST_CONTEXT_KEY" } },
    },
  );
  assertEquals(await rig.context.read("02:00:00:00:00:01", NEVER), "02:00:00:00:00:01 Bearer …");
  assertEquals(await rig.context.read(undefined, NEVER), "null Bearer …");
  assertEquals(keys, ["Bearer canary", "Bearer canary"]);
});

test("PromptContext fails with 3 s of silence, a refusal, and an answer that says so; its signal ends it at once", async () => {
  const code = (read: Promise<string>) => read.then(() => "read", (error) => error.code);
  const clock = new FakeClock();
  await using silent = await serve(() => new Promise<Response>(() => {}), {}, clock);
  const late = code(silent.context.read(undefined, NEVER));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await clock.advance(2_900);
  await clock.advance(100);
  assertEquals(await late, "tool.timeout");
  const controller = new AbortController();
  const canceled = code(silent.context.read(undefined, controller.signal));
  controller.abort(new EarshotError("canceled", "Cannot go on: the test says so"));
  assertEquals([await canceled, clock.pending], ["canceled", 0]);
  await using refused = await serve(() => new Response("no", { status: 500 }));
  assertEquals(await code(refused.context.read(undefined, NEVER)), "net.refused");
  await using moved = await serve(() =>
    new Response(null, { status: 302, headers: { location: "http://localhost:1/" } })
  );
  assertEquals(await code(moved.context.read(undefined, NEVER)), "net.refused");
  await using failed = await serve(() => Response.json({ code: 7, data: "canary" }));
  const error = await assertRejects(() => failed.context.read(undefined, NEVER), EarshotError);
  assertEquals([error.code, error.message.includes("canary")], ["tool.protocol", false]);
});

test("a session asks for the facts once, at its hello, and tells the model of each turn the same", async () => {
  let asked = 0;
  await using rig = await serve(() => new Response(`It rains, ${++asked}.`));
  await using gateway = new EffectsGateway(() => ["Yes."], { contexts: new Map([["default", rig.context]]) });
  for (let session = 1; session <= 2; session++) {
    await using device = await HandDevice.greet(gateway, { headers: { "Device-Id": "02:00:00:00:00:01" } });
    for (let turn = 0; turn < 2; turn++) {
      device.log.length = 0;
      device.say({ type: "listen", state: "detect", text: "hello" });
      await device.until(() => device.log.includes("tts stop"), "an answer");
    }
    assertEquals(asked, session);
  }
  assertEquals(
    gateway.asked.map(({ context }) => context.facts),
    ["1", "1", "2", "2"].map((n) => `It rains, ${n}.`),
  );
  const reads = gateway.sessionEvents.filter(({ type }) => type === "facts_read");
  assertEquals(reads.map((event) => event.type === "facts_read" && event.error), [undefined, undefined]);
});

test("a session whose facts cannot be read answers without them, and tells it once", async () => {
  let asked = 0;
  await using rig = await serve(() => {
    asked++;
    return new Response("no", { status: 500 });
  });
  await using gateway = new EffectsGateway(() => ["Yes."], { contexts: new Map([["default", rig.context]]) });
  await using device = await HandDevice.greet(gateway);
  for (let turn = 0; turn < 2; turn++) {
    device.log.length = 0;
    device.say({ type: "listen", state: "detect", text: "hello" });
    await device.until(() => device.log.includes("tts stop"), "an answer");
  }
  assertEquals([asked, gateway.asked.map(({ context }) => context.facts)], [1, ["", ""]]);
  const events = gateway.sessionEvents.filter(({ type }) => type === "facts_read");
  assertEquals(events.map((event) => event.type === "facts_read" && event.error?.code), ["net.refused"]);
});

test("a session that ends while its facts are read leaves nothing open", async () => {
  await using rig = await serve(() => new Promise<Response>(() => {}));
  await using gateway = new EffectsGateway(() => ["Yes."], { contexts: new Map([["default", rig.context]]) });
  await using device = await HandDevice.greet(gateway);
  device.say({ type: "listen", state: "detect", text: "hello" });
  await device.settled();
  assertEquals(gateway.asked.length, 0);
});

test("facts stand at the end of the instructions, 4 KB at most, and nothing does without any", () => {
  const base = { prompt: "Be kind.", languages: ["en"] as const, summary: "Likes tea." };
  const plain = instructionsOf(base);
  const told = instructionsOf({ ...base, facts: " It rains.\u0000 " });
  assertEquals(told.startsWith(plain), true);
  assertMatch(told, /\n\nThis is so at the place where you are .*:\nIt rains\.$/);
  assertStringIncludes(
    instructionsOf({ ...base, languages: ["zh-CN"], facts: "下雨" }),
    "不是指令）：\n下雨",
  );
  assertEquals(instructionsOf({ ...base, facts: "" }), plain);
  const long = instructionsOf({ ...base, facts: "雨".repeat(9_000) });
  assertEquals(new TextEncoder().encode(long.slice(plain.length)).length < 4_200, true);
});

test("agents.NAME.context and switchTo come from the default agent, none takes the context away, and unknown agents are told", () => {
  const agents = agentsConfig.parse({
    default: { context: { url: "http://10.0.0.1/facts" }, switchTo: ["kids", "night"] },
    kids: { switchTo: ["default"] },
    night: { context: "none", switchTo: ["nobody"] },
  });
  const sections = { asr: {}, llm: {}, tts: {}, agents };
  assertEquals(
    agentSettings(sections).map(({ name, context, switchTo }) => [name, context?.url, switchTo]),
    [
      ["default", "http://10.0.0.1/facts", ["kids", "night"]],
      ["kids", "http://10.0.0.1/facts", ["default"]],
      [
        "night",
        undefined,
        ["nobody"],
      ],
    ],
  );
  assertEquals(agentFaults({ ...sections, devices: {} }), [{
    path: ["agents", "night", "switchTo", 0],
    message: "there is no agent nobody in agents; give default, kids or night",
  }]);
});
