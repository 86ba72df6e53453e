import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError, type ErrorCode } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import type { TtsSubject } from "../../contract/tts_subjects.ts";
import { type DoubaoMode, doubaoSpeechSubject } from "../../contract/voices/doubao.ts";
import { errorFrame, serverEvent } from "../../support/emulators/doubao_speech_frames.ts";
import type { SpeechSocketDialect, SpeechSocketIo } from "../../support/emulators/speech_socket_emulator.ts";
import { test } from "../../support/test.ts";
import { TONE_MP3 } from "../../support/tone_mp3.ts";
import { hearTone, toneOf } from "../../support/tones.ts";

const TEXT = "Hello there.";
const MODES: readonly DoubaoMode[] = ["bidirectional", "websocket", "http", "sse"];
const DURATION_MS = toneOf(TEXT).durationMs;

async function durationMs(subject: TtsSubject): Promise<number> {
  await using rig = await TtsRig.open(subject);
  const { pcm, sampleRateHz } = await rig.hear(TEXT);
  return Math.round(hearTone(pcm, sampleRateHz).durationMs);
}

async function failureOf(rig: TtsRig): Promise<readonly [code: string, retryable: boolean]> {
  try {
    await rig.hear(TEXT);
  } catch (thrown) {
    if (thrown instanceof EarshotError) return [thrown.code, thrown.retryable];
    throw thrown;
  }
  return ["none", false];
}

test("each mode speaks with the keys of either console, packed or not, whatever the header says of sound", async () => {
  for (const mode of MODES) {
    for (const console of ["new", "old"] as const) {
      for (const manner of [{}, { gzip: true }, { json: true }, { gzip: true, json: true }]) {
        const subject = doubaoSpeechSubject(mode, { resourceId: "seed-icl-2.0" }, { manner, console });
        assertEquals(await durationMs(subject), DURATION_MS, `${mode} ${console}`);
      }
    }
  }
});

test("what is set is sent where each mode has it, additions as a text of JSON", async () => {
  const settings = {
    voice: "S_cloned",
    model: "seed-tts-1.1",
    sampleRateHz: 16_000,
    ratePercent: -50,
    volumePercent: 100,
    emotion: "happy",
    additions: { explicit_language: "en", disable_markdown_filter: true, context_texts: ["softly"] },
  };
  const wants = {
    speaker: "S_cloned",
    model: "seed-tts-1.1",
    sample_rate: 16_000,
    speech_rate: -50,
    loudness_rate: 100,
    emotion: "happy",
    ...settings.additions,
  };
  for (const mode of MODES) {
    const subject = doubaoSpeechSubject(mode, settings, { manner: { wants } });
    await using rig = await TtsRig.open(subject, { script: { sampleRateHz: 16_000 } });
    const { pcm, sampleRateHz } = await rig.hear(TEXT);
    assertEquals([sampleRateHz, pcm.length], [16_000, DURATION_MS * 16]);
  }
  for (const mode of MODES) {
    const wants = { speech_rate: undefined, loudness_rate: undefined, emotion: undefined, model: undefined };
    assertEquals(await durationMs(doubaoSpeechSubject(mode, {}, { manner: { wants } })), DURATION_MS);
  }
});

test("a text in parentheses is spoken, unless additions say otherwise", async () => {
  const additions = { max_length_to_filter_parenthesis: 9 };
  for (const mode of MODES) {
    const subject = doubaoSpeechSubject(mode, { additions }, { manner: { wants: additions } });
    assertEquals(await durationMs(subject), DURATION_MS);
  }
});

/** What each code is, with its words. */
const FAULTS: readonly (readonly [code: number, words: string, error: ErrorCode, retryable: boolean])[] = [
  [45000000, "quota exceeded for types: concurrency", "tts.throttled", true],
  [45000000, "quota exceeded for types: text_words_lifetime", "tts.quota", false],
  [45000000, "speaker permission denied: access denied", "tts.config", false],
  [45000001, "invalid request", "tts.config", false],
  [45000010, "load grant: no", "tts.auth", false],
  [45000292, "quota exceeded", "tts.quota", false],
  [40402003, "TTSExceededTextLimit:exceed max limit", "tts.bad_input", false],
  [55000000, "resource ID is mismatched with speaker related resource", "tts.config", false],
  [55000000, "server got an error", "tts.throttled", true],
  [55000001, "session error", "tts.throttled", true],
  [12345678, "what is that", "tts.failed", true],
];

