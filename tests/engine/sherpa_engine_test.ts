import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { configure, reset } from "@logtape/logtape";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { sherpaOver } from "../contract/engine_subjects.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { AudioBuffer } from "../../lib/audio/mod.ts";
import {
  EngineClient,
  type ModelPaths,
  SHERPA_KIND_NAMES,
  SHERPA_KINDS,
  type SherpaModel,
  wrapTokens,
} from "../../lib/engine/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { FileChecker } from "../../lib/models/file_check.ts";
import { SHERPA_LIBRARY, sherpaLibrary } from "../../lib/models/mod.ts";
import { chunkWith } from "../support/chunks.ts";
import { SILERO_PATH, weightsMissing } from "../support/models.ts";
import { noise } from "../support/noise.ts";
import { moonshineForSherpa, TINY_MODELS } from "../support/sherpa_model.ts";
import { speechClips, speechMissing } from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { wordErrors } from "../support/word_errors.ts";
import { until } from "../support/until.ts";

const ignore = weightsMissing || speechMissing();

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
      let [wrong, words] = [0, 0];
      for (const { pcm, transcript } of clips) {
        const [{ text, inferenceMs }, [vad]] = await Promise.all([
          engine.recognize(pcm),
          engine.detectSpeech([{ streamId: 1, pcm: pcm.subarray(0, 512 * 20) }]),
        ]);
        assert(inferenceMs > 0 && vad?.probabilities.length === 20);
        wrong += wordErrors(transcript, text);
        words += transcript.split(" ").length;
      }
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
      const stream = engine.openStream();
      const error = await assertRejects(() => stream.write(new Int16Array(3_200)), EarshotError);
      assertEquals([error.code, error.retryable], ["engine.crashed", true]);
      const again = await assertRejects(() => stream.write(new Int16Array(3_200)), EarshotError);
      assertEquals([again.code, again.retryable], ["engine.crashed", true]);
      stream.close();
      await until(() => engine.stats.state === "ready", "the engine is back");
      assertEquals((await engine.detectSpeech([{ streamId: 1, pcm: new Int16Array(512) }])).length, 1);
      assertEquals([engine.stats.restarts, engine.stats.openStreams], [1, 0]);
    }),
  { ignore },
);

test("a streaming model hears sentence by sentence, each ended by silence", async () => {
  await using engine = client(TINY_MODELS.zipformer);
  await engine.warm();
  const stream = engine.openStream();
  const said: string[] = [];
  for (const loudness of [0, 8_000, 8_000, 0, 0, 0, 0, 0, 0, 0, 8_000, 0, 8_000, 0, 0]) {
    const { finals, partial } = await stream.write(noise(3_200, loudness));
    said.push(...finals.map((text) => `${text}.`), ...(partial === "" ? [] : [partial]));
  }
  const { finals } = await stream.write(new Int16Array(0), { finish: true });
  stream.close();
  const sentences = said.filter((text) => text.endsWith("."));
  assertEquals([sentences, finals], [["LOUD."], ["LOUD LOUD"]]);
  assertEquals(said.indexOf("LOUD"), 0, "its partial came before it ended");
});

test("streams that are heard in turns do not hear each other, and 200 of them leave nothing open", async () => {
  await using engine = client(TINY_MODELS.zipformer);
  await engine.warm();
  for (let round = 0; round < 4; round++) {
    const texts = await Promise.all(Array.from({ length: 50 }, async (_, index) => {
      const stream = engine.openStream();
      try {
        await stream.write(noise(3_200, 0));
        if (index % 5 === 0) return "given up";
        await stream.write(noise(3_200, index % 2 === 0 ? 8_000 : 0));
        return (await stream.write(noise(1_600, 0), { finish: true })).finals.join("");
      } finally {
        stream.close();
      }
    }));
    const expected = (index: number) => index % 5 === 0 ? "given up" : index % 2 === 0 ? "LOUD" : "";
    assertEquals(texts, texts.map((_, index) => expected(index)));
  }
  assertEquals([engine.stats.openStreams, engine.stats.restarts], [0, 0]);
});

