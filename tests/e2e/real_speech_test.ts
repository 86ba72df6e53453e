import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { withServedGateway } from "../support/served_gateway.ts";
import { weightsMissing } from "../support/models.ts";
import { ASK, COUNTRY, FELLOW, speechClip, speechClips, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";
import { wordErrors } from "../support/word_errors.ts";

const options = { ignore: weightsMissing || speechMissing() };
const NEVER = new AbortController().signal;
const HZ = 16_000;

test("a device speaks in every mode and gets its words", async () => {
  await withServedGateway(async (_gateway, url) => {
    const { pcm, transcript } = speechClip(COUNTRY);
    await Promise.all((["auto", "manual", "realtime"] as const).map(async (mode) => {
      await using device = await SimulatedDevice.connect({ url, mode }, NEVER);
      assertEquals(wordErrors(transcript, (await device.say(pcm)).text), 0, mode);
    }));
  });
}, options);

test("one device says several things in one session, and each is its own turn", async () => {
  await withServedGateway(async (gateway, url) => {
    await using device = await SimulatedDevice.connect({
      url,
      frameVersion: 3,
      frameDurationMs: 20,
    }, NEVER);
    for (const file of [FELLOW, COUNTRY, ASK]) {
      const { pcm, transcript } = speechClip(file);
      assertLessOrEqual(wordErrors(transcript, (await device.say(pcm)).text), 1, file);
    }
    assertEquals((await gateway.health()).counters.turnsText, 3);
  });
}, options);

test("silence gets no words and no alert, and the device can speak afterward", async () => {
  await withServedGateway(async (_gateway, url) => {
    await using device = await SimulatedDevice.connect(
      { url, mode: "manual", paceFactor: 4 },
      NEVER,
    );
    const silence = await device.say(new Int16Array(2 * HZ));
    assertEquals(silence.messages.map(({ message }) => message.type), ["tts"]);
    const { pcm, transcript } = speechClip(COUNTRY);
    assertEquals(wordErrors(transcript, (await device.say(pcm)).text), 0);
  });
}, options);

test("clips of 44 s and 60 s, held by a button, come back whole", async () => {
  await withServedGateway(async (_gateway, url) => {
    await Promise.all([44, 60].map(async (seconds) => {
      const { pcm, transcript } = joined(seconds);
      await using device = await SimulatedDevice.connect({ url, mode: "manual", paceFactor: 6 }, NEVER);
      const { text, endOfSpeechToTextMs } = await device.say(pcm);
      const wrong = wordErrors(transcript, text);
      assertLessOrEqual(wrong, Math.ceil(transcript.split(" ").length * 0.07), text);
      assert(endOfSpeechToTextMs !== undefined);
    }));
  });
}, options);

/** Clips with half a second between them, until no other one fits. */
function joined(seconds: number): { pcm: Int16Array; transcript: string } {
  const pcm = new Int16Array(seconds * HZ);
  const transcripts: string[] = [];
  let end = 0;
  const clips = speechClips();
  for (const clip of [...clips, ...clips, ...clips]) {
    if (end + clip.pcm.length > pcm.length) continue;
    pcm.set(clip.pcm, end);
    end += clip.pcm.length + HZ / 2;
    transcripts.push(clip.transcript);
  }
  return { pcm: pcm.slice(0, end), transcript: transcripts.join(" ") };
}
