import { FakeEngine } from "../support/fake_engine.ts";
import { HandDevice } from "../support/hand_device.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { TestGateway } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";

const VIA_GATEWAY = { query: "?from=mqtt_gateway", frameVersion: 2 } as const;

/** Time stamps that firmware sends: those of the sound that it has played, which restart, repeat and go missing. */
const STAMPS: Readonly<Record<string, (index: number) => number>> = {
  "no stamps": () => 0,
  "a stamp on every packet": (index) => 1_000 + index * 60,
  "every fourth stamp dropped": (index) => index % 4 === 3 ? 0 : 1_000 + index * 60,
  "three played, then nothing for three": (index) => index % 6 < 3 ? 1_000 + index * 60 : 0,
  "stamps that begin anew with each answer": (index) => 60 * (index % 5),
  "stamps that run backward": (index) => 100_000 - index * 60,
};

for (const [name, stampOf] of Object.entries(STAMPS)) {
  test(`behind the MQTT gateway packets are taken in the order of arrival: ${name}`, async () => {
    const engine = new FakeEngine();
    await using gateway = new TestGateway(engine);
    await using device = await HandDevice.listen(gateway, "manual", VIA_GATEWAY);
    for (const frame of device.encode(900, 8_000, stampOf)) device.send(frame);
    device.stop();
    await device.hears(["stt segment 0", "tts start", "tts stop"]);
    assertSameSound(engine.segments, [device.soundOf(0)]);
  });
}
