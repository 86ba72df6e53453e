import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { Memory, memoryConfig, memoryLimits } from "../../lib/memory/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { FakeMemory } from "../support/fake_memory.ts";
import { HandDevice } from "../support/hand_device.ts";
import { test } from "../support/test.ts";
import { TestGateway } from "../support/test_gateway.ts";

const ANSWER = (index: number) => [`stt segment ${index}`, "tts start", "tts stop"];
const DEVICE_ID = "aa:bb:cc:dd:ee:ff";

async function say(device: HandDevice, index: number): Promise<void> {
  device.heard.length = 0;
  device.speak(600);
  device.stop();
  await device.hears(ANSWER(index));
}

test("what was said is handed to the memory once, with who said it", async () => {
  const memory = new FakeMemory();
  await using gateway = new TestGateway(new FakeEngine(), {}, { memory });
  const headers = { "Device-Id": DEVICE_ID };
  await using device = await HandDevice.listen(gateway, "manual", { headers });
  await say(device, 0);
  device.start("manual");
  await say(device, 1);
  await gateway.until(() => memory.entries.length === 2, "the record of each turn");
  assertEquals(memory.entries.map(({ user, turnId, deviceId }) => [user, turnId, deviceId]), [
    ["segment 0", 1, DEVICE_ID],
    ["segment 1", 2, DEVICE_ID],
  ]);
  const [entry] = memory.entries;
  assert(entry !== undefined);
  assertEquals(entry.key, `${entry.sessionId}/1`);
  assertEquals([entry.language, entry.audioMs, entry.droppedMs], ["en", 600, 0]);
  assertLess(Math.abs(entry.atMs - Date.now()), 60_000);
});

test("without a device id nothing is kept, unless every device is trusted; then the connection is the key", async () => {
  for (const open of [false, true]) {
    const memory = new FakeMemory();
    await using gateway = new TestGateway(new FakeEngine(), { tools: { open } }, { memory });
    await using device = await HandDevice.listen(gateway, "manual");
    await say(device, 0);
    device.drop();
    await gateway.until(() => gateway.sessionEvents.some(({ type }) => type === "closed"), "the close");
    assertEquals(memory.entries.map(({ deviceId, sessionId }) => deviceId === sessionId), open ? [true] : []);
  }
});

test("a fault is kept, silence and an abort are nothing said", async () => {
  const memory = new FakeMemory();
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, {}, { memory });
  await using device = await HandDevice.listen(gateway, "manual", { headers: { "Device-Id": DEVICE_ID } });
  await say(device, 0);
  await gateway.until(() => memory.entries.length === 1, "a record");

  engine.script = () => "";
  device.start("manual");
  device.heard.length = 0;
  device.speak(600);
  device.stop();
  await device.hears(["tts stop"]);

  engine.failure = new EarshotError("engine.job_failed", "no");
  device.start("manual");
  device.heard.length = 0;
  device.speak(600);
  device.stop();
  await device.until(() => device.said.includes("tts stop"), "the end of the turn");
  engine.failure = undefined;

  device.start("manual");
  device.speak(600);
  device.say({ type: "abort" });
  await device.settled();
  assertEquals(memory.entries.map(({ outcome, code, user }) => [outcome, code, user]), [
    ["unanswered", undefined, "segment 0"],
    ["failed", "engine.job_failed", ""],
  ]);
});

test("a memory that cannot save is told by /readyz and /metrics, and the gateway stays ready", async () => {
  const memory = new FakeMemory();
  await using gateway = new TestGateway(new FakeEngine(), {}, { memory });
  memory.status = { saving: false, code: "memory.disk_full", reason: "Cannot journal: the disk is full" };
  await gateway.gateway.listening;
  const ready = await fetch(gateway.http("/readyz"));
  assertEquals(ready.status, 200);
  assertStringIncludes((await ready.json()).detail, "the disk is full");
  const metrics = await (await fetch(gateway.http("/metrics"))).text();
  assertStringIncludes(metrics, "\nearshot_memory_saving 0\n");
});

test("a store that takes 2 s a write delays neither answer nor close, and has what was said later", async () => {
  const dir = await Deno.makeTempDir({ prefix: "earshot-memory-" });
  try {
    await using scope = new Scope("memory test");
    const memory = await Memory.open({
      dir,
      scope,
      config: { ...memoryConfig.parse({}), ...memoryLimits.parse({}) },
      delayMs: (job) => job === "save" ? 2_000 : 0,
    });
    await using gateway = new TestGateway(new FakeEngine(), {}, { memory });
    const headers = { "Device-Id": DEVICE_ID };
    await using device = await HandDevice.listen(gateway, "manual", { headers });
    await say(device, 0);
    device.drop();
    await gateway.until(() => gateway.sessionEvents.some(({ type }) => type === "closed"), "the close");
    const closed = gateway.sessionEvents.find((event) => event.type === "closed");
    assertLess(closed?.report.durationMs ?? Infinity, 50);
    assertEquals(memory.stats.stored, 0);
    await gateway.until(() => memory.stats.stored === 1, "the save");
    assertEquals((await memory.recent(DEVICE_ID, 9)).map(({ user }) => user), ["segment 0"]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
