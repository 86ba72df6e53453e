import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { FakeMemory } from "../support/fake_memory.ts";
import { HandDevice } from "../support/hand_device.ts";
import { test } from "../support/test.ts";
import { testTransports } from "../support/test_gateway.ts";

const DEVICE_ID = "02:00:00:aa:bb:cc";
const FIRST = { headers: { "Device-Id": DEVICE_ID, "Client-Id": "uuid-1" } };
const SECOND = { headers: { "Device-Id": DEVICE_ID, "Client-Id": "uuid-2" } };

/** Notes of whom it was asked. */
class AskedMemory extends FakeMemory {
  readonly asked: string[] = [];

  override recent(deviceId: string, limit: number): ReturnType<FakeMemory["recent"]> {
    this.asked.push(deviceId);
    return super.recent(deviceId, limit);
  }

  override summaryOf(deviceId: string): ReturnType<FakeMemory["summaryOf"]> {
    this.asked.push(deviceId);
    return super.summaryOf(deviceId);
  }
}

async function ask(device: HandDevice, text: string): Promise<void> {
  device.log.length = 0;
  device.say({ type: "listen", state: "detect", text });
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
}

testTransports(
  "a second Client-Id gets no word of what the first one said, and leaves nothing behind",
  async (http) => {
    const memory = new AskedMemory();
    memory.saveSummary(DEVICE_ID, { text: "They keep a canary.", throughAtMs: Date.now() - 60_000 });
    await using gateway = new AnsweringGateway({}, { server: { transport: http } }, { memory });
    await gateway.gateway.listening;
    const told = (index: number) => JSON.stringify(gateway.llm.calls[index]?.request);
    {
      await using device = await HandDevice.greet(gateway, FIRST);
      await ask(device, "where is my canary");
      await ask(device, "and its cage");
    }
    assert(told(0).includes("They keep a canary."), "the first one is told of its past");
    assert(told(1).includes("where is my canary"));
    await gateway.until(() => memory.entries.length === 2, "the records of the first");
    memory.asked.length = 0;
    const strangers = [
      SECOND,
      { headers: { "Device-Id": DEVICE_ID } },
      { headers: { "Device-Id": "", "Client-Id": "uuid-1" } },
    ];
    for (const ids of strangers) {
      const before = gateway.llm.calls.length;
      const device = await HandDevice.greet(gateway, ids);
      await ask(device, "what did I say");
      await ask(device, "and before");
      assertEquals(/canary|cage/.exec(told(before) + told(before + 1)), null);
      assertEquals(gateway.llm.calls[before]?.request.history, []);
      // It remembers its own words as long as it is connected.
      assert(told(before + 1).includes("what did I say"));
      const conversations = gateway.llm.calls.slice(before).map(({ request }) => request.conversation);
      assertNotEquals(conversations[0], gateway.llm.calls[0]?.request.conversation);
      assertEquals(conversations[0], conversations[1]);
      await device[Symbol.asyncDispose]();
    }
    await gateway.until(() => gateway.gateway.stats.sessions === 0, "the end of all");
    assertEquals(
      memory.entries.filter(({ user }) => user.includes("what did I say")).map(({ deviceId }) => deviceId),
      [],
    );
    assert(!memory.asked.includes(DEVICE_ID), "the store was asked for the first one's past");
    const last = gateway.llm.calls.length;
    await using device = await HandDevice.greet(gateway, FIRST);
    await ask(device, "where was I");
    assert(told(last).includes("and its cage"));
    assert(!told(last).includes("what did I say"));
  },
);

test("with tools.open they share what was said, as all do who say the same Device-Id", async () => {
  await using gateway = new AnsweringGateway({}, { tools: { open: true } });
  for (const [ids, text] of [[FIRST, "where is my canary"], [SECOND, "what did I say"]] as const) {
    await using device = await HandDevice.greet(gateway, ids);
    await ask(device, text);
  }
  assertEquals(gateway.llm.calls[1]?.request.history[0]?.content, "where is my canary");
  await gateway.until(() => gateway.memory.entries.length === 2, "both records");
});

test("turnsPerDay: one that is not trusted neither spends what the device has left, nor learns of it", async () => {
  await using gateway = new AnsweringGateway({ turnsPerDay: 1 });
  const asked = async (ids: typeof FIRST) => {
    const before = gateway.llm.calls.length;
    await using device = await HandDevice.greet(gateway, ids);
    await ask(device, "hello there");
    return gateway.llm.calls.length - before;
  };
  await using pinned = await HandDevice.greet(gateway, FIRST);
  await pinned.settled();
  assertEquals(await asked(SECOND), 1);
  assertEquals(await asked(SECOND), 0, "its own turn is spent, also on another connection");
  await ask(pinned, "hello there");
  assertEquals(gateway.llm.calls.length, 2, "the pinned one still had its turn");
});
