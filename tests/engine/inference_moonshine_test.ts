import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Moonshine } from "../../lib/engine/inference/moonshine.ts";
import { firstToken } from "../../lib/engine/inference/moonshine_decoder.ts";
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { MAX_SEGMENT_SAMPLES } from "../../lib/engine/inference/segment.ts";
import { CountingRuntime } from "../support/counting_runtime.ts";
import { MOONSHINE_PATHS, weightsMissing } from "../support/models.ts";
import { noise } from "../support/noise.ts";
import { JFK, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing || speechMissing();

// onnxruntime-web opens a MessageChannel once, to see whether threads would work, and never closes it.
for (
  const { kind, sanitizeResources } of [
    { kind: "native", sanitizeResources: true },
    { kind: "wasm", sanitizeResources: false },
  ] as const
) {
  test(`moonshine on ${kind} hears words, and only words`, async (t) => {
    const runtime = new CountingRuntime(await loadRuntime(kind));
    const moonshine = await Moonshine.load(runtime, MOONSHINE_PATHS);
    const jfk = speechClip(JFK);
    const textOf = async (pcm: Int16Array) => (await moonshine.recognize(pcm)).text;

    await t.step("a long sentence", async () => {
      const { text, inferenceMs } = await moonshine.recognize(jfk.pcm);
      assertEquals(text.toLowerCase().replaceAll(/[.,]/g, ""), jfk.transcript);
      assert(inferenceMs > 0);
    });
    await t.step("a short word, which the model would swallow", async () => {
      assertEquals((await textOf(jfk.pcm.slice(5_000, 9_800))).slice(0, 3), "And");
    });
    await t.step("silence and noise of any loudness are no words", async () => {
      assertEquals(await textOf(new Int16Array(16_000)), "");
      for (const amplitude of [10, 100, 1_000, 10_000]) {
        assertEquals(await textOf(noise(24_000, amplitude)), "");
      }
    });
    await t.step("next to no sound is no word", async () => {
      for (const length of [0, 1, 894]) assertEquals(await textOf(jfk.pcm.slice(5_000, 5_000 + length)), "");
      await textOf(jfk.pcm.slice(5_000, 5_895));
    });
    await t.step("more than 20 s is refused", async () => {
      const tooLong = new Int16Array(MAX_SEGMENT_SAMPLES + 1).fill(1_000);
      const error = await assertRejects(() => moonshine.recognize(tooLong), EarshotError);
      assertEquals(error.code, "engine.job_failed");
    });
    await t.step("a failed run is an error of the job, and the next one works", async () => {
      runtime.broken = true;
      const error = await assertRejects(() => moonshine.recognize(jfk.pcm), EarshotError);
      runtime.broken = false;
      assertEquals(error.code, "engine.job_failed");
      assertEquals((await textOf(jfk.pcm.slice(0, 32_000))).slice(0, 6), "And so");
    });
    await t.step("nothing is left over", async () => {
      await moonshine.release();
      await moonshine.release();
      assertEquals([runtime.liveTensors, runtime.liveSessions], [0, 0]);
    });
  }, { ignore, sanitizeResources });
}

test("weights that the runtime refuses leave nothing open", async () => {
  const garbage = await Deno.makeTempFile();
  try {
    await Deno.writeFile(garbage, new Uint8Array(1_000).fill(7));
    for (const decoderPath of [garbage, `${garbage}.absent`]) {
      const runtime = new CountingRuntime(await loadRuntime("native"));
      const load = () => Moonshine.load(runtime, { ...MOONSHINE_PATHS, decoderPath });
      assertEquals((await assertRejects(load, EarshotError)).code, "engine.job_failed");
      assertEquals(runtime.liveSessions, 0);
    }
  } finally {
    await Deno.remove(garbage);
  }
}, { ignore });

test("the end as the first token counts only when it is all but certain", () => {
  const logits = (end: number) => Float32Array.of(0, 0, end, 1, 0);
  assertEquals(firstToken(logits(0.5)), 3, "the end is not even the likeliest");
  assertEquals(firstToken(logits(3)), 3, "p = 0.78");
  assertEquals(firstToken(logits(9)), 2, "p = 0.999");
});
