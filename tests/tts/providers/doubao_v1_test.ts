import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError, type ErrorCode } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import type { TtsSubject } from "../../contract/tts_subjects.ts";
import { doubaoV1SpeechSubject } from "../../contract/voices/doubao.ts";
import { errorFrame, soundFrame } from "../../support/emulators/doubao_speech_frames.ts";
import type { SpeechSocketDialect } from "../../support/emulators/speech_socket_emulator.ts";
import { test } from "../../support/test.ts";
import { TONE_MP3 } from "../../support/tone_mp3.ts";
import { hearTone, toneOf } from "../../support/tones.ts";

const TEXT = "Hello there.";
const MODES = ["http", "websocket"] as const;
const hex = (text: string) => Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (byte) => parseInt(byte, 16));
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A service that says these things, whatever it is asked. */
function saying(...messages: readonly (string | Uint8Array)[]): TtsSubject {
  const subject = doubaoV1SpeechSubject("websocket");
  const { socket } = subject;
  if (socket === undefined) throw new Error("it has a socket");
  const connect: SpeechSocketDialect["connect"] = (io) => () => {
    for (const message of messages) io.send(message);
  };
  return { ...subject, socket: { ...socket, dialect: () => ({ ...socket.dialect(), connect }) } };
}

async function outcomeOf(
  subject: TtsSubject,
  body?: string,
): Promise<readonly [code: string, retryable: boolean]> {
  const script = body === undefined ? {} : { fault: { what: "body", body } as const };
  await using rig = await TtsRig.open(subject, { script });
  try {
    await rig.hear(TEXT);
    return ["none", false];
  } catch (thrown) {
    assert(thrown instanceof EarshotError);
    return [thrown.code, thrown.retryable];
  }
}

test("the frames of the documentation are sound and its end, byte by byte", async () => {
  assertEquals(soundFrame(1, hex("0100")), hex("11b10000 00000001 00000002 0100"));
  assertEquals(soundFrame(-2, new Uint8Array()), hex("11b30000 fffffffe 00000000"));
  const heard = async (...frames: readonly Uint8Array[]) => {
    await using rig = await TtsRig.open(saying(...frames));
    return [...(await rig.hear(TEXT)).pcm];
  };
  const ack = hex("11b01000 00000000");
  const [one, two, last] = [
    hex("11b10000 00000001 00000003 010002"),
    hex("11b10000 00000002 00000001 00"),
    hex("11b30000 fffffffe 00000000"),
  ];
  assertEquals(await heard(ack, one, two, last), [1, 2]);
  // The last one may have sound, and its flags count, not its sign.
  assertEquals(await heard(ack, one, hex("11b30000 00000002 00000001 00")), [1, 2]);
  // Other frames say nothing of the sound.
  assertEquals(
    await heard(hex("11c10000 00000001 00000002 7b7d"), hex("11b10000 00000001 00000002 0300"), last),
    [3],
  );
});

test("each code is an error of ours, and only what may pass is tried again; 3011 is no error", async () => {
  const cases:
    readonly (readonly [code: number, words: string, error: ErrorCode | "none", retryable: boolean])[] = [
      [3001, "unknown cluster", "tts.config", false],
      [3001, "authenticate request: load grant: requested grant not found", "tts.auth", false],
      [3001, "[resource_id=volc.tts.default] requested resource not granted", "tts.quota", false],
      [3003, "quota exceeded for types: concurrency", "tts.throttled", true],
      [3003, "quota exceeded for types: text_words_lifetime", "tts.quota", false],
      [3003, "", "tts.throttled", true],
      [3005, "busy", "tts.throttled", true],
      [3010, "too long", "tts.bad_input", false],
      [3011, "illegal text", "none", false],
      [3030, "timeout", "tts.timeout", true],
      [3031, "processing", "tts.failed", true],
      [3032, "timeout", "tts.timeout", true],
      [3040, "voice clone", "tts.failed", true],
      [3050, "no such voice", "tts.config", false],
      [3999, "new", "tts.failed", false],
    ];
  for (const [code, words, ...expected] of cases) {
    const body = JSON.stringify({ reqid: "x", code, operation: "query", message: words, sequence: 0 });
    assertEquals(await outcomeOf(doubaoV1SpeechSubject("http"), body), expected, `http ${code}`);
    for (const said of [words, body]) {
      for (const gzip of [false, true]) {
        assertEquals(await outcomeOf(saying(errorFrame(code, said, { gzip }))), expected, `${code} ${gzip}`);
      }
    }
  }
});

test("a refused request is known by its code, and one of a proxy by its words", async () => {
  const refused = async (status: number, body: string) => {
    const subject = doubaoV1SpeechSubject("http");
    const { http } = subject;
    if (http === undefined) throw new Error("it is over HTTP");
    const dialect = () => ({ ...http.dialect(), answer: () => ({ type: "refusal", status, body }) as const });
    return (await outcomeOf({ ...subject, http: { ...http, dialect } }))[0];
  };
  assertEquals(await refused(400, '{"code":3050,"message":"no"}'), "tts.config");
  assertEquals(await refused(500, '{"code":3030,"message":"no"}'), "tts.timeout");
  assertEquals(await refused(401, '{"error":{"message":"no","code":"invalid_api_key"}}'), "tts.auth");
  assertEquals(await refused(403, "no"), "tts.auth");
  assertEquals(await refused(503, "<html>"), "tts.failed");
});

