import { assertEquals } from "@std/assert";
import { configOf } from "../support/config_of.ts";
import { HandDevice } from "../support/hand_device.ts";
import { ScriptedService } from "../support/scripted_service.ts";
import { test } from "../support/test.ts";
import { composeAgents } from "../../lib/app/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { TestGateway } from "../support/test_gateway.ts";

const KITCHEN = "02:00:00:aa:bb:cc";
const BLOCKS = { one: { type: "vosk" }, two: { type: "vosk", endpointing: "vad" } };

test("Agents.of: a device has the agent that the config gives it, every other the default one", () => {
  const config = configOf({
    asr: BLOCKS,
    agents: { default: { asr: "one" }, kids: { asr: "two", language: "zh-CN" } },
    devices: { [KITCHEN]: { agent: "kids" } },
  });
  const providers = new Map(["one", "two"].map((name) => [name, new ScriptedService()]));
  const services = { recognizers: providers, llms: new Map(), voices: new Map() };
  const { agents, asr } = composeAgents(config, services, { clock: systemClock });
  assertEquals(agents.of(KITCHEN).name, "kids");
  assertEquals([agents.of(KITCHEN).languages[0], agents.of(KITCHEN).pipeline.endpointing], ["zh-CN", "vad"]);
  for (const id of [undefined, "02:00:00:00:00:01", "toString"]) assertEquals(agents.of(id).name, "default");
  assertEquals(asr.length, 2);
});

test("a device is heard by its own agent's recognizer, in its language", async () => {
  const services = { one: new ScriptedService(), two: new ScriptedService() };
  await using gateway = new TestGateway(new FakeEngine(), {
    asr: BLOCKS,
    agents: { default: { asr: "one" }, kids: { asr: "two", language: "zh-CN" } },
    devices: { [KITCHEN]: { agent: "kids" } },
  }, { recognizers: new Map(Object.entries(services)) });
  await using device = await HandDevice.listen(gateway, "auto", { headers: { "Device-Id": KITCHEN } });
  device.speak(600);
  await gateway.until(() => services.two.streams.length === 1, "a stream at the agent's recognizer");
  assertEquals([services.two.stream.options.language, services.one.streams.length], ["zh-CN", 0]);
});
