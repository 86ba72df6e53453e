import { assert, assertEquals } from "@std/assert";
import type { MemoryEntry } from "../../lib/memory/mod.ts";
import { FIXED_SENTENCES } from "../../lib/tts/mod.ts";
import { entry } from "../memory/memory_harness.ts";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { FakeMemory } from "../support/fake_memory.ts";
import { FakeVoice } from "../support/fake_voice.ts";
import { HandDevice } from "../support/hand_device.ts";
import { test } from "../support/test.ts";

const DEVICE_ID = "02:00:00:00:00:01";
const SPENT = FIXED_SENTENCES.turnsSpent.en;
const QUIET = FIXED_SENTENCES.quietHours.en;

/** What the device was told in answer to a question on a connection of its own: the sentences, and whether they sounded. */
async function ask(gateway: AnsweringGateway, deviceId = DEVICE_ID): Promise<readonly string[]> {
  await using device = await HandDevice.listen(gateway, "manual", { headers: { "Device-Id": deviceId } });
  return await askAgain(device);
}

async function askAgain(device: HandDevice): Promise<readonly string[]> {
  device.log.length = 0;
  device.start("manual");
  device.speak(600);
  device.stop();
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  assert(device.log.filter((line) => line === "frame").length > 5, device.log.join());
  const begin = "tts sentence_start ";
  return device.log.filter((line) => line.startsWith(begin)).map((line) => line.slice(begin.length));
}

/** A gateway that answers every question with one sentence. */
function gatewayOf(...options: ConstructorParameters<typeof AnsweringGateway>): AnsweringGateway {
  const gateway = new AnsweringGateway(...options);
  gateway.llm.script = () => ({ text: "All is well here." });
  return gateway;
}

/** A turn of today that was answered. */
function answered(number: number, others: Partial<MemoryEntry> = {}): MemoryEntry {
  return entry(number, {
    deviceId: DEVICE_ID,
    atMs: Date.now(),
    user: "question",
    answer: "Yes.",
    ...others,
  });
}

test("turnsPerDay: beyond it the device is told aloud, on every connection, and nobody is asked", async () => {
  await using gateway = gatewayOf({ turnsPerDay: 2 });
  for (const _ of [0, 1]) assertEquals(await ask(gateway), ["All is well here."]);
  const [asked, spoken] = [gateway.llm.calls.length, gateway.voice.asked.length];
  for (const _ of [0, 1]) assertEquals(await ask(gateway), [SPENT]);
  assertEquals([gateway.llm.calls.length, gateway.voice.asked.length], [asked, spoken]);
  assertEquals(gateway.gateway.stats.counters.questionsSpent, 2);
  // Another device has its own.
  assertEquals(await ask(gateway, "02:00:00:00:00:02"), ["All is well here."]);
  // What it was told is in the record, so that it counts.
  await gateway.until(() => gateway.memory.entries.length === 5, "the records");
  assertEquals(gateway.memory.entries[2]?.answer, SPENT);
});

test("turnsPerDay: a restart goes on counting, also where more than 200 were asked, and where the disk is slow", async () => {
  const memory = new FakeMemory();
  for (let number = 0; number < 299; number++) memory.record(answered(number));
  memory.record(answered(1_000, { answer: "", outcome: "failed" }));
  const recent = memory.recent.bind(memory);
  memory.recent = async (deviceId, limit) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return await recent(deviceId, limit);
  };
  await using gateway = gatewayOf({ turnsPerDay: 300 }, { memory: { turnsPerDevice: 500 } }, { memory });
  await using device = await HandDevice.greet(gateway, { headers: { "Device-Id": DEVICE_ID } });
  device.log.length = 0;
  device.say({ type: "listen", state: "detect", text: "one" });
  await device.until(() => device.log.includes("tts stop"), "the answer");
  await gateway.until(() => memory.entries.length === 301, "the record");
  device.log.length = 0;
  device.say({ type: "listen", state: "detect", text: "two" });
  await device.until(() => device.log.includes("tts stop"), "the refusal");
  assert(device.log.includes(`tts sentence_start ${SPENT}`), device.log.join());
  assertEquals(gateway.llm.calls.length, 1);
});

test("turnsPerDay: what was answered yesterday does not count", async () => {
  const memory = new FakeMemory();
  for (const number of [0, 1]) memory.record(answered(number, { atMs: Date.now() - 25 * 3_600_000 }));
  await using gateway = gatewayOf({ turnsPerDay: 1 }, {}, { memory });
  assertEquals(await ask(gateway), ["All is well here."]);
  assertEquals(await ask(gateway), [SPENT]);
});

