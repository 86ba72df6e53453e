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

test("what is too quiet is raised and an offset is taken away, and all else is left as it is", async () => {
  const heard = async (pcm: Int16Array) => {
    const engine = new FakeEngine();
    await Array.fromAsync(transcribe(engine, [pcm], NEVER));
    return Int16Array.from(engine.segments.flatMap((segment) => [...segment]));
  };
  const tone = (loudest: number, offset = 0) =>
    Int16Array.from({ length: 3 * HZ }, (_, i) => Math.sin(i * 0.3) * loudest + offset);
  const loudest = (pcm: Int16Array) => pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  for (const pcm of [tone(20_000), tone(600), tone(0), tone(20_000, 1_000)]) {
    assertEquals(await heard(pcm), pcm);
  }
  assert(loudest(await heard(tone(100))) > 3_000);
  assert(loudest(await heard(tone(4_000, 20_000))) < 4_100);
  assert(loudest(await heard(tone(0, 20_000))) === 0);
  const clicked = tone(100);
  clicked.fill(30_000, 0, 160);
  assert(loudest((await heard(clicked)).subarray(HZ)) > 3_000);
  // A pause of a loud recording stays one.
  const both = new Int16Array(30 * HZ);
  both.set(tone(20_000));
  both.set(tone(100), 25 * HZ);
  assertEquals(await heard(both), both);
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
  assertEquals((await assertRejects(() => transcript, EarshotError)).code, "canceled");
});