test("each code and its words are an error of ours, whichever way they come, and only what may pass is tried again", async () => {
  for (const [code, words, error, retryable] of FAULTS) {
    const told = { status_code: code, message: words };
    const frames = [
      errorFrame(code, JSON.stringify({ error: words })),
      errorFrame(code, words, { gzip: true }),
      serverEvent({ event: 153, id: "s1", payload: told }),
      serverEvent({ event: 152, id: "s1", payload: told, gzip: true }),
      serverEvent({ event: 51, id: "c1", payload: told }),
      serverEvent({ event: 51, payload: told }),
    ];
    for (const mode of ["bidirectional", "websocket"] as const) {
      for (const [index, frame] of frames.entries()) {
        await using rig = await TtsRig.open(saying(mode, frame));
        assertEquals(await failureOf(rig), [error, retryable], `${mode} ${code} ${index}`);
      }
    }
    const body = JSON.stringify({ code, message: words, data: null });
    for (
      const [mode, said] of [["http", body], ["sse", `event: 153\ndata: ${body}\n\n`], ["sse", body]] as const
    ) {
      const fault = { what: "body", body: said } as const;
      await using rig = await TtsRig.open(doubaoSpeechSubject(mode), { script: { fault } });
      assertEquals(await failureOf(rig), [error, retryable], `${mode} ${code}`);
    }
  }
});

