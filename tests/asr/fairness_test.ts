import { assertEquals, assertRejects } from "@std/assert";
import { AudioBuffer } from "../../lib/audio/mod.ts";
import { EngineClient } from "../../lib/engine/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { moonshineOver, sherpaOver } from "../contract/engine_subjects.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { chunkOf } from "../support/chunks.ts";
import { test } from "../support/test.ts";

const NEVER = new AbortController().signal;

const ADAPTERS = {
  moonshine: moonshineOver,
  sherpa: (engine: EngineClient) => sherpaOver(engine, "whisper"),
};

for (const [name, open] of Object.entries(ADAPTERS)) {
  test(`a word beside a device that fills the queue is next, and the flood makes room for it [${name}]`, async () => {
    await using engine = new EngineClient({
      models: {},
      runtime: "wasm",
      entry: new URL("../engine/fake_engine.ts", import.meta.url),
      recognitionWorkers: 1,
      recognitionQueue: 2,
    });
    await engine.start();
    const { recognizer, runner } = runAlone(open(engine), {
      clock: systemClock,
      openTimeoutMs: 5_000,
      finalTimeoutMs: 30_000,
    });
    const ended: string[] = [];
    const nextSeq = new Map<AudioBuffer, number>();
    /** Says so many seconds in one utterance of a device, each of which keeps the engine busy for 50 ms. */
    const say = (device: AudioBuffer, { name, seconds }: { name: string; seconds: number }) => {
      const fromSeq = nextSeq.get(device) ?? 0;
      nextSeq.set(device, fromSeq + seconds);
      const cursor = device.cursor(name);
      cursor.skipTo(fromSeq);
      for (let second = 0; second < seconds; second++) {
        device.push(chunkOf(fromSeq + second, 50 * seconds, 1_000));
      }
      const utterance = recognizer.start({ language: "en", cursor }, NEVER);
      utterance.pump();
      utterance.finish();
      return utterance.result.finally(() => {
        ended.push(name);
        cursor.close();
      });
    };
    const [flood, speaker] = [new AudioBuffer({}), new AudioBuffer({})];
    const flooded = ["a", "b", "c"].map((name) => say(flood, { name, seconds: 5 }));
    const word = say(speaker, { name: "word", seconds: 1 });
    assertEquals((await assertRejects(() => flooded[2] ?? word, EarshotError)).code, "engine.busy");
    assertEquals((await word).text, "16000");
    await Promise.all(flooded.slice(0, 2));
    assertEquals(ended, ["c", "a", "word", "b"]);
    const { displaced, refused, done } = engine.stats.recognition;
    assertEquals({ displaced, refused, done }, { displaced: 1, refused: 0, done: 3 });
    assertEquals(runner.stats.breaker, "closed");
    flood.close();
    speaker.close();
  });
}
