import { assert, assertEquals } from "@std/assert";
import { FakeEngine } from "../../support/fake_engine.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { ScriptedService } from "../../support/scripted_service.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

/** What a second of sound has decoded, in bytes. */
const SECOND_BYTES = 32_000;
/** How much is on its way to the engine, or not yet known to be let go of, in bytes: a batch. */
const BATCH_BYTES = SECOND_BYTES / 2;
const QUICK = { vad: { endSilenceMs: 200 }, session: { noPacketMs: 300 } } as const;

test("what the engine recognizes is decoded there alone, and let go of with the turn and with the device", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  {
    await using device = await HandDevice.listen(gateway, "auto");
    device.speak(3_000);
    await device.settled();
    await gateway.until(() => engine.sounds.bytes >= 2 * SECOND_BYTES, "the sound in the engine");
    const { audioBytes } = gateway.gateway.stats;
    assert(audioBytes < SECOND_BYTES * 3, `${audioBytes} bytes are held here`);
    device.pause(600);
    await device.hears(["stt segment 0", "tts start", "tts stop"]);
    await gateway.until(() => engine.sounds.bytes <= BATCH_BYTES, "nothing held there");
    assertEquals(engine.sounds.devices, 1);
  }
  await gateway.until(() => engine.sounds.devices === 0, "the device being forgotten");
});

test("what a service gets decoded is not held by the engine", async () => {
  const engine = new FakeEngine();
  const service = new ScriptedService({ endpointing: false });
  await using gateway = new TestGateway(engine, { ...QUICK, asr: { vosk: { type: "vosk" } } }, { service });
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(3_000);
  await device.settled();
  await gateway.until(() => service.stream.written.length >= 40, "its sound");
  assertEquals(engine.sounds.bytes, 0);
  for (const { seq, pcm } of service.stream.written) assertEquals(pcm?.length, 960, `packet ${seq}`);
});

test("nobody listening costs a counter: nothing is kept, nor decoded", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.greet(gateway);
  device.speak(3_000);
  await device.settled();
  const { audioUnlistened, audioChunks } = gateway.gateway.stats.counters;
  assertEquals([audioUnlistened, audioChunks, gateway.gateway.stats.audioBytes], [50, 50, 0]);
  assertEquals([engine.sounds.devices, engine.batches.length], [0, 0]);
});
