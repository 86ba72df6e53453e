import { assert, assertEquals } from "@std/assert";
import { OpusDecoder, SpeechEncoders } from "../../../lib/audio/mod.ts";
import { Scope, systemClock } from "../../../lib/lifecycle/mod.ts";
import {
  type OwnSentence,
  OwnSentences,
  SpeechCache,
  TtsRunner,
  type TtsRunnerOptions,
  Voice,
} from "../../../lib/tts/mod.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeVoice } from "../../support/fake_voice.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

/** Sentences on a clock of the test, encoded for real. */
class Bench implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly scope = new Scope("sentences", { clock: systemClock });
  readonly speaker = new FakeVoice({ name: "own", languages: ["en", "zh"] });
  readonly cache: SpeechCache;
  readonly sentences: OwnSentences;

  constructor(dir?: string) {
    this.cache = new SpeechCache({
      maxBytes: 2 ** 20,
      disk: dir === undefined ? undefined : { dir, maxBytes: 2 ** 20 },
    });
    this.sentences = new OwnSentences({
      scope: this.scope,
      clock: this.clock,
      cache: this.cache,
      encoders: new SpeechEncoders({ scope: this.scope, maxWorkers: 1 }),
    });
  }

  runner(speaker = this.speaker, options: Partial<TtsRunnerOptions> = {}): TtsRunner {
    return new TtsRunner(speaker, {
      clock: this.clock,
      print: `print of ${speaker.name}`,
      retries: 0,
      firstSoundTimeoutMs: 8_000,
      stallTimeoutMs: 5_000,
      ...options,
    });
  }

  ask(others: Partial<OwnSentence> = {}): ReturnType<OwnSentences["packets"]> {
    const voice = new Voice([this.runner()]);
    return this.sentences.packets({ text: "Hello.", language: "en", frameMs: 60, voice, ...others });
  }

  /** Waits until what is under way has ended. */
  async ended(count: number): Promise<void> {
    await until(() => {
      const { made, failed } = this.sentences.stats;
      return made + failed >= count;
    }, `${count} ended`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope.close();
  }
}

test("the first time there is none; then it is there, at the device's frame duration, also after a restart", async () => {
  await withTempDir(async (dir) => {
    {
      await using bench = new Bench(dir);
      assertEquals([await bench.ask(), await bench.ask()], [undefined, undefined]);
      await bench.ended(1);
      const packets = await bench.ask();
      // 6 characters of 60 ms, and what the level needs.
      assert(packets !== undefined && packets.length >= 6 && packets.length <= 8, String(packets?.length));
      const decoder = new OpusDecoder({ sampleRateHz: 24_000 });
      for (const packet of packets) assertEquals(decoder.decode(packet).length, 1_440);
      decoder.close();
      assertEquals(bench.speaker.asked, [{ text: "Hello.", language: "en" }]);
      assertEquals(await bench.ask({ frameMs: 20 }), undefined);
      await bench.ended(2);
      assert((await bench.ask({ frameMs: 20 }))?.length !== packets.length);
    }
    await using again = new Bench(dir);
    assert(await again.ask() !== undefined);
    assertEquals(again.speaker.asked, []);
  });
});

test("a voice that does not speak the language, or no better than what ships, is not asked", async () => {
  await using bench = new Bench();
  const own = bench.runner();
  const plain = bench.runner(new FakeVoice({ name: "plain" }), { ownSentences: false });
  const english = bench.runner(new FakeVoice({ name: "english", languages: ["en"] }));
  const unknown = { clock: bench.clock, firstSoundTimeoutMs: 1_000, stallTimeoutMs: 1_000 };
  for (
    const [voice, language] of [
      [new Voice([plain, own]), "en"],
      [new Voice([english]), "zh"],
      [new Voice([new TtsRunner(bench.speaker, unknown)]), "en"],
    ] as const
  ) assertEquals(await bench.ask({ voice, language }), undefined);
  await bench.clock.advance(60_000);
  assertEquals([bench.speaker.asked, bench.sentences.stats], [[], { made: 0, failed: 0, refused: 0 }]);
});

