import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { writeWav } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig, type TtsRigOptions } from "../../contract/tts_rig.ts";
import { tencentSubject } from "../../contract/voices/clouds.ts";
import { SpeechEmulator } from "../../support/emulators/speech_emulator.ts";
import type { SpeechFault } from "../../support/emulators/speech_script.ts";
import { tencentFault, tencentSpeech } from "../../support/emulators/tencent_speech.ts";
import { gzipped } from "../../support/gzipped.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";

const TEXT = "Hello there.";

async function openTencent(
  { settings, manner, ...options }: TtsRigOptions & {
    readonly settings?: Parameters<typeof tencentSubject>[0];
    readonly manner?: Parameters<typeof tencentSubject>[1];
  } = {},
): Promise<TtsRig> {
  return await TtsRig.open(tencentSubject(settings, manner), options);
}

/** What comes of an answer: an error and whether it may pass, or how much sound. */
async function outcomeOf(fault: SpeechFault): Promise<unknown> {
  await using rig = await openTencent({ script: { fault } });
  try {
    return (await rig.hear(TEXT)).pcm.length;
  } catch (thrown) {
    const { code, retryable } = EarshotError.from(thrown);
    return [code, retryable];
  }
}

test("each code is an error of ours, only what may pass is tried again, and an empty text is no error", async () => {
  const codes = {
    "AuthFailure.InvalidSecretId": ["tts.auth", false],
    "AuthFailure.SignatureExpire": ["tts.auth", false],
    "UnauthorizedOperation": ["tts.auth", false],
    "UnsupportedOperation.AuthorizationFailed": ["tts.auth", false],
    "UnsupportedOperation.PkgExhausted": ["tts.quota", false],
    "UnsupportedOperation.AccountArrears": ["tts.quota", false],
    "UnsupportedOperation.NoFreeAccount": ["tts.quota", false],
    "UnsupportedOperation.ServerNotOpen": ["tts.quota", false],
    "UnsupportedOperation.TextTooLong": ["tts.bad_input", false],
    "UnsupportedOperation": ["tts.config", false],
    "LimitExceeded.AccessLimit": ["tts.throttled", true],
    "RequestLimitExceeded": ["tts.throttled", true],
    "InternalError.ExceedMaxLimit": ["tts.throttled", true],
    "InternalError.ErrorGetRoute": ["tts.failed", true],
    "FailedOperation": ["tts.failed", true],
    "InvalidParameterValue.VoiceType": ["tts.config", false],
    "InvalidParameter.InvalidText": ["tts.bad_input", false],
    "InvalidParameterValue.InvalidText": ["tts.bad_input", false],
    "InvalidParameterValue.TextEmpty": 0,
    "MissingParameter": ["tts.config", false],
    "SomethingNew": ["tts.failed", true],
  };
  for (const [code, verdict] of Object.entries(codes)) {
    assertEquals(await outcomeOf({ what: "body", body: tencentFault(code) }), verdict, code);
  }
});

test("answers that are none: no sound, no base64, no JSON, cut, of another shape", async () => {
  const protocol = ["tts.protocol", false];
  const answer = (Response: unknown) => outcomeOf({ what: "body", body: JSON.stringify({ Response }) });
  assertEquals(await answer({ Audio: "" }), 0);
  assertEquals(await answer({ SessionId: "1" }), 0);
  assertEquals(await answer({ Audio: "AQABAA==" }), 2);
  assertEquals(await answer({ Audio: "!" }), protocol);
  assertEquals(await outcomeOf({ what: "body", body: "" }), 0);
  for (const body of ['{"Response":{"Audio":"AQ', "{}", "[]", '{"Response":null}']) {
    assertEquals(await outcomeOf({ what: "body", body }), protocol, body);
  }
  assertEquals(await outcomeOf({ what: "drop", at: "mid" }), ["tts.disconnected", true]);
});

test("an error and sound that are packed although nothing says so are read", async () => {
  const body = await gzipped(tencentFault("UnsupportedOperation.AccountArrears"));
  assertEquals(await outcomeOf({ what: "body", body }), ["tts.quota", false]);
  const sound = await gzipped(JSON.stringify({ Response: { Audio: "AQABAA==" } }));
  assertEquals(await outcomeOf({ what: "body", body: sound }), 2);
  assertEquals(await outcomeOf({ what: "body", body: sound.subarray(0, 20) }), ["tts.protocol", false]);
});

test("a WAV in its place is read by its header", async () => {
  const Audio = writeWav(Int16Array.of(1, 2, 3), 8_000).toBase64();
  await using rig = await openTencent({
    script: { fault: { what: "body", body: JSON.stringify({ Response: { Audio } }) } },
  });
  const { pcm, sampleRateHz } = await rig.hear(TEXT);
  assertEquals([[...pcm], sampleRateHz], [[1, 2, 3], 8_000]);
});

test("an unknown voice is a fault of the config; a wrong secret and a wrong clock are faults of the account", async () => {
  await using rig = await openTencent({ settings: { voice: 999_999 } });
  assertEquals(await rig.failure(), "tts.config");
  await using late = await openTencent({ manner: { skewS: 900 } });
  assertEquals(await late.failure(), "tts.auth");
  await using emulator = await SpeechEmulator.start(tencentSpeech());
  const voice = await openVoice(
    { type: "tencent", url: emulator.origin, secretId: "secret-id" },
    { secrets: { secretKey: "wrong" } },
  );
  const speak = () =>
    Array.fromAsync(voice.speak({ text: TEXT, language: "en" }, new AbortController().signal));
  const error = await assertRejects(speak, EarshotError);
  assertEquals(error.code, "tts.auth");
  assertStringIncludes(error.message, "AuthFailure SignatureFailure No.");
  await voice.close?.();
});

test("what is set is sent, text is never markup, and a long one goes in requests of 150 characters", async () => {
  const settings = { voice: 301_030, speed: 1.5, volume: -3, sampleRateHz: 24_000 };
  const asked = { VoiceType: 301_030, Codec: "pcm", SampleRate: 24_000, Speed: 1.5, Volume: -3 };
  await using rig = await openTencent({ settings, manner: { asked } });
  assertEquals((await rig.hear("<speak>Hi</speak>")).sampleRateHz, 24_000);
  const text = "天气很好，我们出去走走吧。".repeat(40);
  await rig.hear(text);
  const [first, ...texts] = rig.emulator?.requests.map(({ text }) => text) ?? [];
  assertEquals(first, "< speak>Hi< /speak>");
  assert(texts.every(({ length }) => length <= 150));
  assertEquals(texts.join(""), text);
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const isValid = (block: Readonly<Record<string, unknown>>) =>
    ttsConfig.safeParse({ tencent: { secretId: "id", secretKey: { env: "KEY" }, ...block } }).success;
  assertEquals(isValid({}), true);
  const wrong = [{ voice: "Anna" }, { secretKey: undefined }, { speed: 7 }, { volume: 11 }, {
    sampleRateHz: 48_000,
  }];
  for (const block of wrong) assertEquals(isValid(block), false, JSON.stringify(block));
  const block = { type: "tencent", secretId: "id", secretKey: { env: "KEY" }, languages: ["zh-CN"] };
  assertEquals(voiceCapabilitiesOf(block), { languages: ["zh-CN"], maxChars: 150, textIn: "whole" });
});
