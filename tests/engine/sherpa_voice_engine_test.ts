import { configure, reset } from "@logtape/logtape";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { EngineClient } from "../../lib/engine/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { TINY_RATE_HZ, tinyVoice } from "../support/sherpa_voice.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

/** How often a sound goes through zero upward in a second. */
function pitchHz(pcm: Int16Array): number {
  let crossings = 0;
  for (let at = 1; at < pcm.length; at++) if ((pcm[at - 1] ?? 0) < 0 && (pcm[at] ?? 0) >= 0) crossings++;
  return crossings / (pcm.length / TINY_RATE_HZ);
}

test("a voice of the user's own speaks in the engine, as the speaker and as fast as it is told", async () => {
  await using engine = new EngineClient({ models: { voice: await tinyVoice() } });
  await engine.warm();
  const usual = await engine.speak("你好。");
  assertEquals(usual.sampleRateHz, TINY_RATE_HZ);
  assert(Math.abs(pitchHz(usual.pcm) - 200) < 10, `${pitchHz(usual.pcm)}`);
  const high = await engine.speak("你好。", { speaker: 1, speed: 2 });
  assert(Math.abs(pitchHz(high.pcm) - 400) < 10, `${pitchHz(high.pcm)}`);
  assertEquals(high.pcm.length, usual.pcm.length / 2);
  const longer = await engine.speak("你好，再见。你好！");
  assert(longer.pcm.length > usual.pcm.length);
  assertEquals(engine.stats.runtime, "native");
});

test("a text of which a voice makes nothing gives no sound and no error", async () => {
  await using engine = new EngineClient({ models: { voice: await tinyVoice("matcha") } });
  for (const text of ["", "...", "！？", "xyz", "\0"]) {
    assertEquals((await engine.speak(text)).pcm.length, 0, text);
  }
  assert((await engine.speak("再见")).pcm.length > 0);
  assertEquals(engine.stats.restarts, 0);
});

test("nothing of a text reaches the log, though sherpa-onnx writes what it cannot say", async () => {
  const lines: string[] = [];
  await configure({
    reset: true,
    sinks: { memory: (record) => lines.push(JSON.stringify([record.message, record.properties])) },
    loggers: [
      { category: ["earshot", "engine"], sinks: ["memory"] },
      { category: ["logtape", "meta"], lowestLevel: "error" },
    ],
  });
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(reset);
  for (const kind of ["vits", "matcha"] as const) {
    const before = lines.length;
    await using engine = new EngineClient({ models: { voice: await tinyVoice(kind) } });
    await engine.speak("你好 secret 密码");
    await until(() => lines.slice(before).some((line) => line.includes("lexicon.cc")), "it complained");
  }
  assert(!lines.some((line) => /secret|密|码|你/.test(line)), lines.join("\n"));
});

test("an engine whose voice is broken says so, and loads it again for the next sentence", async () => {
  const voice = await tinyVoice();
  const parts = { model: "/nowhere/model.onnx" };
  await using engine = new EngineClient({
    models: { voice: { ...voice, files: { ...voice.files, parts } } },
  });
  for (let time = 0; time < 2; time++) {
    const error = await assertRejects(() => engine.speak("你好"), EarshotError);
    assertEquals(error.code, "engine.job_failed");
  }
});

test("aborting frees the caller at once, also in the midst of a sentence", async () => {
  await using engine = new EngineClient({ models: { voice: await tinyVoice() } });
  await engine.warm();
  const giveUp = new AbortController();
  const long = engine.speak("你好。".repeat(5_000), { signal: giveUp.signal });
  const next = engine.speak("再见");
  await until(() => engine.stats.voice.running === 1, "it speaks");
  giveUp.abort();
  assertEquals((await assertRejects(() => long, EarshotError)).code, "canceled");
  assert((await next).pcm.length > 0);
  assertEquals(engine.stats.restarts, 0);
});
