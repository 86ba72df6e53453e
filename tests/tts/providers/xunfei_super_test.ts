import { assertEquals } from "@std/assert";
import { StreamedRig } from "../../contract/streamed_rig.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { xunfeiSuperSubject } from "../../contract/voices/clouds.ts";
import { test } from "../../support/test.ts";

const TEXT = "Hello there.";

test("pieces that come out of order are spoken in theirs, whatever the number of the first one", async () => {
  const pcm = Int16Array.from({ length: 24 }, (_, at) => at);
  for (const firstSeq of [0, 1]) {
    const manner = { swaps: true, firstSeq };
    await using rig = await TtsRig.open(xunfeiSuperSubject({}, manner), {
      script: { soundOf: () => pcm, cuts: "every byte" },
    });
    assertEquals((await rig.hear(TEXT)).pcm, pcm);
  }
});

test("a piece that is lost costs itself, and neither what follows nor the end", async () => {
  await using rig = await TtsRig.open(xunfeiSuperSubject({}, { loses: 2 }), {
    script: { soundOf: () => Int16Array.of(1, 2, 3, 4), cuts: [2, 4, 6] },
  });
  assertEquals([...(await rig.hear(TEXT)).pcm], [1, 2, 4]);
});

test("a service that has waited too long says so, and that may pass", async () => {
  await using rig = await StreamedRig.open(xunfeiSuperSubject({}, { idleMs: 50 }));
  await rig.write("One moment");
  assertEquals(await rig.outcome(), "tts.timeout");
});

test("what is set is sent; a text has no notes to the voice, also where one comes in parts", async () => {
  const settings = { voice: "x6_lingxiaoli_pro", speed: 60, volume: 40, pitch: 30, sampleRateHz: 16_000 };
  const asked = { speed: 60, volume: 40, pitch: 30 };
  await using rig = await StreamedRig.open(xunfeiSuperSubject(settings, { asked }));
  await rig.write("Wait [", "p9", "99] and [=zhuo2] read [1].");
  rig.parts.close();
  assertEquals([await rig.outcome(), rig.text], ["whole", "Wait [ p999] and [ =zhuo2] read [1]."]);
});
