import { assertEquals } from "@std/assert";
import type { SentenceRequest, SherpaAddon } from "../../lib/engine/inference/sherpa_addon.ts";
import { SherpaSpeaker } from "../../lib/engine/inference/sherpa_speaker.ts";
import { tinyVoice } from "../support/sherpa_voice.ts";
import { test } from "../support/test.ts";

/** An addon that makes `parts` of each sentence and asks after each whether to go on, as sherpa-onnx does. */
async function speakerOf(parts: readonly Float32Array[]) {
  const requests: SentenceRequest[] = [];
  const addon: Pick<
    SherpaAddon,
    "createOfflineTtsAsync" | "getOfflineTtsSampleRate" | "offlineTtsGenerateAsync"
  > = {
    createOfflineTtsAsync: () => Promise.resolve({}),
    getOfflineTtsSampleRate: () => 24_000,
    offlineTtsGenerateAsync: (_voice, request) => {
      requests.push(request);
      const made: number[] = [];
      for (const part of parts) {
        made.push(...part);
        if (request.callback() === 0) break;
      }
      return Promise.resolve({ samples: Float32Array.from(made) });
    },
  };
  return { speaker: await SherpaSpeaker.load(addon, await tinyVoice()), requests };
}

test("SherpaSpeaker: what is no longer wanted ends after the part that is being made", async () => {
  const { speaker } = await speakerOf([Float32Array.of(0.5), Float32Array.of(0.5), Float32Array.of(0.5)]);
  let asked = 0;
  const { pcm } = await speaker.speak({ text: "你好", isWanted: () => ++asked < 3 });
  assertEquals(pcm.length, 2);
  assertEquals((await speaker.speak({ text: "你好" })).pcm.length, 3);
});

test("SherpaSpeaker: what is not wanted before it begins, and what has no letter, never reaches sherpa-onnx", async () => {
  const { speaker, requests } = await speakerOf([Float32Array.of(0.5)]);
  assertEquals((await speaker.speak({ text: "你好", isWanted: () => false })).pcm.length, 0);
  for (const text of ["", "...", "—！", "🙂"]) assertEquals((await speaker.speak({ text })).pcm.length, 0);
  assertEquals(requests, []);
  await speaker.speak({ text: "1\0", speaker: 7, speed: 1.5 });
  assertEquals(requests.map(({ text, sid, speed }) => [text, sid, speed]), [["1 ", 7, 1.5]]);
});

test("SherpaSpeaker: samples beyond what there is are cut, and what is no number is silence", async () => {
  const { speaker } = await speakerOf([Float32Array.of(-2, -1, 0, NaN, 1, Infinity)]);
  const { pcm, sampleRateHz } = await speaker.speak({ text: "a" });
  assertEquals([[...pcm], sampleRateHz], [[-32_767, -32_767, 0, 0, 32_767, 32_767], 24_000]);
});
