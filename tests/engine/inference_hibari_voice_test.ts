import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { resample, toFloat32, toPcm16 } from "../../lib/audio/mod.ts";
import type { EngineRuntime } from "../../lib/engine/contract.ts";
import { soundOfFrames } from "../../lib/engine/inference/hibari_sound.ts";
import { numbersOfSymbols } from "../../lib/engine/inference/hibari_symbols.ts";
import { HibariVoice } from "../../lib/engine/inference/hibari_voice.ts";
import { Moonshine } from "../../lib/engine/inference/moonshine.ts";
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { MAX_SPOKEN_LENGTH } from "../../lib/engine/inference/spoken_length.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { CountingRuntime } from "../support/counting_runtime.ts";
import { HIBARI_PATHS, MOONSHINE_PATHS, weightsMissing } from "../support/models.ts";
import { test } from "../support/test.ts";

const SENTENCE = "Please turn on the light in the living room.";
const BINS = 601;

async function withVoice(
  use: (voice: HibariVoice) => Promise<void>,
  runtime: EngineRuntime = "native",
): Promise<void> {
  const voice = await HibariVoice.load(await loadRuntime(runtime), HIBARI_PATHS);
  try {
    await use(voice);
  } finally {
    await voice.release();
  }
}

test("Hibari speaks at 24 kHz, the same each time", async () => {
  await withVoice(async (voice) => {
    const { pcm, sampleRateHz } = await voice.speak(SENTENCE);
    assertEquals(sampleRateHz, 24_000);
    assert(pcm.length > 2 * 24_000 && pcm.length < 4 * 24_000, `${pcm.length} samples`);
    assert(pcm.some((sample) => Math.abs(sample) > 5_000), "it is loud enough");
    assertEquals((await voice.speak(SENTENCE)).pcm, pcm);
  });
});

for (
  const { runtime, sanitizeResources } of [
    { runtime: "native", sanitizeResources: true },
    // onnxruntime-web opens a MessageChannel once, and never closes it.
    { runtime: "wasm", sanitizeResources: false },
  ] as const
) {
  test(`what Hibari says is understood, on the ${runtime} runtime`, async () => {
    await withVoice(async (voice) => {
      const { pcm, sampleRateHz } = await voice.speak(SENTENCE);
      const moonshine = await Moonshine.load(await loadRuntime("native"), MOONSHINE_PATHS);
      const { text } = await moonshine.recognize(toPcm16(resample(toFloat32(pcm), sampleRateHz, 16_000)));
      await moonshine.release();
      assertEquals(text, SENTENCE);
    }, runtime);
  }, { ignore: weightsMissing, sanitizeResources });
}

test("Hibari leaves nothing open, whatever happens", async () => {
  const runtime = new CountingRuntime(await loadRuntime("native"));
  const voice = await HibariVoice.load(runtime, HIBARI_PATHS);
  await voice.speak(SENTENCE);
  assertEquals(runtime.liveTensors, 0);
  runtime.broken = true;
  assertEquals((await assertRejects(() => voice.speak(SENTENCE), EarshotError)).code, "engine.job_failed");
  assertEquals(runtime.liveTensors, 0);
  await voice.release();
  assertEquals(runtime.liveSessions, 0);
});

test("odd text is spoken by Hibari or silent, never a fault", async () => {
  await withVoice(async (voice) => {
    const seconds = async (text: string) => (await voice.speak(text)).pcm.length / 24_000;
    for (const silent of ["", "...", "早上好", "🙂 ()", "'"]) assertEquals(await seconds(silent), 0, silent);
    assert(await seconds("one\0two") > await seconds("one"), "what comes after a NUL is spoken too");
    assert(await seconds("早上好 naïve 🙂") > 0.3);
    assert(await seconds("a ".repeat(MAX_SPOKEN_LENGTH / 2)) > 10);
    assert(await seconds("xkcdqwrtzpsdfghjklmnbvc".repeat(43)) > 1);
  });
});

test("too much text, and text that takes too long to say, is refused by Hibari", async () => {
  await withVoice(async (voice) => {
    for (const text of ["a".repeat(MAX_SPOKEN_LENGTH + 1), "$7,777,777.77 ".repeat(71)]) {
      const error = await assertRejects(() => voice.speak(text), EarshotError);
      assertEquals(error.code, "engine.job_failed");
      assert(!error.message.includes("777"), "the text is in no message");
    }
  });
});

test("a file that is none of Hibari's is an error of the job", async () => {
  const runtime = await loadRuntime("native");
  for (const wrong of ["voicePath", "wordsPath", "lettersPath"] as const) {
    const paths = { ...HIBARI_PATHS, [wrong]: "./absent" };
    const error = await assertRejects(() => HibariVoice.load(runtime, paths), EarshotError);
    assertEquals(error.code, "engine.job_failed");
  }
  const paths = { ...HIBARI_PATHS, lettersPath: new URL(import.meta.url).pathname };
  assertEquals(
    (await assertRejects(() => HibariVoice.load(runtime, paths), EarshotError)).code,
    "engine.job_failed",
  );
});

test("frames without strength are silence, loud ones are cut, and frames that miss values are refused", () => {
  const frames = (count: number, gain: number) => {
    const row = (value: number) => new Float32Array(BINS * count).fill(value);
    return {
      pulseGain: row(gain),
      pulseTurn: row(0),
      noiseGain: row(gain),
      restGain: row(gain),
      restPhase: row(0),
      pitchHz: new Float32Array(count).fill(100),
    };
  };
  assertEquals(soundOfFrames(frames(7, -Infinity)), new Int16Array(7 * 300));
  const loud = soundOfFrames(frames(7, 100));
  assertEquals([Math.max(...loud), Math.min(...loud)], [32_767, -32_767]);
  assertThrows(
    () => soundOfFrames({ ...frames(7, 0), restGain: new Float32Array(1) }),
    TypeError,
    "restGain",
  );
  assertEquals(soundOfFrames(frames(0, 0)).length, 0);
});

test("symbols have an edge around them, and one that the voice does not know is left out", () => {
  assertEquals([...numbersOfSymbols("hˈI☃.")], [0n, 50n, 156n, 25n, 4n, 0n]);
});
