import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig, type TtsRigOptions } from "../../contract/tts_rig.ts";
import { minimaxSubject } from "../../contract/voices/clouds.ts";
import { minimaxSpeech } from "../../support/emulators/minimax_speech.ts";
import { SpeechEmulator } from "../../support/emulators/speech_emulator.ts";
import { gzipped } from "../../support/gzipped.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";

const TEXT = "Hello there.";

async function openMinimax(
  { settings, manner, ...options }: TtsRigOptions & {
    readonly settings?: Parameters<typeof minimaxSubject>[0];
    readonly manner?: Parameters<typeof minimaxSubject>[1];
  } = {},
): Promise<TtsRig> {
  return await TtsRig.open(minimaxSubject(settings, manner), options);
}

/** A service that answers with these events. */
async function openEvents(...events: readonly unknown[]): Promise<TtsRig> {
  const body = events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`)
    .join("");
  return await openMinimax({ script: { fault: { what: "body", body, type: "text/event-stream" } } });
}

const ok = { base_resp: { status_code: 0, status_msg: "" } };
const sound = (hex: string, status = 1) => ({ data: { audio: hex, status }, ...ok });

test("whatever sound the last event has, none is spoken twice and none is lost", async () => {
  for (const samples of [24, 499, 500, 5_000]) {
    const pcm = Int16Array.from({ length: samples }, (_, at) => 30 * (at % 1_000) - 15_000);
    for (const last of ["none", "all again", "tail", "all"] as const) {
      await using rig = await openMinimax({ manner: { last }, script: { soundOf: () => pcm } });
      assertEquals((await rig.hear(TEXT)).pcm, pcm, `${samples} samples, ${last}`);
    }
  }
});

test("all of it once more with a tail that was not sent yet: the tail is spoken; made anew: nothing is", async () => {
  const heard = async (...events: readonly unknown[]) => {
    await using rig = await openEvents(...events);
    return [...(await rig.hear(TEXT)).pcm];
  };
  const before = sound("0100".repeat(1_000));
  const ones = Array.from({ length: 1_000 }, () => 1);
  assertEquals(await heard(before, sound(`${"0100".repeat(1_000)}0200`, 2)), [...ones, 2]);
  assertEquals(await heard(before, sound("0300".repeat(1_000), 2)), ones);
  assertEquals(await heard(before, sound("0300", 2)), [...ones, 3]);
  assertEquals(await heard(before, { data: { status: 2 }, ...ok }, sound("0300")), ones);
});

test("faults: as an object or an event, with 200 or 400, before sound and amid it", async () => {
  for (const refusesBy of ["object", "event", "status 400"] as const) {
    for (const kind of ["auth", "quota", "throttled", "voice"] as const) {
      await using rig = await openMinimax({
        manner: { refusesBy },
        script: { fault: { what: "refuse", kind } },
      });
      const code = kind === "voice" ? "tts.config" : `tts.${kind}`;
      assertEquals(await rig.failure(), code, `${refusesBy} ${kind}`);
    }
  }
  const fault = { base_resp: { status_code: 1002, status_msg: "rate limit" } };
  const outcome = async (...events: readonly unknown[]) => {
    await using rig = await openEvents(...events);
    return [await rig.failure(), rig.count("started")];
  };
  const much = sound("0100".repeat(1_000));
  assertEquals(await outcome(fault), ["tts.throttled", 0]);
  assertEquals(await outcome(much, fault), ["tts.throttled", 1]);
  assertEquals(await outcome({ data: null, ...fault }), ["tts.throttled", 0]);
  assertEquals(await outcome(much, much), ["tts.disconnected", 1]);
  assertEquals(await outcome(much, "{"), ["tts.protocol", 1]);
  assertEquals(await outcome(much, sound("0g")), ["tts.protocol", 1]);
  assertEquals(await outcome(much, { ...ok, data: null }, sound("", 2)), ["none", 1]);
});

test("each code is an error of ours, and only what may pass is tried again", async () => {
  const codes = {
    1000: ["tts.failed", true],
    1001: ["tts.timeout", true],
    1002: ["tts.throttled", true],
    1004: ["tts.auth", false],
    1008: ["tts.quota", false],
    1026: ["tts.bad_input", false],
    1039: ["tts.throttled", true],
    1042: ["tts.bad_input", false],
    2013: ["tts.config", false],
    2049: ["tts.auth", false],
    2054: ["tts.config", false],
    2056: ["tts.quota", false],
    20132: ["tts.config", false],
  } as const;
  for (const [code, verdict] of Object.entries(codes)) {
    const body = JSON.stringify({ base_resp: { status_code: Number(code), status_msg: "no" } });
    await using rig = await openMinimax({ script: { fault: { what: "body", body } } });
    const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
    assertEquals([error.code, error.retryable], [...verdict], code);
    assertStringIncludes(error.message, `${code} no`);
  }
});

test("an error and events that are packed although nothing says so are read", async () => {
  const quota = JSON.stringify({ base_resp: { status_code: 1008, status_msg: "insufficient balance" } });
  await using spent = await openMinimax({
    script: { fault: { what: "body", body: await gzipped(quota), type: "application/json" } },
  });
  assertEquals(await spent.failure(), "tts.quota");
  const events = `data: ${JSON.stringify(sound("0100".repeat(1_000)))}\n\ndata: ${
    JSON.stringify(sound("", 2))
  }\n\n`;
  await using rig = await openMinimax({
    script: { fault: { what: "body", body: await gzipped(events), type: "text/event-stream" } },
  });
  assertEquals((await rig.hear(TEXT)).pcm.length, 1_000);
});

test("an unknown voice is a fault of the config, a wrong key one of the account", async () => {
  await using rig = await openMinimax({ settings: { voice: "no-such" } });
  assertEquals(await rig.failure(), "tts.config");
  await using emulator = await SpeechEmulator.start(minimaxSpeech());
  const voice = await openVoice(
    { type: "minimax", url: `${emulator.origin}/v1`, groupId: "7" },
    { secrets: { apiKey: "wrong" } },
  );
  const speak = () =>
    Array.fromAsync(voice.speak({ text: TEXT, language: "en" }, new AbortController().signal));
  const error = await assertRejects(speak, EarshotError);
  assertEquals(error.code, "tts.auth");
  assert(!error.message.includes("wrong"));
  await voice.close?.();
});

test("what is set is sent, and a text is never a pause", async () => {
  const asked = {
    voice: { voice_id: "male-qn-qingse", speed: 1.5, vol: 2, pitch: -3, emotion: "happy" },
    language_boost: "Chinese,Yue",
  };
  await using rig = await openMinimax({
    settings: {
      voice: "male-qn-qingse",
      speed: 1.5,
      volume: 2,
      pitch: -3,
      emotion: "happy",
      languageBoost: "Chinese,Yue",
      sampleRateHz: 16_000,
    },
    manner: { asked },
  });
  assertEquals((await rig.hear("Wait <#99#> here.")).sampleRateHz, 16_000);
  assertEquals(rig.emulator?.requests[0]?.text, "Wait < #99#> here.");
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const isValid = (block: Readonly<Record<string, unknown>>) =>
    ttsConfig.safeParse({ minimax: { apiKey: { env: "KEY" }, ...block } }).success;
  assertEquals(isValid({}), true);
  const wrong = [
    { apiKey: undefined },
    { speed: 3 },
    { pitch: 13 },
    { volume: 0 },
    { sampleRateHz: 48_000 },
    {
      url: "ws://x",
    },
    { groupID: "7" },
  ];
  for (const block of wrong) assertEquals(isValid(block), false, JSON.stringify(block));
  const type = "minimax";
  const capabilities = voiceCapabilitiesOf({ type, apiKey: { env: "KEY" }, languages: ["zh"] });
  assertEquals(capabilities, { languages: ["zh"], maxChars: 1_000, textIn: "whole" });
});