test("one at a time, however many are wanted, and no more than may wait", async () => {
  await using bench = new Bench();
  let most = 0;
  const hold = Promise.withResolvers<void>();
  bench.speaker.script = () => {
    most = Math.max(most, bench.speaker.active);
    return { durationMs: 60, before: () => hold.promise };
  };
  const voice = new Voice([bench.runner()]);
  await Promise.all(
    Array.from({ length: 300 }, (_, index) => bench.ask({ text: `Sentence ${index}.`, voice })),
  );
  await until(() => bench.speaker.active === 1, "the first one");
  assertEquals(bench.sentences.stats.refused, 44);
  hold.resolve();
  await bench.ended(256);
  assertEquals([most, bench.speaker.asked.length, bench.sentences.stats.made], [0, 256, 256]);
});

test("a failure stays with what ships, and is tried again after ten minutes", async () => {
  await using bench = new Bench();
  bench.speaker.script = () => ({ fault: { code: "tts.failed", afterSound: true } });
  await bench.ask();
  await bench.ended(1);
  await bench.clock.advance(599_999);
  assertEquals([await bench.ask(), bench.speaker.asked.length], [undefined, 1]);
  bench.speaker.script = () => ({});
  await bench.clock.advance(1);
  await bench.ask();
  await bench.ended(2);
  assertEquals(bench.sentences.stats, { made: 1, failed: 1, refused: 0 });
  assert(await bench.ask() !== undefined);
});

test("a voice without sound, one that hangs, and one that never ends fail", async () => {
  for (const [name, durationMs] of [["silent", 0], ["endless", 3_600_000]] as const) {
    await using bench = new Bench();
    bench.speaker.script = () => ({ durationMs });
    await bench.ask();
    await bench.ended(1);
    assertEquals([bench.sentences.stats.failed, bench.speaker.active], [1, 0], name);
  }
  await using bench = new Bench();
  const hang = Promise.withResolvers<void>();
  bench.speaker.script = () => ({ before: () => hang.promise });
  await bench.ask({ voice: new Voice([bench.runner(bench.speaker, { firstSoundTimeoutMs: 120_000 })]) });
  await until(() => bench.speaker.active === 1, "the question");
  await bench.clock.advance(30_000);
  await bench.ended(1);
  assertEquals(bench.sentences.stats.failed, 1);
  hang.resolve();
});

test("what another voice of the chain spoke is not kept as this one's", async () => {
  await using bench = new Bench();
  bench.speaker.script = () => ({ fault: { code: "tts.failed" } });
  const other = new FakeVoice({ name: "other" });
  await bench.ask({ voice: new Voice([bench.runner(), bench.runner(other)]) });
  await bench.ended(1);
  assertEquals([other.asked.length, bench.sentences.stats.failed], [1, 1]);
});

test("it waits while half of the voice's places are taken, and gives up in the end", async () => {
  await using bench = new Bench();
  const hold = Promise.withResolvers<void>();
  bench.speaker.script = ({ text }) => text === "An answer." ? { before: () => hold.promise } : {};
  const runner = bench.runner(bench.speaker, { maxStreams: 1, firstSoundTimeoutMs: 120_000 });
  const voice = new Voice([runner]);
  const life = new AbortController();
  const answer = voice.speak({ text: "An answer.", language: "en" }, { signal: life.signal }).next();
  await until(() => bench.speaker.active === 1, "the answer");
  await bench.ask({ voice });
  await bench.clock.advance(29_000);
  assertEquals(bench.speaker.asked.length, 1);
  await bench.clock.advance(1_000);
  await bench.ended(1);
  assertEquals([bench.sentences.stats.failed, bench.speaker.asked.length], [1, 1]);
  life.abort();
  hold.resolve();
  await answer.catch(() => {});
});

test("closing gives up what is under way", async () => {
  const bench = new Bench();
  const hang = Promise.withResolvers<void>();
  bench.speaker.script = () => ({ before: () => hang.promise });
  await bench.ask();
  await until(() => bench.speaker.active === 1, "the question");
  const report = await bench.scope.close();
  assertEquals([report.failed, report.timedOut], [[], []]);
  assertEquals(await bench.ask(), undefined);
  hang.resolve();
});
