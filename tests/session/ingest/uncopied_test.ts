import { assertEquals } from "@std/assert";
import { FakeEngine } from "../../support/fake_engine.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { ScriptedService } from "../../support/scripted_service.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

/** The head of a binary frame by version, in bytes. */
const HEADS = { 1: 0, 2: 16, 3: 4 } as const;

for (const frameVersion of [1, 2, 3] as const) {
  test(`a packet reaches the service as a view of the message it came in (version ${frameVersion})`, async () => {
    const service = new ScriptedService({ encodings: ["opus"] });
    await using gateway = new TestGateway(new FakeEngine(), { asr: { vosk: { type: "vosk" } } }, {
      service,
    });
    await using device = await HandDevice.listen(gateway, "manual", { frameVersion });
    device.speak(300);
    device.stop();
    await gateway.until(() => service.streams[0]?.finished === true, "the end of the stream");
    const { written } = service.stream;
    assertEquals(written.length, device.packets);
    for (const { opus, pcm } of written) {
      assertEquals(pcm, undefined);
      // A copy would begin at 0 and know nothing of the head.
      assertEquals([opus.byteOffset, opus.buffer.byteLength], [
        HEADS[frameVersion],
        HEADS[frameVersion] + opus.length,
      ]);
    }
    assertEquals(new Set(written.map(({ opus }) => opus.buffer)).size, written.length);
  });
}