test("turnsPerDay: an agent without a memory counts on every connection, and knows no word", async () => {
  await using gateway = gatewayOf({ turnsPerDay: 2, memory: false });
  assertEquals([await ask(gateway), await ask(gateway), await ask(gateway)], [
    ["All is well here."],
    ["All is well here."],
    [SPENT],
  ]);
  assertEquals([gateway.memory.entries, gateway.llm.calls.map(({ request }) => request.history)], [[], [
    [],
    [],
  ]]);
});

test("quietHours: the device is told aloud what ships, and neither model nor voice is asked", async () => {
  await using gateway = gatewayOf({ quietHours: "00:00-24:00", turnsPerDay: 1 });
  for (const _ of [0, 1]) assertEquals(await ask(gateway), [QUIET]);
  assertEquals([gateway.llm.calls.length, gateway.voice.asked.length], [0, 0]);
  assertEquals(gateway.gateway.stats.counters.questionsQuiet, 2);
  await gateway.until(() => gateway.memory.entries.length === 2, "the records");
  assertEquals(gateway.memory.entries.map(({ user, answer }) => [user, answer]), [
    ["segment 0", ""],
    ["segment 1", ""],
  ]);
});

test("quietHours: what was refused is no answer of that day", async () => {
  const memory = new FakeMemory();
  for (const number of [0, 1]) memory.record(answered(number, { answer: "" }));
  await using gateway = gatewayOf({ turnsPerDay: 1 }, {}, { memory });
  assertEquals(await ask(gateway), ["All is well here."]);
});

test("quietHours: outside of them it answers, and with a voice of its own what ships is heard at first", async () => {
  const now = new Date();
  const at = (hours: number) => `${String((now.getUTCHours() + hours) % 24).padStart(2, "0")}:00`;
  {
    await using gateway = gatewayOf({ quietHours: `${at(2)}-${at(4)}` }, { server: { timeZone: "UTC" } });
    assertEquals(await ask(gateway), ["All is well here."]);
  }
  const voice = new FakeVoice({ name: "own" });
  voice.script = () => ({ durationMs: 600 });
  await using gateway = gatewayOf(
    { quietHours: `${at(23)}-${at(2)}` },
    { server: { timeZone: "UTC" }, tts: { own: { type: "openai" } } },
    { voice },
  );
  assertEquals(await ask(gateway), [QUIET]);
  await gateway.until(() => voice.asked.length === 1 && voice.active === 0, "its own sentence");
  assertEquals(voice.asked, [{ text: QUIET, language: "en" }]);
});

test("what was said more than half an hour ago is told as a summary, which is written when the device comes back", async () => {
  const memory = new FakeMemory();
  const old = { user: "I am Anna", answer: "Hello Anna.", heardChars: 11 };
  memory.record(answered(0, { ...old, atMs: Date.now() - 3_600_000 }));
  memory.record(
    answered(1, { user: "Good evening", answer: "Hi.", heardChars: 3, atMs: Date.now() - 60_000 }),
  );
  await using gateway = gatewayOf({}, {}, { memory });
  gateway.llm.script = ({ instructions }) =>
    instructions.includes("notes") && !instructions.includes("Anna is")
      ? { text: "Anna is here." }
      : { text: "Yes, Anna." };
  await using device = await HandDevice.listen(gateway, "manual", { headers: { "Device-Id": DEVICE_ID } });
  await gateway.until(() => memory.summaries.size === 1, "the summary");
  assertEquals(memory.summaries.get(DEVICE_ID)?.text, "Anna is here.");
  assertEquals(await askAgain(device), ["Yes, Anna."]);
  const { history, instructions } = gateway.llm.calls.at(-1)?.request ?? {};
  assertEquals(history, [{ role: "user", content: "Good evening" }, { role: "assistant", content: "Hi." }]);
  assert(instructions?.includes("Anna is here."), instructions);
  await gateway.until(() => memory.entries.length === 3, "the record");
  // What is erased is unknown, on the same connection as well.
  await gateway.erase(DEVICE_ID);
  gateway.llm.script = () => ({ text: "Who are you?" });
  await askAgain(device);
  const after = gateway.llm.calls.at(-1)?.request;
  assertEquals([after?.history, after?.instructions.includes("Anna")], [[], false]);
});

test("an agent without a memory has no summaries", async () => {
  const memory = new FakeMemory();
  memory.record(answered(0, { atMs: Date.now() - 3_600_000 }));
  await using gateway = gatewayOf({ memory: false }, {}, { memory });
  await ask(gateway);
  await ask(gateway);
  assertEquals([gateway.llm.calls.length, memory.summaries.size], [2, 0]);
});
