import { assertEquals } from "@std/assert";
import { Channel } from "../../../lib/lifecycle/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { xunfeiSuperSubject } from "../../contract/voices/clouds.ts";
import { xunfeiSuperSpeech } from "../../support/emulators/xunfei_speech.ts";
import { SpeechSocketEmulator } from "../../support/emulators/speech_socket_emulator.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { openVoice } from "../../support/open_voice.ts";
import { spokenBy } from "../../support/spoken_by.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";
import { listen } from "../speaking.ts";
import { testWritten, writing } from "./written_cases.ts";

const TEXT = "Hello there.";

testWritten("xunfeiSuper", xunfeiSuperSubject());

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

test("a text that pauses is finished before the 10 s are over, and goes on in another request", async () => {
  const clock = new FakeClock();
  await using emulator = await SpeechSocketEmulator.start(xunfeiSuperSpeech());
  const voice = await openVoice(
    { type: "xunfeiSuper", url: `${emulator.origin}/v1/private/mcd9m97e6`, appId: "app" },
    { clock, secrets: { apiKey: "xunfei-key", apiSecret: "xunfei-secret" } },
  );
  const parts = new Channel<string>(10);
  const { signal } = new AbortController();
  const speech = listen(spokenBy(voice, parts, signal));
  await parts.send("One moment");
  await until(() => emulator.requests[0]?.text === "", "the request");
  await until(() => clock.pending === 1, "the text is awaited");
  await clock.advance(7_000);
  await until(() => emulator.requests[0]?.state !== "open", "the end of the first request");
  assertEquals(emulator.requests[0]?.text, "One moment");
  await parts.send(", please.");
  parts.close();
  await speech.done;
  assertEquals([speech.outcome, emulator.requests.map(({ text }) => text)], [
    "whole",
    ["One moment", ", please."],
  ]);
  assertEquals(clock.pending, 0);
});

test("a service that has waited too long says so, and that may pass", async () => {
  await using speech = await writing(xunfeiSuperSubject({}, { idleMs: 50 }));
  await speech.write("One moment");
  assertEquals(await speech.outcome(), "tts.timeout");
});

test("what is set is sent; a text has no notes to the voice, also where one comes in parts", async () => {
  const settings = { voice: "x6_lingxiaoli_pro", speed: 60, volume: 40, pitch: 30, sampleRateHz: 16_000 };
  const asked = { speed: 60, volume: 40, pitch: 30 };
  await using speech = await writing(xunfeiSuperSubject(settings, { asked }));
  await speech.write("Wait [", "p9", "99] and [=zhuo2] read [1].");
  speech.parts.close();
  assertEquals([await speech.outcome(), speech.texts()], ["whole", ["Wait [ p999] and [ =zhuo2] read [1]."]]);
});