test("an engine that is killed amid an utterance is started again, and the utterance is heard from its start", async () => {
  await using engine = client(TINY_MODELS.zipformer);
  await engine.warm();
  const retried: string[] = [];
  const { recognizer } = runAlone(sherpaOver(engine, "zipformer"), {
    clock: systemClock,
    openTimeoutMs: 5_000,
    finalTimeoutMs: 10_000,
    retries: 4,
    onEvent: (event) => event.type === "retried" && retried.push(event.error.code),
  });
  const sound = new AudioBuffer();
  const cursor = sound.cursor("recognition");
  const utterance = recognizer.start({ language: "en", cursor }, new AbortController().signal);
  const say = (seq: number, loudness: number) => {
    sound.push(chunkWith(seq, noise(960, loudness)));
    utterance.pump();
  };
  for (let seq = 0; seq < 10; seq++) say(seq, 0);
  await until(() => engine.stats.streaming.done >= 2, "it is heard");
  Deno.kill(engine.stats.pid ?? 0, "SIGKILL");
  for (let seq = 10; seq < 20; seq++) say(seq, 8_000);
  utterance.finish();
  assertEquals((await utterance.result).text, "LOUD");
  assert(retried.length > 0 && retried.every((code) => code === "engine.crashed"), `${retried}`);
  assertEquals([engine.stats.restarts, engine.stats.openStreams], [1, 0]);
  cursor.close();
});

test("SenseVoice says language and mood with the words, Paraformer the words", async () => {
  const speech = noise(16_000, 8_000);
  await using senses = client(TINY_MODELS.senseVoice);
  const { text, language, tags } = await senses.recognize(speech);
  assertEquals([text, language, tags], ["你好", "zh", "<|HAPPY|><|Speech|>"]);
  await using former = client(TINY_MODELS.paraformer);
  assertEquals((await former.recognize(speech)).text, "早上好");
});

test("Whisper's characters are whole with a list of tokens that was wrapped", () =>
  withTempDir(async (dir) => {
    const { files } = TINY_MODELS.whisper;
    const tokens = `${dir}/tokens.txt`;
    await Deno.writeTextFile(tokens, wrapTokens(await Deno.readTextFile(files.tokens)));
    await using engine = client({ ...TINY_MODELS.whisper, files: { ...files, tokens }, wrappedTokens: true });
    const { text, language } = await engine.recognize(noise(16_000, 8_000));
    assertEquals([text, language], ["验好樂 [Bell]", "zh"]);
  }));

test("every kind is told to sherpa-onnx by the names that it knows: it looks for the very files", async () => {
  const lines: string[] = [];
  await configure({
    reset: true,
    sinks: { memory: (record) => lines.push(String(record.properties["line"] ?? "")) },
    loggers: [
      { category: ["earshot", "engine"], sinks: ["memory"] },
      { category: ["logtape", "meta"], lowestLevel: "error" },
    ],
  });
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(reset);
  for (const kind of SHERPA_KIND_NAMES) {
    const { streaming, parts } = SHERPA_KINDS[kind];
    const absent = Object.fromEntries(parts.map((part) => [part, `/nowhere/${kind}/${part}.onnx`]));
    const files = { ...absent, tokens: TINY_MODELS.zipformer.files.tokens };
    await using engine = client({ kind, files, threads: 1, language: "zh" });
    const speech = noise(3_200, 8_000);
    const job = () => streaming ? engine.openStream().write(speech) : engine.recognize(speech);
    assertEquals((await assertRejects(job, EarshotError)).code, "engine.job_failed", kind);
    assertEquals(engine.stats.restarts, 0, kind);
    const missing = `'/nowhere/${kind}/${parts[0]}.onnx' does not exist`;
    await until(() => lines.some((line) => line.includes(missing)), "it is said");
  }
});

test(
  "an executable loads the addon from a folder: the package's files are those that it would fetch",
  async () => {
    const library = sherpaLibrary();
    assert(library !== undefined);
    const { files, source } = library[SHERPA_LIBRARY];
    // Deno's cache has the package as npm packs it.
    const require = createRequire(import.meta.resolve("npm:sherpa-onnx-node@1.13.8/types.js"));
    const folder = dirname(require.resolve(source.package));
    for (const { name, sizeBytes, sha256 } of Object.values(files)) {
      const state = await new FileChecker().check(join(folder, name), { sizeBytes, sha256 });
      assertEquals(state, "ok", name);
    }
    await withTempDir(async (dir) => {
      for (const { name } of Object.values(files)) await Deno.copyFile(join(folder, name), join(dir, name));
      await using engine = client({ ...TINY_MODELS.paraformer, addonPath: join(dir, files.addon.name) });
      assertEquals((await engine.recognize(noise(16_000, 8_000))).text, "早上好");
      const maps = await Deno.readTextFile(`/proc/${engine.stats.pid}/maps`);
      for (const { name } of Object.values(files)) assert(maps.includes(join(dir, name)), name);
    });
  },
  { ignore: Deno.build.os !== "linux" },
);
