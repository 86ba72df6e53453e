import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { TtsRunner, ttsServiceKeys, ttsTypeOf } from "../../../lib/tts/mod.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { sherpaVoiceOver } from "../../support/open_voice.ts";
import { openOwnVoice, sherpaBlock } from "../../support/own_voice.ts";
import { TINY_VOICES } from "../../support/sherpa_voice.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;

test("sherpa: a directory is a voice, tried once, that speaks with the speaker that is named", async () => {
  await withTempDir(async (dir) => {
    const block = { model: TINY_VOICES.vits, speaker: "high", speed: 2 };
    await using first = await openOwnVoice(block, { dir });
    const sounds = await Array.fromAsync(first.provider.speak({ text: "你好。", language: "zh" }, NEVER));
    assertEquals(sounds.map(({ sampleRateHz }) => sampleRateHz), [16_000]);
    assertEquals(first.models.voice?.threads, 2);
    const marks = async () => (await Array.fromAsync(Deno.readDir(`${dir}/.sherpa`))).map(({ name }) => name);
    const [mark = ""] = await marks();
    assertMatch(mark, /^voice-[0-9a-f]{16}\.tried$/);
    const written = (await Deno.stat(`${dir}/.sherpa/${mark}`)).mtime;
    await using _second = await openOwnVoice(block, { dir });
    assertEquals((await Deno.stat(`${dir}/.sherpa/${mark}`)).mtime, written);
    assertEquals(await marks(), [mark]);
  });
});

test("sherpa: a voice that cannot be used ends nothing but the opening, and says why", async () => {
  await withTempDir(async (dir) => {
    const codeOf = async (block: Record<string, unknown>) =>
      (await assertRejects(() => openOwnVoice(block, { dir }), EarshotError)).code;
    assertEquals(await codeOf({ model: "/nowhere/voice" }), "model.missing");
    assertEquals(await codeOf({ model: TINY_VOICES.vits, speaker: 9 }), "model.unfit");
    assertEquals(await codeOf({ model: TINY_VOICES.vits, kind: "kitten" }), "model.unfit");
    assertEquals(await codeOf({ model: "kokoro-zh" }), "model.missing");
  });
});

test("sherpa: what a config may say of a voice", () => {
  const type = ttsTypeOf({ type: "sherpa" });
  const problems = (block: Record<string, unknown>) => {
    const found: string[] = [];
    type.check(sherpaBlock(block), (key, message) => found.push(`${key} ${message}`));
    return found.join("\n");
  };
  assertEquals(problems({ model: "kokoro-zh" }), "");
  assertEquals(problems({ model: "./voices/mine", kind: "vits", languages: ["de"] }), "");
  assertMatch(
    problems({ model: "kokoro-zn" }),
    /^model must be a known voice \(kokoro-zh\).*Did you mean kokoro-zh\?/,
  );
  assertMatch(problems({ model: "sense-voice" }), /^model must be a known voice/);
  assertMatch(problems({ model: "kokoro-zh", kind: "vits" }), /^kind kokoro-zh is kokoro: leave kind out/);
  assertMatch(problems({ model: "kokoro-zh", languages: ["de"] }), /^languages kokoro-zh speaks zh, en/);
  assertEquals(type.models?.(sherpaBlock({ model: "kokoro-zh" })), ["kokoro-zh"]);
  assertEquals(type.models?.(sherpaBlock({ model: "./mine" })), []);
});

test("sherpa: sentences are short, since one that nobody wants ends late; without Chinese they may be longer", () => {
  const type = ttsTypeOf({ type: "sherpa" });
  const capabilities = (block: Record<string, unknown>) => type.capabilities(sherpaBlock(block));
  assertEquals(capabilities({ model: "kokoro-zh" }), {
    languages: ["zh", "en"],
    maxChars: 80,
    textIn: "whole",
  });
  assertEquals(capabilities({ model: "./mine" }).languages, "any");
  assertEquals(capabilities({ model: "./mine" }).maxChars, 80);
  assertEquals(capabilities({ model: "./mine", languages: ["de"] }).maxChars, 200);
});

test("sherpa: one sentence at a time unless the config says otherwise, and a patient first sound", () => {
  const { shape } = ttsTypeOf({ type: "sherpa" });
  const defaults = Object.fromEntries(
    ["maxStreams", "firstSoundTimeoutMs"].map((key) => [key, Object(shape[key]).parse(undefined)]),
  );
  assertEquals(defaults, { maxStreams: 1, firstSoundTimeoutMs: 30_000 });
  assertEquals(ttsServiceKeys.parse({ ...defaults }).maxStreams, 1);
});

test("sherpa: the runner's signal frees the caller at once, whatever the engine does", async () => {
  const engine = new FakeEngine();
  engine.hold();
  const runner = new TtsRunner(sherpaVoiceOver(engine), {
    clock: systemClock,
    firstSoundTimeoutMs: 60_000,
    stallTimeoutMs: 60_000,
  });
  const giveUp = new AbortController();
  const spoken = Array.fromAsync(runner.speak({ text: "你好。", language: "zh" }, { signal: giveUp.signal }));
  giveUp.abort();
  assertEquals((await assertRejects(() => spoken, EarshotError)).code, "canceled");
  assertEquals(runner.stats.active, 0);
  engine.release();
});
