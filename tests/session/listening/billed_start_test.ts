import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { ScriptedService } from "../../support/scripted_service.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

const CONFIG = {
  asr: { vosk: { type: "vosk" } },
  vad: { endSilenceMs: 200 },
  session: { noPacketMs: 300 },
} as const;
const OUTAGE = new EarshotError("engine.crashed", "Cannot finish the job: the test ended the engine");

async function open(mode: "auto" | "manual" | "realtime", { billed = true } = {}) {
  await using stack = new AsyncDisposableStack();
  const engine = new FakeEngine();
  const service = new ScriptedService({ billed });
  const gateway = stack.use(new TestGateway(engine, CONFIG, { service }));
  const device = stack.use(await HandDevice.listen(gateway, mode));
  return { service, gateway, device, engine, stack: stack.move() };
}

/** The noise of a room: no speech, and no silence by the device's own word. */
function hum(device: HandDevice, durationMs: number): void {
  for (const packet of device.encode(durationMs, 300)) device.send(packet);
}

function given(service: ScriptedService): readonly number[] {
  return service.stream.written.map(({ seq }) => seq);
}

for (const mode of ["auto", "realtime"] as const) {
  test(
    `${mode}: a service that is paid for is sent nothing before somebody speaks, and then a little of before`,
    async () => {
      const { service, gateway, device, stack } = await open(mode);
      await using _ = stack;
      hum(device, 1_800);
      await device.settled();
      assertEquals(service.streams.length, 0);
      device.speak(300);
      await gateway.until(() => service.streams[0]?.written.at(-1)?.seq === 34, "its sound");
      // The frame of the detector in which speech begins may begin within the packet before.
      const [first = 0] = given(service);
      assert(first >= 30 - 7 && first < 30, `it begins with packet ${first}`);
    },
  );

  test(
    `${mode}: while a service hears an utterance the detector rests, and after its end it is asked again`,
    async () => {
      const { service, gateway, device, engine, stack } = await open(mode);
      await using _ = stack;
      device.speak(300);
      await gateway.until(() => service.streams[0]?.written.length === 5, "its sound");
      await device.settled();
      const batches = engine.batches.length;
      assert(batches > 0);
      device.speak(600);
      hum(device, 300);
      await gateway.until(() => service.streams[0]?.written.length === 20, "the rest of it");
      assertEquals(engine.batches.length, batches);
      service.stream.final("Good morning.");
      await device.hears(["stt Good morning.", "tts start", "tts stop"]);
      hum(device, 1_200);
      await device.settled();
      assertEquals([service.streams.length, engine.batches.length > batches], [1, true]);
      device.speak(300);
      await gateway.until(() => service.streams.length === 2, "the next stream");
    },
  );
}

test(
  "where the engine is away a service hears from the first packet that is no silence, and nobody is alerted",
  async () => {
    const { service, gateway, device, engine, stack } = await open("auto");
    await using _ = stack;
    engine.failure = OUTAGE;
    hum(device, 300);
    await gateway.until(() => service.streams[0]?.written.length === 5, "its sound");
    assertEquals(given(service), [0, 1, 2, 3, 4]);
    service.stream.final("Good morning.");
    await device.hears(["stt Good morning.", "tts start", "tts stop"]);
    engine.failure = undefined;
    await new Promise((resolve) => setTimeout(resolve, 200));
    hum(device, 600);
    await device.settled();
    assertEquals(service.streams.length, 1);
  },
);

test("somebody who whispers is heard: what may be speech begins an utterance", async () => {
  const { service, gateway, device, engine, stack } = await open("auto");
  await using _ = stack;
  engine.faintLevel = 100;
  hum(device, 900);
  await gateway.until(() => service.streams.length === 1, "a stream");
});

test("with a button a service hears all of the press, and the engine is not asked", async () => {
  const { service, gateway, device, engine, stack } = await open("manual");
  await using _ = stack;
  hum(device, 300);
  await gateway.until(() => service.streams[0]?.written.length === 5, "its sound");
  assertEquals(engine.batches.length, 0);
});

test("a service that nobody pays for hears from the first packet that is no silence, and the engine is not asked", async () => {
  const { service, gateway, device, engine, stack } = await open("auto", { billed: false });
  await using _ = stack;
  hum(device, 300);
  await gateway.until(() => service.streams[0]?.written.length === 5, "its sound");
  assertEquals(engine.batches.length, 0);
});
