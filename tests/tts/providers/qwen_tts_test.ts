import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { qwenLanguageType } from "../../../lib/tts/providers/qwen_tts_language.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { qwenTtsSubject } from "../../contract/voices/aliyun.ts";
import { qwenTts, type QwenTtsManner } from "../../support/emulators/qwen_tts.ts";
import { SpeechEmulator } from "../../support/emulators/speech_emulator.ts";
import type { SpeechFault } from "../../support/emulators/speech_script.ts";
import { test } from "../../support/test.ts";
import { hearTone, toneOf } from "../../support/tones.ts";
import { until } from "../../support/until.ts";

const TEXT = "Hello there.";
const WHOLE = { stream: false };

/** A voice that answers with the place of its sound. */
function whole(manner: Omit<QwenTtsManner, "streams"> = {}): ReturnType<typeof qwenTtsSubject> {
  return qwenTtsSubject({ ...manner, streams: false }, WHOLE);
}

test("without events, the sound is fetched from where the service says, without the key", async () => {
  for (const sampleRateHz of [24_000, 16_000]) {
    await using rig = await TtsRig.open(whole(), { script: { sampleRateHz } });
    const heard = await rig.hear(TEXT);
    assertEquals(heard.sampleRateHz, sampleRateHz);
    assertAlmostEquals(hearTone(heard.pcm, heard.sampleRateHz).hz, toneOf(TEXT).hz, 20);
    assertEquals(rig.emulator?.requests.map(({ method }) => method), ["POST", "GET"]);
  }
});

test("an answer without events is understood although events were asked for", async () => {
  await using files = await SpeechEmulator.start(qwenTts({ streams: false }));
  const audio = { data: "", url: `${files.origin}/file.wav?Expires=1` };
  const body = JSON.stringify({ output: { finish_reason: "stop", audio } });
  await using rig = await TtsRig.open(qwenTtsSubject(), { script: { fault: { what: "body", body } } });
  // The place of files has heard of no text.
  assertEquals([(await rig.hear(TEXT)).pcm.length, files.requests.length], [0, 1]);
});

test("a place that is none, or where nothing is, is no refused key", async () => {
  for (const place of ["", "nowhere", "file:///etc/passwd", "javascript:0"]) {
    await using rig = await TtsRig.open(whole({ place: () => place }));
    assertEquals([await rig.failure(), rig.requests], ["tts.protocol", 1], place);
  }
  for (const fileStatus of [403, 404, 302]) {
    await using rig = await TtsRig.open(whole({ fileStatus }));
    const { code, message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
    assertEquals([code, message.includes("Expires")], ["tts.failed", false]);
  }
  await using rig = await TtsRig.open(whole({ place: () => "http://127.0.0.1:1/file.wav" }));
  assertEquals(await rig.failure(), "tts.disconnected", "the service had answered");
});

test("a file that breaks off, hangs, or is given up is told as such", async () => {
  const outcomes = [["drop", "first", "tts.disconnected"], ["drop", "mid", "tts.disconnected"], [
    "hang",
    "mid",
    "tts.timeout",
  ]] as const;
  for (const [what, at, code] of outcomes) {
    await using rig = await TtsRig.open(whole(), { script: { fault: { what, at } }, timeoutMs: 300 });
    assertEquals([await rig.failure(), await rig.closedAtService()], [
      code,
      what === "drop" ? "dropped" : "closed",
    ]);
  }
  for (const at of ["headers", "first"] as const) {
    const fault: SpeechFault = { what: "hang", at };
    await using rig = await TtsRig.open(whole(), { script: { fault } });
    const outcome = rig.failure();
    await until(() => rig.requests === 2, "the file is asked for");
    rig.canceled.abort();
    assertEquals([await outcome, await rig.closedAtService()], ["canceled", "closed"]);
  }
});

test("an event that says a fault amid the sound is one", async () => {
  await using rig = await TtsRig.open(qwenTtsSubject({ failsAmid: true }), { retries: 3 });
  const { code, message } = await assertRejects(() => rig.hear("The first of many words."), EarshotError);
  assertEquals([code, rig.count("started"), rig.requests], ["tts.bad_input", 1, 1]);
  assertStringIncludes(message, "DataInspectionFailed");
});

test("events that end before the last one, and sound that is no base64, are told", async () => {
  const of = (...events: readonly object[]) =>
    events.map((event) => `id:1\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(event)}\n\n`).join("");
  const output = (data: string, finish_reason: string | null) => ({
    output: { audio: { data }, finish_reason },
  });
  const cases = [
    [of(output("AAAA", "null")), "tts.disconnected"],
    [of(output("=", null)), "tts.protocol"],
    [of({ output: {} }), "tts.disconnected"],
    [of({}), "tts.protocol"],
    ["data: [DONE]\n\n", "tts.protocol"],
    [of(output("AAAA", null), { output: { finish_reason: "stop" } }), "none"],
  ] as const;
  for (const [body, code] of cases) {
    const script = { fault: { what: "body", body, type: "text/event-stream" } } as const;
    await using rig = await TtsRig.open(qwenTtsSubject(), { script });
    assertEquals(await rig.failure(), code, body);
  }
});

test("the language of the text is sent by the name that the service has for it, or not at all", async () => {
  const names = ["zh-CN", "en-GB", "pt-BR", "ru", "sv", "yue"].map(qwenLanguageType);
  assertEquals(names, ["Chinese", "English", "Portuguese", "Russian", "Auto", "Auto"]);
  const wants = { language_type: "Auto" };
  await using rig = await TtsRig.open(qwenTtsSubject({ wants }, { sendLanguage: false }));
  assert((await rig.hear(TEXT)).pcm.length > 0);
});

test("its settings are sent, and a long text is split", async () => {
  const wants = { model: "qwen3-tts-flash-2025-11-27", voice: "Ethan" };
  await using rig = await TtsRig.open(qwenTtsSubject({ wants }, { ...wants, maxChars: 100 }));
  const text = "Well, now. ".repeat(20).trim();
  await rig.hear(text);
  const texts = rig.emulator?.requests.map((request) => request.text) ?? [];
  assertEquals([texts.length, texts.join(" ")], [3, text]);
});

test("what it can do, and which config is wrong", () => {
  const block = { type: "qwenTts", apiKey: { env: "KEY" } };
  assertEquals(voiceCapabilitiesOf(block), { languages: "any", maxChars: 500, textIn: "whole" });
  assertEquals(voiceCapabilitiesOf({ ...block, languages: ["zh"], maxChars: 80 }).maxChars, 80);
  const faultsOf = (more: object) => {
    const read = ttsConfig.safeParse({ q: { ...block, ...more } });
    return read.success ? [] : read.error.issues.map(({ path }) => path.join("."));
  };
  assertEquals(faultsOf({}), []);
  assertEquals(faultsOf({ url: "wss://dashscope.aliyuncs.com" }), ["q.url"]);
});
