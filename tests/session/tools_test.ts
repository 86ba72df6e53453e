import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import type { ToolEffect } from "../../lib/tools/mod.ts";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { type FakeAnswer, FakeLlm } from "../support/fake_llm.ts";
import { FakeTools } from "../support/fake_tools.ts";
import { HandDevice } from "../support/hand_device.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

/** Calls once, and says what came of it. */
function calling(name: string, args: unknown = {}): FakeLlm {
  return new FakeLlm({
    clock: systemClock,
    name: "builtin",
    tools: true,
    script: ({ steps = [] }): FakeAnswer => {
      const [result] = steps.at(-1)?.results ?? [];
      return result === undefined
        ? { calls: [{ id: "1", name, arguments: JSON.stringify(args) }] }
        : { text: `It says ${result.text}.` };
    },
  });
}

function gatewayWith(
  tools: FakeTools,
  llm: FakeLlm,
  agent: Readonly<Record<string, unknown>> = {},
): AnsweringGateway {
  return new AnsweringGateway({ tools: ["*"], ...agent }, {}, { llm, tools: { sources: [tools] } });
}

const type = (device: HandDevice, text: string) => device.say({ type: "listen", state: "detect", text });
const spoken = ({ log }: HandDevice) =>
  log.filter((line) => line.startsWith("tts sentence_start ")).map((line) =>
    line.slice("tts sentence_start ".length)
  );

test("a question is answered with a tool: done, told, spoken, and recorded as a step of the turn", async () => {
  const tools = new FakeTools("home").add(
    "lamp",
    { audience: "listed", approvedOnly: true },
    () => ({ text: "on" }),
  );
  await using gateway = gatewayWith(tools, calling("lamp", { room: "kitchen" }));
  await using device = await HandDevice.greet(gateway);
  type(device, "turn on the lamp");
  await device.until(() => device.log.includes("tts stop"), "the answer");
  assertEquals(spoken(device), ["It says on."]);
  assertEquals(tools.calls.map(({ name, args }) => [name, args]), [["lamp", { room: "kitchen" }]]);
  await until(() => gateway.memory.entries.length === 1, "the record");
  assertEquals(gateway.memory.entries[0]?.steps, [
    { tool: "lamp", arguments: '{"room":"kitchen"}', result: "on", status: "done" },
  ]);
  // The next turn is told of it.
  device.log.length = 0;
  type(device, "is it on");
  await device.until(() => device.log.includes("tts stop"), "the second answer");
  const past = gateway.llm.calls.at(-1)?.request.history.at(-1)?.steps;
  assertEquals(past?.[0]?.results.map(({ call, text }) => [call.name, text]), [["lamp", "on"]]);
});

test("a device that leaves in mid-call leaves nothing: a reader is canceled, and the record says so", async () => {
  const tools = new FakeTools("home").add("look", { kind: "read" }, () => new Promise(() => {}));
  await using gateway = gatewayWith(tools, calling("look"));
  {
    await using device = await HandDevice.greet(gateway);
    type(device, "look");
    await until(() => tools.calls.length === 1, "the call");
  }
  await until(() => gateway.memory.entries.length === 1, "the record");
  assertEquals(gateway.memory.entries[0]?.steps.map(({ status }) => status), ["canceled"]);
  await until(() => gateway.gateway.stats.sessions === 0, "the end");
  assertEquals(tools.calls[0]?.signal.aborted, true);
});

test("an abort in mid-call ends the answer at once, and the action that was under way is not done again", async () => {
  const done = Promise.withResolvers<void>();
  const tools = new FakeTools("home").add("blinds", {}, async () => (await done.promise, { text: "down" }));
  await using gateway = gatewayWith(tools, calling("blinds"));
  await using device = await HandDevice.greet(gateway);
  type(device, "blinds down");
  await until(() => tools.calls.length === 1, "the call");
  device.say({ type: "abort" });
  await device.until(() => device.log.includes("tts stop"), "the stop");
  assertEquals(tools.calls[0]?.signal.aborted, false);
  done.resolve();
  await until(() => gateway.memory.entries.length === 1, "the record");
  assertEquals(spoken(device), []);
});

test("words that come before the first frame: what was done is done once, and both texts are one turn", async () => {
  const tools = new FakeTools("home").add("lamp", {}, () => ({ text: "on" }));
  const gate = Promise.withResolvers<void>();
  const llm = calling("lamp");
  await using gateway = gatewayWith(tools, llm);
  gateway.voice.script = (_speech, index) => index === 0 ? { before: () => gate.promise } : {};
  await using device = await HandDevice.greet(gateway);
  type(device, "lamp on");
  await until(() => gateway.voice.asked.length === 1, "the first answer");
  type(device, "please");
  await until(() => llm.calls.length === 3, "the question again");
  gate.resolve();
  await device.until(() => device.log.includes("tts stop"), "the answer");
  assertEquals(tools.calls.length, 1);
  assertEquals(llm.calls.at(-1)?.request.question, "lamp on please");
  assertEquals(llm.calls.at(-1)?.request.steps?.length, 1);
  await until(() => gateway.memory.entries.length === 1, "one record");
  assertEquals(gateway.memory.entries[0]?.steps.map(({ status }) => status), ["done"]);
});

test("a destructive tool asks back aloud, and a yes does it", async () => {
  const tools = new FakeTools("home").add(
    "unlock",
    { kind: "destructive", title: "Unlock the door" },
    () => ({ text: "open" }),
  );
  await using gateway = gatewayWith(tools, calling("unlock"));
  await using device = await HandDevice.greet(gateway);
  type(device, "open the door");
  await device.until(() => device.log.includes("tts stop"), "the question");
  assert(
    spoken(device).join(" ").startsWith("Shall I really do this: Unlock the door?"),
    spoken(device).join(" "),
  );
  assertEquals(tools.calls.length, 0);
  device.log.length = 0;
  type(device, "yes");
  await device.until(() => device.log.includes("tts stop"), "the answer");
  assertEquals([spoken(device), tools.calls.length], [["It says open."], 1]);
});

test("a tool ends the conversation once the farewell was played", async () => {
  const effect: ToolEffect = { type: "end" };
  const tools = new FakeTools("home").add("bye", {}, () => ({ text: "bye", effect }));
  await using gateway = gatewayWith(tools, calling("bye"));
  await using device = await HandDevice.greet(gateway);
  type(device, "leave me alone");
  const { code } = await device.ended;
  assertEquals([code, spoken(device)], [1000, ["It says bye."]]);
});

test("a language model without tools is offered none", async () => {
  const llm = new FakeLlm({ clock: systemClock, name: "builtin" });
  await using gateway = gatewayWith(new FakeTools("home").add("lamp"), llm);
  await using device = await HandDevice.greet(gateway);
  type(device, "hello");
  await device.until(() => device.log.includes("tts stop"), "the answer");
  assertEquals(llm.calls[0]?.request.tools, undefined);
});

test("auto: what is typed over an answer is answered, though the device begins to listen by itself at its end", async () => {
  const llm = new FakeLlm({ clock: systemClock, name: "builtin" });
  await using gateway = new AnsweringGateway({}, {}, { llm });
  gateway.voice.script = () => ({ durationMs: 3_000 });
  await using device = await HandDevice.listen(gateway, "auto");
  type(device, "tell me a story");
  await device.until(() => device.log.includes("tts start"), "the first answer");
  type(device, "stop and tell me the time");
  await device.until(() => device.log.includes("tts stop"), "the end of the first answer");
  device.start("auto");
  await device.until(() => spoken(device).length === 2, "the second answer");
  assertEquals(llm.calls.length, 2);
});
