import { assert, assertEquals, assertRejects } from "@std/assert";
import { joinPcm, LevelMeter, resample, toFloat32, toPcm16 } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { EngineClient, type EngineOptions } from "../../lib/engine/mod.ts";
import { FLITE_PATH, HIBARI_PATHS, MOONSHINE_PATHS, SILERO_PATH, weightsMissing } from "../support/models.ts";
import { decodedPackets, packetChunks } from "../support/packets.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { COUNTRY, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";

const MODELS = { moonshine: MOONSHINE_PATHS, silero: SILERO_PATH, hibari: HIBARI_PATHS, flite: FLITE_PATH };
const ignore = weightsMissing || speechMissing();

function client(options: Partial<EngineOptions> = {}): EngineClient {
  return new EngineClient({ models: MODELS, recognitionWorkers: 1, ...options });
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z ]/g, "");
}

test("the real engine hears, detects and speaks", async () => {
  await using engine = client();
  await engine.warm();
  assertEquals(engine.stats.warmed, true);
  const { pcm, transcript } = speechClip(COUNTRY);
  assertEquals(plain((await engine.recognize(pcm)).text), transcript);
  const frames = pcm.subarray(0, pcm.length - pcm.length % 512);
  const [heard] = await engine.detectSpeech([{ streamId: 1, pcm: frames }]);
  assert(heard !== undefined && Math.max(...heard.probabilities) > 0.9);
  const sentence = "The child almost hurt the small dog.";
  const { pcm: voice, sampleRateHz } = await engine.speak(sentence, { voice: "flite" });
  assertEquals(sampleRateHz, 16_000);
  assertEquals(plain((await engine.recognize(voice)).text).split(" ").length, 7);
  const usual = await engine.speak(sentence);
  assertEquals([usual.sampleRateHz, usual], [24_000, await engine.speak(sentence, { voice: "hibari" })]);
  const { text } = await engine.recognize(toPcm16(resample(toFloat32(usual.pcm), 24_000, 16_000)));
  assertEquals(plain(text), plain(sentence));
}, { ignore });

test("every thread of the engine lets the gateway go first", async () => {
  await using engine = client();
  await engine.warm();
  const tasks = `/proc/${engine.stats.pid}/task`;
  const niceness = Array.from(Deno.readDirSync(tasks), ({ name }) => {
    // The name of the program, in brackets, may hold spaces; nice is the 17th field after it.
    const [, fields = ""] = Deno.readTextFileSync(`${tasks}/${name}/stat`).split(/\) (?=[^)]*$)/);
    return Number(fields.split(" ")[16]);
  });
  // The main thread, a Worker for detection, one for recognition; V8's own came before.
  assert(niceness.filter((nice) => nice === 10).length >= 3, `${niceness}`);
}, { ignore: ignore || Deno.build.os !== "linux" });

test("an engine killed in the middle of a recognition costs that one only", async () => {
  await using engine = client();
  await engine.warm();
  const { pcm, transcript } = speechClip(COUNTRY);
  const long = new Int16Array(15 * 16_000).map((_, index) => pcm[index % pcm.length] ?? 0);
  const held = engine.recognize(long);
  setTimeout(() => Deno.kill(engine.stats.pid ?? 0, "SIGKILL"), 20);
  const error = await assertRejects(() => held, EarshotError);
  assertEquals([error.code, error.retryable], ["engine.crashed", true]);
  assertEquals(plain((await engine.recognize(pcm)).text), transcript);
  assertEquals(engine.stats.restarts, 1);
}, { ignore });

/** The clip as a device sends it, and as this process decodes it. */
function sentClip() {
  const { pcm, transcript } = speechClip(COUNTRY);
  const packets = packetChunks(pcm);
  return { packets, decoded: joinPcm(decodedPackets(packets)), transcript };
}

