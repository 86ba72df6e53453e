import { assert, assertEquals, assertRejects } from "@std/assert";
import { transcribe } from "../../lib/asr/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { test } from "../support/test.ts";

const HZ = 16_000;
const NEVER = new AbortController().signal;

/** Loud sound in pieces, and how far it was read. */
class Source {
  readSeconds = 0;

  async *pieces(seconds: number): AsyncGenerator<Int16Array> {
    for (; this.readSeconds < seconds; this.readSeconds++) yield new Int16Array(HZ).fill(5_000);
  }
}

test("a long recording is recognized in segments, each given before more is read", async () => {
  const engine = new FakeEngine();
  const source = new Source();
  const texts: string[] = [];
  let endMs = 0;
  for await (const segment of transcribe(engine, source.pieces(45), NEVER)) {
    assertEquals(segment.startMs, endMs);
    endMs = segment.endMs;
    texts.push(segment.text);
    // The best place to cut lies up to 8 s back.
    assert(source.readSeconds * 1_000 <= endMs + 9_000, `${source.readSeconds} s were read at ${endMs} ms`);
  }
  assertEquals(endMs, 45_000);
  assertEquals(texts, engine.segments.map((_, index) => `segment ${index}`));
  assertEquals(engine.segments.reduce((sum, { length }) => sum + length, 0), 45 * HZ);
});

test("where the pieces end makes no difference", async () => {
  const pcm = Int16Array.from({ length: 45 * HZ }, (_, i) => i % (7 * HZ) < HZ / 2 ? 0 : (i % 50) * 100);
  const cut = async (size: number) => {
    const engine = new FakeEngine();
    const pieces = [];
    for (let at = 0; at < pcm.length; at += size) pieces.push(pcm.subarray(at, at + size));
    await Array.fromAsync(transcribe(engine, pieces, NEVER));
    return engine.segments.map(({ length }) => length);
  };
  const whole = await cut(pcm.length);
  assertEquals(whole.length, 4);
  for (const size of [160, 4_001, 20 * HZ]) assertEquals(await cut(size), whole);
});

test("a recording without sound gives nothing", async () => {
  assertEquals(await Array.fromAsync(transcribe(new FakeEngine(), [], NEVER)), []);
  assertEquals(await Array.fromAsync(transcribe(new FakeEngine(), [new Int16Array(0)], NEVER)), []);
});

test("an aborted signal gives the job up", async () => {
  const engine = new FakeEngine();
  engine.hold();
  const abort = new AbortController();
  const transcript = Array.fromAsync(transcribe(engine, [new Int16Array(HZ)], abort.signal));
  abort.abort();
  assertEquals((await assertRejects(() => transcript, EarshotError)).code, "cancelled");
});
