import { assertEquals, assertRejects } from "@std/assert";
import { transcribe } from "../../lib/asr/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { test } from "../support/test.ts";

const NEVER = new AbortController().signal;

test("a long recording is recognised in segments and joined", async () => {
  const engine = new FakeEngine();
  const transcript = await transcribe(engine, new Int16Array(45 * 16_000).fill(5_000), NEVER);
  assertEquals(engine.segments.reduce((sum, { length }) => sum + length, 0), 45 * 16_000);
  assertEquals(transcript, {
    text: engine.segments.map((_, index) => `segment ${index}`).join(" "),
    inferenceMs: engine.segments.length,
  });
});

test("a recording without sound says nothing", async () => {
  assertEquals(await transcribe(new FakeEngine(), new Int16Array(0), NEVER), { text: "", inferenceMs: 0 });
});

test("an aborted signal gives the job up", async () => {
  const engine = new FakeEngine();
  engine.hold();
  const abort = new AbortController();
  const transcript = transcribe(engine, new Int16Array(16_000), abort.signal);
  abort.abort();
  assertEquals((await assertRejects(() => transcript, EarshotError)).code, "cancelled");
});
