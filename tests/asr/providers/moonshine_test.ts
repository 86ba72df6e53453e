import { assertEquals, assertRejects } from "@std/assert";
import { AudioBuffer } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { chunkOf } from "../../support/chunks.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { moonshineOver } from "../../contract/engine_subjects.ts";
import { runAlone } from "../../support/open_recognizer.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { test } from "../../support/test.ts";

function setUp(language = "en") {
  const engine = new FakeEngine();
  const sound = new AudioBuffer();
  const turn = new AbortController();
  const options = { clock: new FakeClock(), openTimeoutMs: 5_000, finalTimeoutMs: 10_000 };
  const utterance = runAlone(moonshineOver(engine), options).recognizer
    .start({ language, cursor: sound.cursor("recognition") }, turn.signal);
  return { engine, sound, turn, utterance };
}

test("it recognizes an utterance in the engine", async () => {
  const { engine, sound, utterance } = setUp("en-GB");
  for (let seq = 0; seq < 10; seq++) sound.push(chunkOf(seq, 8_000));
  utterance.finish(8);
  assertEquals(await utterance.result, { text: "segment 0", droppedMs: 0 });
  assertEquals(engine.segments.map(({ length }) => length / 960), [9]);
});

test("a crash of the engine costs this utterance a retryable error", async () => {
  const { engine, sound, utterance } = setUp();
  engine.failure = new EarshotError("engine.crashed", "Cannot finish the job: the engine ended");
  sound.push(chunkOf(0, 8_000));
  utterance.finish();
  const error = await assertRejects(() => utterance.result, EarshotError);
  assertEquals([error.code, error.retryable, engine.segments.length], ["engine.crashed", true, 1]);
});

test("the end of the turn gives up the engine's job", async () => {
  const { engine, sound, turn, utterance } = setUp();
  engine.hold();
  sound.push(chunkOf(0, 8_000));
  utterance.finish();
  turn.abort();
  const error = await assertRejects(() => utterance.result, EarshotError);
  assertEquals(error.code, "canceled");
});