test("the service's words are told, and what they repeat of the text is not", async () => {
  const words = `no such thing as ${TEXT} in 天气`;
  const told = async (subject: TtsSubject, script = {}) => {
    await using rig = await TtsRig.open(subject, { script });
    const { message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
    return message.replace(/^.*: /, "");
  };
  for (
    const frame of [
      errorFrame(45000001, words),
      serverEvent({ event: 153, id: "s1", payload: { status_code: 45000001, message: words } }),
    ]
  ) {
    assertEquals(await told(saying("websocket", frame)), "45000001 no such thing as … in 天气");
  }
  for (const mode of ["http", "sse"] as const) {
    const body = JSON.stringify({ code: 45000001, message: words });
    const fault = { what: "body", body } as const;
    assertEquals(await told(doubaoSpeechSubject(mode), { fault }), "45000001 no such thing as … in 天气");
  }
});

/** A service that says one thing, however it is asked. */
function saying(mode: "bidirectional" | "websocket", message: string | Uint8Array): TtsSubject {
  const subject = doubaoSpeechSubject(mode);
  const { socket } = subject;
  if (socket === undefined) throw new Error("it has a socket");
  const dialect = (): SpeechSocketDialect => ({
    ...socket.dialect(),
    connect: (io) => () => io.send(message),
  });
  return { ...subject, socket: { ...socket, dialect } };
}

test("what is no frame, and what comes before its time, is told as such", async () => {
  const outcome = async (mode: "bidirectional" | "websocket", message: string | Uint8Array) => {
    await using rig = await TtsRig.open(saying(mode, message));
    return (await failureOf(rig))[0];
  };
  const sound = serverEvent({ event: 352, id: "s1", payload: new Uint8Array(100), sound: true });
  for (const mode of ["bidirectional", "websocket"] as const) {
    assertEquals(await outcome(mode, '{"error":"no"}'), "tts.protocol");
    assertEquals(await outcome(mode, new Uint8Array(3)), "tts.protocol");
    assertEquals(await outcome(mode, sound.subarray(0, 40)), "tts.protocol");
    const broken = serverEvent({
      event: 352,
      id: "s1",
      payload: new Uint8Array(100),
      sound: true,
      gzip: true,
    });
    assertEquals(await outcome(mode, broken.fill(7, 24)), "tts.protocol");
  }
  assertEquals(await outcome("bidirectional", sound), "tts.protocol");
  assertEquals(
    await outcome("bidirectional", serverEvent({ event: 150, id: "s1", payload: {} })),
    "tts.protocol",
  );
});

test("sound that turns into another format amid its messages is told, and not played as noise", async () => {
  const json = new TextEncoder().encode('{"error":{"message":"no"}}');
  for (const mode of ["bidirectional", "websocket"] as const) {
    for (const then of [TONE_MP3, json]) {
      const subject = doubaoSpeechSubject(mode);
      const { socket } = subject;
      if (socket === undefined) throw new Error("it has a socket");
      const dialect = (): SpeechSocketDialect => {
        const { messages, ...rest } = socket.dialect();
        if (messages === undefined) throw new Error("it says something");
        let count = 0;
        const sound = (bytes: Uint8Array, io: SpeechSocketIo) =>
          messages.sound(count++ === 0 ? bytes : then, io);
        return { ...rest, messages: { ...messages, sound } };
      };
      await using rig = await TtsRig.open({ ...subject, socket: { ...socket, dialect } });
      assertEquals([await failureOf(rig), rig.count("started")], [["tts.protocol", false], 1]);
    }
  }
  const pcm = new Uint8Array(2_000).fill(1).toBase64();
  const bodies = [
    [{ code: 0, data: pcm }, { code: 0, data: TONE_MP3.toBase64() }],
    [{ code: 0, data: pcm }, { code: 0, data: json.toBase64() }],
    [{ code: 0, data: pcm }, { code: 0, data: "!!" }],
    [{ code: 0, data: pcm }, { code: 0, data: 7 }],
  ];
  for (const body of bodies) {
    const objects = body.map((value) => JSON.stringify(value));
    for (
      const [mode, said] of [["http", objects.join("")], [
        "sse",
        objects.map((one) => `data: ${one}\n\n`).join(""),
      ]] as const
    ) {
      await using rig = await TtsRig.open(doubaoSpeechSubject(mode), {
        script: { fault: { what: "body", body: said } },
      });
      assertEquals(await failureOf(rig), ["tts.protocol", false], said);
    }
  }
});

test("over HTTP: an end too early, a page amid objects, an error without a code, nothing at all", async () => {
  const outcome = async (mode: "http" | "sse", body: string) => {
    await using rig = await TtsRig.open(doubaoSpeechSubject(mode), {
      script: { fault: { what: "body", body } },
    });
    return [(await failureOf(rig))[0], rig.count("started")];
  };
  const sound = JSON.stringify({ code: 0, message: "", data: new Uint8Array(2_000).fill(1).toBase64() });
  const last = '{"code":20000000,"message":"ok","data":null}';
  assertEquals(await outcome("http", `${sound}${last}`), ["none", 1]);
  // What follows the last one does not count, and it may have sound.
  assertEquals(await outcome("http", `${sound}${last}<html>`), ["none", 1]);
  assertEquals(await outcome("http", sound.replace('"code":0', '"code":20000000')), ["none", 1]);
  assertEquals(await outcome("http", `${sound}${sound}`), ["tts.disconnected", 1]);
  assertEquals(await outcome("http", `${sound}${last.slice(0, -1)}`), ["tts.disconnected", 1]);
  assertEquals(await outcome("http", ""), ["tts.disconnected", 0]);
  assertEquals(await outcome("http", last), ["none", 0]);
  assertEquals(await outcome("http", `${sound}<!doctype html>`), ["tts.protocol", 1]);
  assertEquals(await outcome("http", '{"error":{"code":"insufficient_quota"}}'), ["tts.quota", 0]);
  assertEquals(await outcome("http", '{"hello":1}'), ["tts.protocol", 0]);
  const event = (data: string) => `event: 352\ndata: ${data}\n\n`;
  assertEquals(await outcome("sse", `: hello\n\n${event(sound)}${event(last)}`), ["none", 1]);
  assertEquals(await outcome("sse", `${event(sound)}${event(last).trimEnd()}`), ["none", 1]);
  assertEquals(await outcome("sse", event(sound)), ["tts.disconnected", 1]);
  assertEquals(await outcome("sse", event("{")), ["tts.protocol", 0]);
  // What was asked for decides nothing.
  assertEquals(await outcome("http", `${event(sound)}${event(last)}`), ["none", 1]);
  assertEquals(await outcome("sse", `${sound}${last}`), ["none", 1]);
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const faultsOf = (block: Readonly<Record<string, unknown>>) => {
    const read = ttsConfig.safeParse({ d: { type: "doubao", ...block } });
    return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  };
  const apiKey = { env: "KEY" };
  assertEquals(faultsOf({ apiKey }), []);
  assertEquals(faultsOf({ appKey: "1", accessToken: { file: "f" } }), []);
  assertEquals(faultsOf({ appKey: "1" }), ["d.apiKey: give apiKey, or appKey and accessToken"]);
  const url = "https://openspeech.bytedance.com/api/v3/tts";
  for (const path of ["/bidirection", "/unidirectional/", "/unidirectional/sse", "/unidirectional/stream"]) {
    const meant = path.replace(/\/$/, "");
    assertEquals(faultsOf({ apiKey, url: `${url}${path}` }), [`d.url: leave ${meant} out: mode says it`]);
  }
  assertEquals(faultsOf({ apiKey, url: `${url}/` }), []);
  const wrong = [
    { mode: "v1" },
    { sampleRateHz: 11_025 },
    { ratePercent: 101 },
    { volumePercent: -51 },
    { voice: "" },
    {
      maxChars: 10,
    },
    { additions: { a: { b: 1 } } },
    { apiKey: "sk-1234" },
  ];
  for (const block of wrong) assertEquals(faultsOf({ apiKey, ...block }).length, 1, JSON.stringify(block));
  const can = (mode: DoubaoMode, more = {}) => voiceCapabilitiesOf({ type: "doubao", mode, apiKey, ...more });
  assertEquals(can("bidirectional"), { languages: "any", maxChars: 1_000, textIn: "streamed" });
  assertEquals(can("sse", { languages: ["zh"], maxChars: 300 }), {
    languages: ["zh"],
    maxChars: 300,
    textIn: "whole",
  });
});
