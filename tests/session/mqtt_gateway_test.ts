import { assertEquals } from "@std/assert";
import { HandDevice } from "../support/hand_device.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { TestGateway, WarmFakeEngine } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";

const VIA_GATEWAY = { query: "?from=mqtt_gateway", frameVersion: 2 } as const;
const ANSWER = (index: number) => [`stt segment ${index}`, "tts start", "tts stop"];
const STAMP = (index: number) => 60 * (index + 1);

/** `frames` without those at `missing`, and the pairs that begin at `swapped` the other way round. */
function garble<T>(frames: readonly T[], swapped: readonly number[], missing: readonly number[] = []): T[] {
  const order = [...frames];
  for (const at of swapped) order.splice(at, 2, ...order.slice(at, at + 2).reverse());
  return order.filter((frame) => !missing.some((at) => frames[at] === frame));
}

test("frames that overtook one another are put in order", async () => {
  const engine = new WarmFakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual", VIA_GATEWAY);
  for (const frame of garble(device.encode(900, 8_000, STAMP), [2, 5, 13])) device.send(frame);
  device.stop();
  await device.hears(ANSWER(0));
  assertSameSound(engine.segments, [device.soundOf(0)]);
  assertEquals(gateway.gateway.stats.counters.audioConcealed, 0);
});

test("a frame that does not come is concealed, so that the utterance keeps its length", async () => {
  const engine = new WarmFakeEngine();
  await using gateway = new TestGateway(engine, { session: { jitterMs: 30 } });
  await using device = await HandDevice.listen(gateway, "manual", VIA_GATEWAY);
  for (const frame of garble(device.encode(900, 8_000, STAMP), [], [6])) device.send(frame);
  await gateway.until(() => gateway.gateway.stats.counters.audioChunks === 15, "all of the sound");
  device.stop();
  await device.hears(ANSWER(0));
  assertEquals(engine.segments.map(({ length }) => length), [900 * 16]);
  assertSameSound([engine.segments[0]?.subarray(0, 6 * 960) ?? new Int16Array()], [device.soundOf(0, 6)]);
  assertEquals(gateway.gateway.stats.counters.audioConcealed, 1);
});

test("listen stop lets through what still waits for an earlier frame", async () => {
  const engine = new WarmFakeEngine();
  await using gateway = new TestGateway(engine, { session: { jitterMs: 1_000 } });
  await using device = await HandDevice.listen(gateway, "manual", VIA_GATEWAY);
  for (const frame of garble(device.encode(900, 8_000, STAMP), [], [13])) device.send(frame);
  device.stop();
  await device.hears(ANSWER(0));
  assertEquals(engine.segments.map(({ length }) => length), [900 * 16]);
});

for (const cut of ["listen start", "abort"] as const) {
  test(`what still waits for an earlier frame belongs to what was before ${cut}`, async () => {
    const engine = new WarmFakeEngine();
    await using gateway = new TestGateway(engine, {
      session: { jitterMs: 1_000 },
      vad: { endSilenceMs: 200 },
    });
    await using device = await HandDevice.listen(gateway, "auto", VIA_GATEWAY);
    const frames = device.encode(600, 8_000, STAMP);
    for (const frame of garble(frames, [], [4])) device.send(frame);
    await device.settled();
    if (cut === "abort") device.say({ type: "abort" });
    else device.start("auto");
    for (const frame of device.encode(600, 8_000, (index) => STAMP(index + 10))) device.send(frame);
    await device.until(() => device.said.includes("tts start"), "answered");
    assertEquals(engine.segments.map(({ length }) => length), [600 * 16]);
  });
}
