import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig, type TtsRigOptions } from "../../contract/tts_rig.ts";
import { azureSubject } from "../../contract/voices/clouds.ts";
import { azureSpeech } from "../../support/emulators/azure_speech.ts";
import { SpeechEmulator } from "../../support/emulators/speech_emulator.ts";
import { gzipped } from "../../support/gzipped.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";

const TEXT = "Hello there.";

async function openAzure(
  { settings, manner, ...options }: TtsRigOptions & {
    readonly settings?: Parameters<typeof azureSubject>[0];
    readonly manner?: Parameters<typeof azureSubject>[1];
  } = {},
): Promise<TtsRig> {
  return await TtsRig.open(azureSubject(settings, manner), options);
}

/** What was asked to be spoken, request by request. */
function textsOf(rig: TtsRig): readonly string[] {
  return rig.emulator?.requests.map(({ text }) => text) ?? [];
}

test("text is never SSML, and what XML cannot hold becomes spaces", async () => {
  await using rig = await openAzure();
  const texts = [
    "</prosody></voice><voice name='x'>hi",
    "<break time='9s'/>hi",
    "&lt;break/&gt; &amp;amp; ]]> 'a' \"b\"",
    "<!-- a --> <?b c?> &#x41; &unknown;",
  ];
  for (const text of texts) await rig.hear(text);
  assertEquals(textsOf(rig), texts);
  for await (
    const _sound of rig.provider.speak(
      { text: "\u0000a\u0008b\u000bc\u001fd\ufffee\ud800f🙂g", language: "en" },
      rig.canceled.signal,
    )
  );
  assertEquals(textsOf(rig).at(-1), " a b c d e f🙂g");
});

test("voice, prosody, style and rate are sent as they are set", async () => {
  const opening =
    "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xmlns:mstts='http://www.w3.org/2001/mstts' " +
    "xml:lang='en-US'><voice name='en-US-Ava:DragonHDLatestNeural'><mstts:express-as style='cheerful'>" +
    "<prosody pitch='-20Hz' rate='+15%' volume='-5%'>";
  const closing = "</prosody></mstts:express-as></voice></speak>";
  const settings = {
    voice: "en-US-Ava:DragonHDLatestNeural",
    ratePercent: 15,
    pitchHz: -20,
    volumePercent: -5,
    style: "cheerful",
    sampleRateHz: 48_000,
  };
  await using rig = await openAzure({ settings, manner: { around: [opening, closing] } });
  assertEquals((await rig.hear("a & b")).sampleRateHz, 48_000);
  assertEquals(textsOf(rig), ["a & b"]);
});

test("an unknown voice is a fault of the config, and the service's words are told", async () => {
  await using rig = await openAzure({ settings: { voice: "en-US-NoNeural" } });
  const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
  assertEquals(error.code, "tts.config");
  assertStringIncludes(error.message, "it answered 400 Unsupported voice.");
});

test("a month that is spent is no wrong key, and may not be tried again; too many requests may", async () => {
  const verdict = async (kind: "quota" | "auth" | "throttled") => {
    await using rig = await openAzure({ script: { fault: { what: "refuse", kind } } });
    const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
    return [error.code, error.retryable];
  };
  assertEquals(await verdict("quota"), ["tts.quota", false]);
  assertEquals(await verdict("auth"), ["tts.auth", false]);
  assertEquals(await verdict("throttled"), ["tts.throttled", true]);
});

test("an error that is packed although nothing says so is read", async () => {
  const body = await gzipped('{"error":{"code":"insufficient_quota","message":"No."}}');
  await using rig = await openAzure({ script: { fault: { what: "body", body, type: "audio/basic" } } });
  assertEquals(await rig.failure(), "tts.quota");
});

test("a container of one's own gets no key", async () => {
  await using rig = await openAzure({ manner: { container: true } });
  assertEquals((await rig.hear(TEXT)).sampleRateHz, 24_000);
});

test("its voices, with what is known of each; a wrong key is told as such", async () => {
  await using rig = await openAzure();
  assertEquals(await rig.provider.voices?.(rig.canceled.signal), [
    { name: "en-US-AvaMultilingualNeural", language: "en-US", about: "Female, cheerful, sad" },
    { name: "zh-CN-XiaoxiaoNeural", language: "zh-CN", about: "Female" },
  ]);
  await using emulator = await SpeechEmulator.start(azureSpeech());
  const stranger = await openVoice({ type: "azure", url: emulator.origin });
  const error = await assertRejects(async () => await stranger.voices?.(rig.canceled.signal), EarshotError);
  assertEquals(error.code, "tts.auth");
  await stranger.close?.();
});

test("the block: a region with its key, or a url", () => {
  const faultsOf = (block: object) => {
    const read = ttsConfig.safeParse({ azure: block });
    return read.success ? [] : read.error.issues.map(({ path }) => path.join("."));
  };
  const apiKey = { env: "KEY" };
  assertEquals(faultsOf({ region: "westeurope", apiKey }), []);
  assertEquals(faultsOf({ url: "http://192.168.1.20:5000" }), []);
  assertEquals(faultsOf({ apiKey }), ["azure.region"]);
  assertEquals(faultsOf({ region: "westeurope" }), ["azure.apiKey"]);
  assertEquals(faultsOf({ region: "eastus2", url: "https://a", apiKey }), ["azure.url"]);
  assertEquals(faultsOf({ region: "a.evil.example/", apiKey }), ["azure.region"]);
  assertEquals(faultsOf({ region: "eastus2", apiKey, style: "x'/>" }), ["azure.style"]);
  assertEquals(faultsOf({ region: "eastus2", apiKey, voice: "x'/><break/>" }), ["azure.voice"]);
  assertEquals(voiceCapabilitiesOf({ type: "azure", voice: "zh-HK-HiuMaanNeural" }), {
    languages: ["zh-HK", "yue"],
    maxChars: 1_000,
    textIn: "whole",
  });
});
