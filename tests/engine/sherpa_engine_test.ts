import { assert, assertEquals, assertRejects } from "@std/assert";
import { EngineClient, type ModelPaths, type SherpaModel } from "../../lib/engine/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { anyMissing, MOONSHINE_PATHS, SILERO_PATH } from "../support/models.ts";
import { moonshineForSherpa } from "../support/sherpa_model.ts";
import { speechClips, speechMissing, speechPath } from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { countWordErrors } from "../support/word_errors.ts";
import { until } from "./processes.ts";

const ignore = anyMissing(...Object.values(MOONSHINE_PATHS), SILERO_PATH) || speechMissing();

/** Bytes that are no model. */
const GARBAGE = new Uint8Array(1_000).fill(7);

function client(sherpa: SherpaModel, models: ModelPaths = {}): EngineClient {
  return new EngineClient({ models: { ...models, sherpa }, recognitionWorkers: 1 });
}

test(
  "sherpa-onnx runs beside ONNX Runtime in one engine and hears real speech",
  () =>
    withTempDir(async (dir) => {
      await using engine = client(await moonshineForSherpa(`${dir}/tokens.txt`), { silero: SILERO_PATH });
      await engine.warm();
      assertEquals(engine.stats.runtime, "native");
      const clips = speechClips().filter(({ pcm }) => pcm.length <= 20 * 16_000);
      const heard: string[] = [];
      for (const { file, pcm } of clips) {
        const [{ text, inferenceMs }, [vad]] = await Promise.all([
          engine.recognize(pcm),
          engine.detectSpeech([{ streamId: 1, pcm: pcm.subarray(0, 512 * 20) }]),
        ]);
        assert(inferenceMs > 0 && vad?.probabilities.length === 20);
        heard.push(JSON.stringify({ file, text }));
      }
      const { wrong, words, answered } = await countWordErrors(speechPath("manifest.json"), heard.join("\n"));
      assertEquals(answered, clips.length);
      // Moonshine itself, without the fix for empty output that our own loop has.
      assert(wrong <= words * 0.06, `${wrong} of ${words} words are wrong`);
    }),
  { ignore },
);

test("silence and next to no sound are no words", () =>
  withTempDir(async (dir) => {
    await using engine = client(await moonshineForSherpa(`${dir}/tokens.txt`));
    for (const samples of [0, 1, 1_599, 32_000]) {
      assertEquals((await engine.recognize(new Int16Array(samples))).text, "");
    }
  }), { ignore });

test(
  "a file that sherpa-onnx refuses fails the job, and the engine goes on",
  () =>
    withTempDir(async (dir) => {
      const decoder = `${dir}/decoder.onnx`;
      await Deno.writeFile(decoder, GARBAGE);
      const model = await moonshineForSherpa(`${dir}/tokens.txt`);
      await using engine = client({ ...model, files: { ...model.files, decoder } }, { silero: SILERO_PATH });
      const speech = new Int16Array(16_000).fill(1_000);
      assertEquals(
        (await assertRejects(() => engine.recognize(speech), EarshotError)).code,
        "engine.job_failed",
      );
      assertEquals((await engine.detectSpeech([{ streamId: 1, pcm: new Int16Array(512) }])).length, 1);
      assertEquals(engine.stats.restarts, 0);
    }),
  { ignore },
);

test(
  "a file that makes sherpa-onnx abort ends the engine alone, which is started again",
  () =>
    withTempDir(async (dir) => {
      const file = `${dir}/bad.onnx`;
      await Deno.writeFile(file, GARBAGE);
      const files = { encoder: file, decoder: file, joiner: file, tokens: file };
      await using engine = client({ kind: "zipformer", files, threads: 1, language: "zh" }, {
        silero: SILERO_PATH,
      });
      const stream = engine.openHearing();
      const error = await assertRejects(() => stream.hear(new Int16Array(3_200)), EarshotError);
      assertEquals([error.code, error.retryable], ["engine.crashed", true]);
      const again = await assertRejects(() => stream.hear(new Int16Array(3_200)), EarshotError);
      assertEquals([again.code, again.retryable], ["engine.crashed", true]);
      stream.close();
      await until("the engine is back", () => engine.stats.state === "ready");
      assertEquals((await engine.detectSpeech([{ streamId: 1, pcm: new Int16Array(512) }])).length, 1);
      assertEquals([engine.stats.restarts, engine.stats.hearingStreams], [1, 0]);
    }),
  { ignore },
);
