import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { TTS_PROVIDERS, ttsConfig, ttsTypeOf, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { openaiSpeechSubject, type TtsSubject } from "../../contract/tts_subjects.ts";
import { openaiSpeech } from "../../support/emulators/openai_speech.ts";
import { SpeechEmulator } from "../../support/emulators/speech_emulator.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";
import { hearTone, toneOf } from "../../support/tones.ts";

const TEXT = "Hello there.";

/** What a server was sent. */
async function sentBy(subject: TtsSubject): Promise<Readonly<Record<string, unknown>>> {
  await using rig = await TtsRig.open(subject);
  await rig.hear(TEXT);
  return JSON.parse(rig.emulator?.requests[0]?.body ?? "");
}

test("what is not set is not sent, and every server gets the fields that it knows", async () => {
  assertEquals(await sentBy(openaiSpeechSubject("openai")), {
    model: "gpt-4o-mini-tts",
    input: TEXT,
    voice: "alloy",
    response_format: "pcm",
  });
  assertEquals(
    await sentBy(openaiSpeechSubject("openai", {
      model: "tts-1",
      voice: "nova",
      speed: 0.5,
      instructions: "calmly",
      streamFormat: "sse",
      format: "wav",
    })),
    {
      model: "tts-1",
      input: TEXT,
      voice: "nova",
      response_format: "wav",
      speed: 0.5,
      instructions: "calmly",
      stream_format: "sse",
    },
  );
  assertEquals(
    await sentBy(openaiSpeechSubject("coze", { voiceKey: "voice_id", voice: "7426", sendSampleRate: true })),
    { model: "gpt-4o-mini-tts", input: TEXT, voice_id: "7426", response_format: "pcm", sample_rate: 24_000 },
  );
  const extra = { stream: true, language: "en" };
  assertEquals(await sentBy(openaiSpeechSubject("localai", { extra })), {
    ...extra,
    model: "gpt-4o-mini-tts",
    input: TEXT,
    voice: "alloy",
    response_format: "pcm",
  });
});

test("events that call themselves something else are read, also with WAV in them", async () => {
  for (const contentType of ["application/octet-stream", "audio/pcm"]) {
    const subject = openaiSpeechSubject("speaches", { streamFormat: "sse" }, {
      manner: { server: "speaches", contentType },
    });
    await using rig = await TtsRig.open(subject);
    const { pcm, sampleRateHz } = await rig.hear(TEXT);
    assertEquals(Math.round(hearTone(pcm, sampleRateHz).durationMs), toneOf(TEXT).durationMs);
  }
});

const event = (value: unknown) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
const delta = { type: "speech.audio.delta", audio: new Uint8Array(2_000).fill(1).toBase64() };

test("events: an end too early, an error among them, half a sound, no JSON, sound that is no base64", async () => {
  const outcome = async (...values: readonly unknown[]) => {
    const body = values.map(event).join("");
    const subject = openaiSpeechSubject("openai", { streamFormat: "sse" });
    await using rig = await TtsRig.open(subject, {
      script: { fault: { what: "body", body, type: "text/event-stream" } },
    });
    const code = await rig.failure();
    return [code, rig.count("started")];
  };
  const done = { type: "speech.audio.done" };
  assertEquals(await outcome(delta, done, "[DONE]"), ["none", 1]);
  assertEquals(await outcome(delta, "[DONE]"), ["none", 1]);
  assertEquals(await outcome({ type: "speech.created" }, delta, { type: "x" }, done), ["none", 1]);
  assertEquals(await outcome(done), ["none", 0]);
  assertEquals((await outcome(delta, delta))[0], "tts.disconnected");
  assertEquals(await outcome({ type: "error", error: { code: "insufficient_quota", message: "No." } }), [
    "tts.quota",
    0,
  ]);
  assertEquals((await outcome("{"))[0], "tts.protocol");
  assertEquals((await outcome({ ...delta, audio: "!!" }))[0], "tts.protocol");
});

test("a minute of sound in one event is read", async () => {
  const audio = new Uint8Array(60 * 48_000).fill(1).toBase64();
  const body = event({ ...delta, audio }) + event("[DONE]");
  const fault = { what: "body", body, type: "text/event-stream" } as const;
  await using rig = await TtsRig.open(openaiSpeechSubject("openai", { streamFormat: "sse" }), {
    script: { fault },
  });
  assertEquals((await rig.hear(TEXT)).pcm.length, 60 * 24_000);
});

test("the words of a refusal are told, and neither the text nor the key", async () => {
  const subject = openaiSpeechSubject("kokoro", { voice: "no-such" });
  await using rig = await TtsRig.open(subject);
  const error = await assertRejects(() => rig.hear("my secret plan"), EarshotError);
  assertEquals(error.code, "tts.config");
  assertStringIncludes(error.message, "it answered 400 Not found.");
  assert(!error.message.includes("secret"));
});

test("an unknown voice and an unknown model are faults of the config, whatever the server", async () => {
  for (const server of ["openai", "kokoro", "speaches", "openedai", "localai", "coze"] as const) {
    for (const wrong of [{ voice: "no-voice" }, { model: "no-model" }]) {
      const voiceKey = server === "coze" ? { voiceKey: "voice_id" } : {};
      await using rig = await TtsRig.open(openaiSpeechSubject(server, { ...wrong, ...voiceKey }));
      assertEquals(await rig.failure(), "tts.config", `${server} ${JSON.stringify(wrong)}`);
    }
  }
});

test("a wrong key, and none, are tts.auth", async () => {
  const emulator = await SpeechEmulator.start(openaiSpeech());
  for (const secrets of [{ apiKey: "wrong-key" }, {}]) {
    const voice = await openVoice({ type: "openai", url: `${emulator.origin}/v1` }, { secrets });
    const speak = () =>
      Array.fromAsync(voice.speak({ text: "Hello.", language: "en" }, new AbortController().signal));
    assertEquals((await assertRejects(speak, EarshotError)).code, "tts.auth");
    await voice.close?.();
  }
  await emulator[Symbol.asyncDispose]();
});

test("nobody there is tts.unreachable, and may pass", async () => {
  const voice = await openVoice({ type: "openai", url: "http://localhost:1/v1" });
  const speak = () =>
    Array.fromAsync(voice.speak({ text: "Hello.", language: "en" }, new AbortController().signal));
  const { code, retryable } = await assertRejects(speak, EarshotError);
  assertEquals([code, retryable], ["tts.unreachable", true]);
  await voice.close?.();
});

test("voices lists what a server tells, and nothing where it cannot", async () => {
  const emulator = await SpeechEmulator.start(openaiSpeech({ server: "kokoro" }));
  const { signal } = new AbortController();
  const voice = await openVoice({ type: "openai", url: `${emulator.origin}/v1/` });
  assertEquals(await voice.voices?.(signal), [{ name: "af_heart" }, { name: "zf_xiaobei" }]);
  await voice.close?.();
  const other = await openVoice({ type: "openai", url: `${emulator.origin}/v2` });
  assertEquals(await other.voices?.(signal), []);
  await other.close?.();
  await emulator[Symbol.asyncDispose]();
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const config = (block: Readonly<Record<string, unknown>>) => ttsConfig.safeParse({ openai: block });
  assertEquals(config({}).success, true);
  assertEquals(config({ extra: { stream: true, gain: 2, lang_code: "z" } }).success, true);
  for (
    const wrong of [
      { speed: 5 },
      { format: "aac" },
      { sampleRateHz: 4_000 },
      { maxChars: 10 },
      { url: "ws://x" },
      { path: "speech" },
      { voice: "" },
      { extra: { voice: "x" } },
      { extra: { input: "x" } },
      { retry: 1 },
    ]
  ) assertEquals(config(wrong).success, false, JSON.stringify(wrong));
  assertEquals(voiceCapabilitiesOf({ type: "openai" }), {
    languages: "any",
    maxChars: 4_096,
    textIn: "whole",
  });
  assertEquals(voiceCapabilitiesOf({ type: "openai", languages: ["zh", "en"], maxChars: 500 }), {
    languages: ["zh", "en"],
    maxChars: 500,
    textIn: "whole",
  });
  assertEquals(TTS_PROVIDERS.map(({ type }) => ttsTypeOf({ type }).type).includes("openai"), true);
});