test(
  "packets are judged and recognized as their sound is that was decoded here, and decoded once for both",
  async () => {
    await using engine = client();
    await engine.warm();
    const { packets, decoded, transcript } = sentClip();
    const source = {};
    const levels: number[] = [];
    const probabilities: number[] = [];
    for (let at = 0; at < packets.length; at += 3) { // as it comes: 180 ms are no whole frames
      const batch = [{
        streamId: 1,
        source,
        packets: packets.slice(at, at + 3),
        keepFromSeq: 0,
        wants: "levels" as const,
      }];
      const [heard] = await engine.hear(batch);
      probabilities.push(...heard?.probabilities ?? []);
      levels.push(...heard?.levels?.flatMap((part) => [...part]) ?? []);
    }
    const frames = decoded.subarray(0, decoded.length - decoded.length % 512);
    const [whole] = await engine.detectSpeech([{ streamId: 2, pcm: frames }]);
    assert(Math.max(...probabilities) > 0.9 && Math.min(...probabilities) < 0.1);
    assertEquals(probabilities, [...whole?.probabilities ?? []]);
    assertEquals(levels, [...new LevelMeter().push(decoded)]);

    const [all] = await engine.hear([{ streamId: 3, source: {}, packets, keepFromSeq: 0, wants: "pcm" }]);
    assertSameSound([joinPcm(all?.pcm ?? [])], [decoded]);

    const { text } = await engine.recognize(decoded);
    assertEquals(plain(text), transcript);
    assertEquals((await engine.recognize({ source, packets })).text, text);
    const part = { skipSamples: 4_000, samples: 32_000 };
    const meant = decoded.subarray(4_000, 36_000);
    assertEquals(
      (await engine.recognize({ source, packets, ...part })).text,
      (await engine.recognize(meant)).text,
    );
    engine.releaseSound(source);
    assertEquals((await engine.recognize({ source, packets })).text, text);
  },
  { ignore },
);

test("an engine that was killed is followed by one that hears the same of the packets alone", async () => {
  await using engine = client();
  await engine.warm();
  const { packets, transcript } = sentClip();
  const source = {};
  const hear = async (streamId: number) =>
    (await engine.hear([{ streamId, source, packets, keepFromSeq: 0 }]))[0]?.probabilities;
  const probabilities = await hear(1);
  const { text } = await engine.recognize({ source, packets });
  assertEquals(plain(text), transcript);
  const { pid = 0 } = engine.stats;
  Deno.kill(pid, "SIGKILL");
  const lost = await hear(2).catch((thrown: unknown) => thrown);
  if (lost instanceof Error) assertEquals(EarshotError.from(lost).code, "engine.crashed");
  assertEquals((await engine.recognize({ source, packets })).text, text);
  assertEquals(await hear(3), probabilities);
  assertEquals([engine.stats.restarts, engine.stats.pid === pid], [1, false]);
}, { ignore });

test("a corrupt model fails its own jobs, and the engine goes on with the others", async () => {
  const directory = await Deno.makeTempDir();
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => Deno.remove(directory, { recursive: true }));
  const whole = await Deno.readFile(MOONSHINE_PATHS.decoderPath);
  const decoderPath = `${directory}/decoder.onnx`;
  await Deno.writeFile(decoderPath, whole.subarray(0, whole.length / 2));
  await using engine = client({ models: { ...MODELS, moonshine: { ...MOONSHINE_PATHS, decoderPath } } });
  for (let tries = 0; tries < 2; tries++) {
    const error = await assertRejects(() => engine.recognize(speechClip(COUNTRY).pcm), EarshotError);
    assertEquals(error.code, "engine.job_failed");
  }
  assertEquals((await engine.detectSpeech([{ streamId: 1, pcm: new Int16Array(512) }])).length, 1);
  assertEquals(engine.stats.restarts, 0);
}, { ignore });

test("auto takes the WASM runtime when the native one really cannot be loaded", async () => {
  await using engine = client({ runtime: "auto", entry: new URL("./no_ffi_engine.ts", import.meta.url) });
  await engine.warm(); // what is compiled first counts toward no job's deadline
  assertEquals(engine.stats.runtime, "wasm");
  const [heard] = await engine.detectSpeech([{ streamId: 1, pcm: new Int16Array(512) }]);
  assertEquals(heard?.probabilities.length, 1);
}, { ignore });

test("a signal to the whole group, or a job without a model, leaves the engine alive", async () => {
  await using engine = client({ models: {} });
  await engine.start();
  const { pid } = engine.stats;
  Deno.kill(pid ?? 0, "SIGINT");
  Deno.kill(pid ?? 0, "SIGTERM");
  for (
    const job of [engine.recognize(new Int16Array(1600)), engine.detectSpeech([]), engine.speak("hello")]
  ) {
    assertEquals((await assertRejects(() => job, EarshotError)).code, "engine.job_failed");
  }
  assertEquals([engine.stats.pid, engine.stats.restarts], [pid, 0]);
}, { ignore: Deno.build.os === "windows" });