test("a text is split by its bytes, and what cannot be spoken is not asked for", async () => {
  const long = {
    ["x".repeat(1_024)]: 1,
    [`${"天气很好，".repeat(60)}。`.repeat(3)]: 3,
    [`Hello. ${"…".repeat(700)} Well.`]: 2,
    ["👩‍👩‍👧‍👦a".repeat(80)]: 3,
  };
  for (const mode of MODES) {
    for (const [text, least] of Object.entries(long)) {
      await using rig = await TtsRig.open(doubaoV1SpeechSubject(mode));
      const { pcm, sampleRateHz } = await rig.hear(text);
      const texts = rig.emulator?.requests.map((request) => request.text) ?? [];
      assert(texts.length >= least, `${texts.length} parts`);
      assert(texts.every((part) => bytesOf(part).length <= 1_024 && part.isWellFormed()));
      const spokenMs = texts.reduce((sum, part) => sum + toneOf(part).durationMs, 0);
      assertEquals(Math.round(pcm.length * 1_000 / sampleRateHz), spokenMs);
      const bare = (words: string) => words.replaceAll(/[ …]/g, "");
      assertEquals(bare(texts.join("")), bare(text));
    }
  }
});

test("what is set is sent, and the key as the service wants it", async () => {
  const settings = {
    cluster: "volcano_icl",
    voice: "S_1",
    sampleRateHz: 16_000,
    speed: 1.5,
    volume: 0.5,
    pitch: 2,
  };
  const wants = {
    cluster: "volcano_icl",
    voice_type: "S_1",
    rate: 16_000,
    speed_ratio: 1.5,
    volume_ratio: 0.5,
    pitch_ratio: 2,
  };
  for (const mode of MODES) {
    await using rig = await TtsRig.open(doubaoV1SpeechSubject(mode, settings, { wants }), {
      script: { sampleRateHz: 16_000 },
    });
    const { pcm, sampleRateHz } = await rig.hear(TEXT);
    assertEquals([sampleRateHz, Math.round(hearTone(pcm, sampleRateHz).durationMs)], [
      16_000,
      toneOf(TEXT).durationMs,
    ]);
    assertEquals(rig.emulator?.requests[0]?.headers["authorization"], "Bearer;v1-token");
  }
  await using other = await TtsRig.open(doubaoV1SpeechSubject("http", {}, { server: "302" }));
  await other.hear(TEXT);
  assertEquals(other.emulator?.requests[0]?.headers["authorization"], "Bearer v1-token");
});

test("over HTTP: no sound, a cut object, a page, other sound than samples, sound that is none", async () => {
  const outcome = async (body: unknown) => {
    const said = typeof body === "string" ? body : JSON.stringify(body);
    return (await outcomeOf(doubaoV1SpeechSubject("http"), said))[0];
  };
  assertEquals(await outcome({ code: 3000 }), "none");
  assertEquals(await outcome({ code: 3000, data: null }), "none");
  assertEquals(await outcome({ code: 3000, data: TONE_MP3.toBase64() }), "none");
  assertEquals(await outcome('{"code":3000,"data":"AAAA'), "tts.disconnected");
  assertEquals(await outcome(""), "tts.disconnected");
  assertEquals(await outcome("<html>"), "tts.protocol");
  assertEquals(await outcome({ code: 3000, data: "!!" }), "tts.protocol");
  assertEquals(
    await outcome({ code: 3000, data: bytesOf("<!doctype html> and so on").toBase64() }),
    "tts.protocol",
  );
  assertEquals(await outcome({ hello: 1 }), "tts.protocol");
});

test("over a socket: text, no frame, an end too early, sound that turns into another format", async () => {
  const sound = soundFrame(1, new Uint8Array(2_000).fill(1));
  assertEquals((await outcomeOf(saying('{"code":3001}')))[0], "tts.protocol");
  assertEquals((await outcomeOf(saying(sound.subarray(0, 9))))[0], "tts.protocol");
  assertEquals((await outcomeOf(saying(sound, soundFrame(2, TONE_MP3))))[0], "tts.protocol");
  assertEquals((await outcomeOf(saying(sound, soundFrame(2, bytesOf('{"code":3001}')))))[0], "tts.protocol");
});

test("the service's words are told, and what they repeat of the text is not", async () => {
  const words = `cannot say ${TEXT}`;
  for (
    const subject of [
      saying(errorFrame(3010, words)),
      saying(errorFrame(3010, JSON.stringify({ message: words }))),
    ]
  ) {
    await using rig = await TtsRig.open(subject);
    const { message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
    assert(message.endsWith(": 3010 cannot say …"), message);
  }
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const faultsOf = (block: Readonly<Record<string, unknown>>) => {
    const read = ttsConfig.safeParse({ d: { type: "doubaoV1", accessToken: { env: "T" }, ...block } });
    return read.success ? [] : read.error.issues.map(({ path }) => path.join("."));
  };
  assertEquals(faultsOf({ appId: "1" }), []);
  assertEquals(faultsOf({ url: "https://api.302.ai/doubao/tts_hd", authorization: "Bearer" }), []);
  assertEquals(faultsOf({}), ["d.appId"]);
  assertEquals(faultsOf({ appId: "1", voice: "zh_female_vv_uranus_bigtts" }), ["d.voice"]);
  const url = "https://openspeech.bytedance.com/api/v1/tts/ws_binary";
  assertEquals(faultsOf({ appId: "1", mode: "websocket", url }), ["d.url"]);
  for (const wrong of [{ speed: 4 }, { sampleRateHz: 48_000 }, { authorization: "Token" }, { mode: "sse" }]) {
    assertEquals(faultsOf({ appId: "1", ...wrong }).length, 1, JSON.stringify(wrong));
  }
  const block = { type: "doubaoV1", accessToken: { env: "T" } };
  assertEquals(voiceCapabilitiesOf(block), { languages: "any", maxChars: 1_024, textIn: "whole" });
  assertEquals(voiceCapabilitiesOf({ ...block, languages: ["zh"] }).languages, ["zh"]);
});
