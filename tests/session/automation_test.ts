import { assertEquals } from "@std/assert";
import { automationConfig, type AutomationFacts } from "../../lib/automation/mod.ts";
import type { ErrorCode } from "../../lib/errors/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { configOf } from "../support/config_of.ts";
import { FakeVoiceprint } from "../support/fake_voiceprint.ts";
import { HandDevice } from "../support/hand_device.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

const KITCHEN = "02:00:00:aa:bb:cc";
const BROKER = automationConfig.parse({ mqtt: { url: "mqtt://broker.lan" } });
const detect = (text: string) => ({ type: "listen", state: "detect", text });

const VOICEPRINT = {
  url: "http://127.0.0.1:9",
  apiKey: { env: "K" },
  speakers: [{ id: "u-ann", name: "Ann" }],
  timeoutMs: 20_000,
};

/** What is published, in the place of receivers. */
function recorder() {
  const published: (readonly [AutomationFacts, string | undefined])[] = [];
  const forgotten: string[] = [];
  return {
    published,
    forgotten,
    publish: (facts: AutomationFacts, deviceId: string | undefined) => void published.push([facts, deviceId]),
    forget: (deviceId: string) => void forgotten.push(deviceId),
    stats: { sinks: {}, connected: false },
    get short() {
      return published.map(([facts]) =>
        facts.type === "words" ? `words ${facts.text}` : `answer ${facts.outcome} ${facts.question}`
      );
    },
  };
}

const gatewayOf = (
  automation: ReturnType<typeof recorder>,
  agent: Readonly<Record<string, unknown>> = { automation: true },
) => new AnsweringGateway(agent, { automation: BROKER }, { automation });

test("SessionAutomation: what is said and typed is told as words, then what came of it", async () => {
  const automation = recorder();
  await using gateway = gatewayOf(automation);
  gateway.engine.script = () => "what time is it";
  await using device = await HandDevice.listen(gateway, "auto", { headers: { "Device-Id": KITCHEN } });
  device.speak(600);
  device.pause(300);
  await until(() => automation.published.length === 2, "words and an answer");
  device.say(detect("and now"));
  await until(() => automation.published.length === 4, "words and an answer again");
  assertEquals(automation.short, [
    "words what time is it",
    "answer answered what time is it",
    "words and now",
    "answer answered and now",
  ]);
  const [words, answer, typed] = automation.published.map(([facts]) => facts);
  assertEquals(words?.turn, answer?.turn);
  assertEquals([words?.agent, words?.language], ["default", "en"]);
  assertEquals(automation.published.map(([, deviceId]) => deviceId), Array(4).fill(KITCHEN));
  assertEquals([words, typed].map((facts) => facts?.type === "words" && facts.source), ["spoken", "typed"]);
  assertEquals(answer?.type === "answer" && [answer.text, answer.heard], [
    "You said: what time is it",
    "You said: what time is it",
  ]);
});

test("SessionAutomation: of an agent that has not opted in, nothing is told", async () => {
  const automation = recorder();
  await using gateway = gatewayOf(automation, {});
  await using device = await HandDevice.greet(gateway, { headers: { "Device-Id": KITCHEN } });
  device.say(detect("what time is it"));
  await until(() => gateway.memory.entries.length === 1, "a record");
  assertEquals(automation.published, []);
});

test("SessionAutomation: an agent that answers nothing tells words alone; silence and wake words tell nothing", async () => {
  const automation = recorder();
  await using gateway = gatewayOf(automation, { automation: true, llm: "none" });
  let heard = "";
  gateway.engine.script = () => heard;
  await using device = await HandDevice.greet(gateway);
  device.say(detect("alexa"));
  device.start("auto");
  device.speak(600);
  device.pause(300);
  await until(() => gateway.gateway.stats.counters.turnsEmpty === 1, "silence");
  heard = "hello";
  device.start("auto");
  device.speak(600);
  device.pause(300);
  await until(() => automation.published.length > 0, "words");
  await device.settled();
  assertEquals(automation.short, ["words hello"]);
  assertEquals(automation.published[0]?.[1], undefined);
});

test("SessionAutomation: a question that fails is told with its code, and erasing a device reaches what waits", async () => {
  const automation = recorder();
  await using gateway = gatewayOf(automation);
  const code: ErrorCode = "llm.content";
  gateway.llm.script = () => {
    throw new EarshotError(code, "Cannot answer: refused");
  };
  await using device = await HandDevice.greet(gateway, { headers: { "Device-Id": KITCHEN } });
  device.say(detect("something"));
  await until(() => automation.published.length === 2, "words and a failure");
  assertEquals(automation.short, ["words something", "answer failed something"]);
  const [, [answer] = []] = automation.published;
  assertEquals(answer?.type === "answer" && answer.code, code);
  await gateway.erase(KITCHEN);
  assertEquals(automation.forgotten, [KITCHEN]);
});

test("SessionAutomation: words wait for who speaks, but no longer than their turn lives", async () => {
  const automation = recorder();
  const service = new FakeVoiceprint();
  const voiceprint = { ...configOf().voiceprint, ...VOICEPRINT };
  await using gateway = new AnsweringGateway(
    { automation: true },
    { automation: BROKER, voiceprint },
    { automation, voiceprint: service },
  );
  gateway.engine.script = () => "what time is it";
  const held = Promise.withResolvers<void>();
  gateway.voice.script = () => ({ before: () => held.promise });
  const device = await HandDevice.listen(gateway, "manual");
  device.speak(1_200);
  device.stop();
  await until(() => service.asked.length === 1, "who speaks");
  await until(() => gateway.voice.asked.length === 1, "an answer");
  assertEquals(automation.published, []);
  await service.answer(0, { id: "u-ann", score: 0.9 });
  await until(() => automation.published.length === 1, "words");
  held.resolve();
  await until(() => automation.published.length === 2, "words and an answer");
  assertEquals(automation.published.map(([{ type, speaker }]) => [type, speaker]).at(0), ["words", "Ann"]);
  assertEquals(automation.short, ["words what time is it", "answer answered what time is it"]);
  device.start("manual");
  device.speak(1_200);
  device.stop();
  await until(() => service.asked.length === 2, "who speaks");
  await until(() => gateway.llm.calls.length === 2, "a question");
  await device[Symbol.asyncDispose]();
  await until(() => automation.published.length >= 3, "words without a speaker");
  assertEquals(automation.published[2]?.[0].speaker, undefined);
});
