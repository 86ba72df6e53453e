import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { StreamedRig } from "../../contract/streamed_rig.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { tencentStreamSubject } from "../../contract/voices/clouds.ts";
import type { SpeechSocketDialect } from "../../support/emulators/speech_socket_emulator.ts";
import { SpeechSocketEmulator } from "../../support/emulators/speech_socket_emulator.ts";
import { tencentStreamSpeech } from "../../support/emulators/tencent_stream.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const TEXT = "Hello there.";

test("a service that is ready late gets its text then, all of it in order", async () => {
  const ready = Promise.withResolvers<void>();
  await using rig = await StreamedRig.open(tencentStreamSubject({}, { ready: ready.promise }));
  const outcome = rig.outcome();
  await rig.write("One.", " Two");
  await until(() => rig.emulator.requests.length === 1, "the request");
  await rig.write(" and", " three.");
  rig.parts.close();
  // What is sent before it is ready, it would have by then.
  await new Promise((resolve) => setTimeout(resolve, 50));
  ready.resolve();
  assertEquals([await outcome, rig.texts.length, rig.text], ["whole", 1, "One. Two and three."]);
});

test("given up before it is ready", async () => {
  const ready = Promise.withResolvers<void>();
  await using rig = await StreamedRig.open(tencentStreamSubject({}, { ready: ready.promise }));
  const outcome = rig.outcome();
  await rig.write("One.");
  await until(() => rig.emulator.requests.length === 1, "the request");
  rig.canceled.abort();
  assertEquals([await outcome, await rig.closedAtService()], ["canceled", "closed"]);
  ready.resolve();
});

test("a text is never markup, also where a tag comes in parts", async () => {
  await using rig = await StreamedRig.open(tencentStreamSubject());
  await rig.write("Hi <", "break time='9s'/> there", " <speak>you</speak>.");
  rig.parts.close();
  assertEquals(await rig.outcome(), "whole");
  assertEquals(rig.text, "Hi < break time='9s'/> there < speak>you< /speak>.");
});

/** A service that says this, before or after it is ready. */
function saying(message: unknown, { ready = false } = {}): SpeechSocketDialect {
  return {
    ...tencentStreamSpeech(),
    connect: (io) => {
      if (ready) io.send(JSON.stringify({ code: 0, ready: 1 }));
      else io.send(JSON.stringify(message));
      return () => io.send(JSON.stringify(message));
    },
  };
}

test("each code is an error of ours, before and after it is ready, and only what may pass is tried again", async () => {
  const codes = {
    10001: ["tts.config", false],
    10002: ["tts.throttled", true],
    10003: ["tts.auth", false],
    10004: ["tts.timeout", true],
    10005: ["tts.disconnected", true],
    10006: ["tts.bad_input", false],
    10007: ["tts.bad_input", false],
    20000: ["tts.failed", true],
    20002: ["tts.failed", true],
    20003: ["tts.timeout", true],
  } as const;
  const { socket, ...subject } = tencentStreamSubject();
  assert(socket !== undefined);
  for (const [code, verdict] of Object.entries(codes)) {
    for (const ready of [false, true]) {
      const dialect = () => saying({ code: Number(code), message: "No." }, { ready });
      await using rig = await TtsRig.open({ ...subject, socket: { ...socket, dialect } });
      const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
      assertEquals([error.code, error.retryable], [...verdict], code);
    }
  }
  for (const message of ["{", "[]", { code: "x" }]) {
    const dialect = () => saying(message);
    await using rig = await TtsRig.open({ ...subject, socket: { ...socket, dialect } });
    assertEquals(await rig.failure(), "tts.protocol");
  }
});

test("what is set is sent; an unknown voice is a fault of the config, a wrong secret one of the account", async () => {
  const asked = { VoiceType: "601000", Speed: "1.5", Volume: "-3", SampleRate: "24000" };
  const settings = { voice: 601_000, speed: 1.5, volume: -3, sampleRateHz: 24_000 };
  await using rig = await TtsRig.open(tencentStreamSubject(settings, { asked }));
  assertEquals((await rig.hear(TEXT)).sampleRateHz, 24_000);
  await using unknown = await TtsRig.open(tencentStreamSubject({ voice: 999_999 }));
  assertEquals(await unknown.failure(), "tts.config");
  await using emulator = await SpeechSocketEmulator.start(tencentStreamSpeech());
  const voice = await openVoice(
    { type: "tencentStream", url: `${emulator.origin}/stream_wsv2`, appId: "1250", secretId: "secret-id" },
    { secrets: { secretKey: "wrong" } },
  );
  const speak = () =>
    Array.fromAsync(voice.speak({ text: TEXT, language: "en" }, new AbortController().signal));
  assertEquals((await assertRejects(speak, EarshotError)).code, "tts.auth");
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const keys = { appId: "1250", secretId: "id", secretKey: { env: "KEY" } };
  const isValid = (block: Readonly<Record<string, unknown>>) =>
    ttsConfig.safeParse({ tencentStream: { ...keys, ...block } }).success;
  assertEquals(isValid({}), true);
  for (const block of [{ appId: 1250 }, { appId: "x" }, { voice: "Anna" }, { url: "https://x" }]) {
    assertEquals(isValid(block), false, JSON.stringify(block));
  }
  assertEquals(voiceCapabilitiesOf({ type: "tencentStream", ...keys }), {
    languages: "any",
    maxChars: 10_000,
    textIn: "streamed",
  });
});
