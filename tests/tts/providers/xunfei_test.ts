import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import type { TtsSubject } from "../../contract/tts_subjects.ts";
import { xunfeiSuperSubject, xunfeiVoiceSubject } from "../../contract/voices/clouds.ts";
import type { SpeechSocketDialect } from "../../support/emulators/speech_socket_emulator.ts";
import { test } from "../../support/test.ts";

const TEXT = "Hello there.";

/** A service that answers the first message with these. */
function answering(subject: TtsSubject, ...replies: readonly unknown[]): TtsSubject {
  const { socket } = subject;
  if (socket === undefined) throw new Error("it has no socket");
  const dialect = (): SpeechSocketDialect => ({
    ...socket.dialect(),
    connect: (io) => () => {
      for (const reply of replies) io.send(typeof reply === "string" ? reply : JSON.stringify(reply));
    },
  });
  return { ...subject, socket: { ...socket, dialect } };
}

test("each code is an error of ours, for both kinds of voices, and only what may pass is tried again", async () => {
  const codes = {
    10005: ["tts.auth", false],
    10009: ["tts.config", false],
    10010: ["tts.quota", false],
    10019: ["tts.timeout", true],
    10109: ["tts.bad_input", false],
    10114: ["tts.timeout", true],
    10139: ["tts.config", false],
    10163: ["tts.config", false],
    10200: ["tts.timeout", true],
    10222: ["tts.bad_input", false],
    10313: ["tts.auth", false],
    11200: ["tts.auth", false],
    11201: ["tts.quota", false],
    11202: ["tts.throttled", true],
    11503: ["tts.failed", true],
    26005: ["tts.timeout", true],
    99999: ["tts.failed", true],
  } as const;
  for (const [number, verdict] of Object.entries(codes)) {
    const fault = { code: Number(number), message: "No.", sid: "s" };
    const subjects = [
      answering(xunfeiVoiceSubject(), { ...fault, data: null }),
      answering(xunfeiSuperSubject(), { header: fault }),
    ];
    for (const subject of subjects) {
      await using rig = await TtsRig.open(subject);
      const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
      assertEquals([error.code, error.retryable], [...verdict], `${subject.type} ${number}`);
    }
  }
});

test("replies that are none, sound that is no base64, and a fault amid sound", async () => {
  const ok = { code: 0, message: "success", sid: "s" };
  const sound = { ...ok, data: { audio: new Uint8Array(2_000).toBase64(), status: 1 } };
  const failure = async (...replies: readonly unknown[]) => {
    await using rig = await TtsRig.open(answering(xunfeiVoiceSubject(), ...replies));
    return [await rig.failure(), rig.count("started")];
  };
  assertEquals(await failure("{"), ["tts.protocol", 0]);
  assertEquals(await failure({}), ["tts.protocol", 0]);
  assertEquals(await failure({ ...ok, data: { audio: "!", status: 1 } }), ["tts.protocol", 0]);
  assertEquals(await failure(sound, { code: 11201, message: "No." }), ["tts.quota", 1]);
  assertEquals(await failure(sound, { ...ok, data: { status: 2 } }), ["none", 1]);
});

test("an unknown voice is a fault of the config; a wrong secret, told by the handshake, one of the account", async () => {
  for (const subject of [xunfeiVoiceSubject, xunfeiSuperSubject]) {
    await using unknown = await TtsRig.open(subject({ voice: "no-such" }));
    assertEquals(await unknown.failure(), "tts.config");
    const { socket, ...rest } = subject();
    if (socket === undefined) throw new Error("it has no socket");
    const secrets = { apiKey: "xunfei-key", apiSecret: "wrong" };
    await using stranger = await TtsRig.open({ ...rest, socket: { ...socket, secrets } });
    assertEquals(await stranger.failure(), "tts.auth");
  }
});

test("what is set is sent, and a text has no notes to the voice", async () => {
  const settings = { voice: "aisjiuxu", speed: 60, volume: 40, pitch: 30, sampleRateHz: 8_000 };
  const asked = { speed: 60, volume: 40, pitch: 30 };
  await using rig = await TtsRig.open(xunfeiVoiceSubject(settings, { asked }));
  assertEquals((await rig.hear("Wait[p500] here[=zhuo2], [1].")).sampleRateHz, 8_000);
  assertEquals(rig.emulator?.requests[0]?.text, "Wait[ p500] here[ =zhuo2], [1].");
});

test("2,000 characters of any language are one request", async () => {
  await using rig = await TtsRig.open(xunfeiVoiceSubject(), {
    script: { soundOf: () => new Int16Array(1_000) },
  });
  await rig.hear("好".repeat(2_000));
  await rig.hear("🙂好".repeat(600));
  assertEquals(rig.requests, 2);
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const keys = { appId: "app", apiKey: { env: "KEY" }, apiSecret: { env: "SECRET" } };
  const isValid = (type: string, block: Readonly<Record<string, unknown>>) =>
    ttsConfig.safeParse({ [type]: { ...keys, ...block } }).success;
  assertEquals(isValid("xunfei", {}), true);
  for (const block of [{ speed: 101 }, { sampleRateHz: 24_000 }, { voice: "" }, { apiSecret: undefined }]) {
    assertEquals(isValid("xunfei", block), false, JSON.stringify(block));
  }
  assertEquals([
    isValid("xunfeiSuper", { sampleRateHz: 24_000 }),
    isValid("xunfeiSuper", { sampleRateHz: 1 }),
  ], [
    true,
    false,
  ]);
  const voice = voiceCapabilitiesOf({ type: "xunfei", ...keys, languages: ["zh"] });
  assertEquals(voice, { languages: ["zh"], maxChars: 2_000, textIn: "whole" });
  const superVoice = voiceCapabilitiesOf({ type: "xunfeiSuper", ...keys });
  assertEquals(superVoice, { languages: "any", maxChars: 16_000, textIn: "streamed" });
});
