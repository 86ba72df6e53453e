import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Channel } from "../../../lib/lifecycle/mod.ts";
import { openOutboundSockets } from "../../../lib/net/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { StreamedRig } from "../../contract/streamed_rig.ts";
import { TtsRig, type TtsRigOptions } from "../../contract/tts_rig.ts";
import { nlsRestSubject, nlsSpeechSubject } from "../../contract/voices/aliyun.ts";
import { nlsSpeech, type NlsSpeechManner } from "../../support/emulators/aliyun_nls_speech.ts";
import { AliyunTokenService } from "../../support/emulators/aliyun_tokens.ts";
import { RawTalk } from "../../support/emulators/raw_talk.ts";
import { SpeechSocketEmulator } from "../../support/emulators/speech_socket_emulator.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { toneOf } from "../../support/tones.ts";
import { until } from "../../support/until.ts";

const TEXT = "Hello there.";

/** A token service, and a voice that has its tokens from there. */
async function openWithTokens(
  tokens: AliyunTokenService,
  mode: "synthesizer" | "flowing",
  { manner = {}, ...options }: TtsRigOptions & { readonly manner?: NlsSpeechManner } = {},
): Promise<TtsRig> {
  const subject = nlsSpeechSubject(mode, manner, { tokenUrl: tokens.url, accessKeyId: "id" });
  const { socket } = subject;
  assert(socket !== undefined);
  const secrets = { accessKeySecret: "secret" };
  return await TtsRig.open({ ...subject, socket: { ...socket, secrets } }, options);
}

test("a token that runs out amid the answer is told as such, and the next request has a new one", async () => {
  await using tokens = new AliyunTokenService();
  let good = "token-1";
  const words = "Gateway:ACCESS_DENIED:The token has expired!";
  const fails = { at: " Too late.", status: 40000001, words };
  await using rig = await openWithTokens(tokens, "flowing", { manner: { token: () => good, fails } });
  const parts = new Channel<string>(10);
  const { speakStream } = rig.provider;
  assert(speakStream !== undefined);
  let samples = 0;
  const failed = assertRejects(async () => {
    for await (const { pcm } of speakStream(parts, { language: "en" }, rig.canceled.signal)) {
      samples += pcm.length;
    }
  }, EarshotError);
  await parts.send(TEXT);
  await until(() => samples / 24 === toneOf(TEXT).durationMs, "the first sentence");
  await parts.send(" Too late.");
  const { code, message } = await failed;
  assertEquals(code, "tts.auth");
  assertStringIncludes(message, "its token is wrong or has run out: 40000001 Gateway:ACCESS_DENIED");
  good = "token-2";
  assert((await rig.hear(TEXT)).pcm.length > 0);
  assertEquals([tokens.made, rig.requests], [2, 2]);
});

test("a kept token that is refused is replaced, unnoticed by the listener", async () => {
  for (const mode of ["synthesizer", "flowing"] as const) {
    await using tokens = new AliyunTokenService();
    let good = "token-1";
    await using rig = await openWithTokens(tokens, mode, {
      manner: { token: () => good, closes: true },
      retries: 1,
    });
    const ended = () => until(() => openOutboundSockets() === 0, "the service has ended the connection");
    await rig.hear(TEXT);
    await ended();
    good = "token-2";
    assert((await rig.hear(TEXT)).pcm.length > 0);
    assertEquals([tokens.made, rig.requests, rig.count("retried")], [2, 3, 1], mode);
    await ended();
    good = "nobody's";
    assertEquals([await rig.failure(), tokens.made], ["tts.auth", 3], "a fresh one is not replaced");
  }
});

test("a token of the config that is refused is not tried again", async () => {
  await using rig = await TtsRig.open(nlsSpeechSubject("synthesizer", { token: () => "other" }), {
    retries: 3,
  });
  const { code, message, retryable } = await assertRejects(() => rig.hear(TEXT), EarshotError);
  assertEquals([code, retryable, rig.requests], ["tts.auth", false, 1]);
  assertStringIncludes(message, "it answered 403 ACCESS_DENIED");
});

test("given up while its token is made", async () => {
  await using tokens = new AliyunTokenService();
  const { promise, resolve } = Promise.withResolvers<void>();
  tokens.answer = promise;
  await using rig = await openWithTokens(tokens, "flowing");
  const outcome = rig.failure();
  rig.canceled.abort();
  assertEquals([await outcome, rig.requests], ["canceled", 0]);
  await rig.provider.close?.();
  resolve();
});

test("a voice that is not the project's is the config's fault", async () => {
  for (const mode of ["synthesizer", "flowing"] as const) {
    const fails = { at: TEXT, status: 40000001, words: "Meta:ACCESS_DENIED:No privilege to this voice!" };
    await using rig = await TtsRig.open(nlsSpeechSubject(mode, { fails }), { retries: 3 });
    assertEquals([await rig.failure(), rig.requests], ["tts.config", 1]);
  }
});

test("nothing to speak is no error, and later text is spoken", async () => {
  for (const mode of ["synthesizer", "flowing"] as const) {
    await using rig = await TtsRig.open(nlsSpeechSubject(mode, { unspeakable: "Ḁ" }));
    assertEquals([(await rig.hear("Ḁ")).pcm.length, rig.count("silent")], [0, 1]);
    assert((await rig.hear(TEXT)).pcm.length > 0);
  }
  for (const http of [200, 400]) {
    await using rig = await TtsRig.open(nlsRestSubject({ unspeakable: { text: "Ḁ", http } }));
    assertEquals([(await rig.hear("Ḁ")).pcm.length, rig.count("silent")], [0, 1]);
  }
  await using rig = await StreamedRig.open(nlsSpeechSubject("flowing", { unspeakable: "Ḁ" }));
  await rig.write("Ḁ");
  const sound = rig.next();
  await until(() => rig.emulator.requests[0]?.state === "closed", "its task has failed");
  await rig.write(TEXT);
  rig.parts.close();
  assert(await sound !== undefined);
  await rig.hearAll(TEXT);
});

test("a connection carries one task after the other, and nothing of the one before is heard", async () => {
  for (const mode of ["synthesizer", "flowing"] as const) {
    await using rig = await TtsRig.open(nlsSpeechSubject(mode));
    for (const text of ["One.", "Two of them.", "Three."]) {
      assertEquals((await rig.hear(text)).pcm.length / 24, toneOf(text).durationMs);
    }
    assertEquals(rig.requests, 1, mode);
  }
});

test("a connection is not kept longer than the service keeps it", async () => {
  const clock = new FakeClock();
  await using rig = await StreamedRig.open(nlsSpeechSubject("flowing", { clock }), { clock });
  await rig.write(TEXT);
  rig.parts.close();
  await rig.hearAll(TEXT);
  await clock.advance(7_999);
  assertEquals([openOutboundSockets(), rig.emulator.open], [1, 1]);
  await clock.advance(1);
  await until(() => openOutboundSockets() === 0 && rig.emulator.open === 0, "it is let go of");
});

test("a kept connection that has ended meanwhile is replaced before any text is sent", async () => {
  await using rig = await TtsRig.open(nlsSpeechSubject("flowing"));
  await Promise.all([rig.hear("One."), rig.hear("Two.")]);
  assertEquals(rig.requests, 2);
  rig.emulator?.dropAll();
  assert((await rig.hear(TEXT)).pcm.length > 0);
  assertEquals([rig.count("retried"), rig.requests], [0, 3]);
  await using ended = await TtsRig.open(nlsSpeechSubject("flowing", { closes: true }));
  for (let count = 0; count < 3; count++) assert((await ended.hear(TEXT)).pcm.length > 0);
  assertEquals([ended.count("retried"), ended.requests], [0, 3]);
});

test("a long text is split into requests of at most 300 characters", async () => {
  const text = `${"天气很好，".repeat(20)}。`.repeat(8);
  await using rig = await TtsRig.open(nlsSpeechSubject("synthesizer"));
  await rig.hear(text);
  assertEquals(rig.emulator?.requests[0]?.text, text);
  await using rest = await TtsRig.open(nlsRestSubject());
  await rest.hear(text);
  assertEquals([rest.requests, rest.emulator?.requests.map((request) => request.text).join("")], [4, text]);
});

test("text is never SSML, and what is no tag stays", async () => {
  for (const subject of [nlsSpeechSubject("synthesizer"), nlsSpeechSubject("flowing"), nlsRestSubject()]) {
    await using rig = await TtsRig.open(subject);
    await rig.hear("<speak>a</speak> < 5 <=6 <7 b<");
    assertEquals(rig.emulator?.requests[0]?.text, " speak>a /speak> < 5 <=6 <7 b ", subject.name);
  }
});

test("its settings are sent as the service calls them", async () => {
  const settings = { voice: "longwan", sampleRateHz: 16_000, volume: 80, speechRate: -100, pitchRate: 30 };
  const wants = { voice: "longwan", sample_rate: 16_000, volume: 80, speech_rate: -100, pitch_rate: 30 };
  for (const mode of ["synthesizer", "flowing"] as const) {
    const script = { sampleRateHz: 16_000 };
    await using rig = await TtsRig.open(nlsSpeechSubject(mode, { wants }, settings), { script });
    assertEquals((await rig.hear(TEXT)).sampleRateHz, 16_000);
  }
});

test("what it can do, and which config is wrong", () => {
  const block = { type: "aliyunNls", appKey: "app", token: { env: "TOKEN" } };
  const can = (more: object) => voiceCapabilitiesOf({ ...block, ...more });
  assertEquals(can({}), { languages: "any", maxChars: 300, textIn: "whole" });
  assertEquals(can({ mode: "rest", languages: ["zh"] }), {
    languages: ["zh"],
    maxChars: 300,
    textIn: "whole",
  });
  assertEquals(can({ mode: "flowing" }), { languages: "any", maxChars: 1_000, textIn: "streamed" });
  const faultsOf = (more: object) => {
    const read = ttsConfig.safeParse({ e: { ...block, ...more } });
    return read.success ? [] : read.error.issues.map(({ path }) => path.join("."));
  };
  const of = (region: string) => `wss://nls-gateway-cn-${region}.aliyuncs.com/ws/v1`;
  assertEquals(faultsOf({}), []);
  assertEquals(faultsOf({ token: undefined }), ["e.accessKeyId"]);
  assertEquals(faultsOf({ mode: "flowing", url: of("shanghai") }), ["e.url"]);
  assertEquals(faultsOf({ mode: "flowing", url: of("beijing") }), []);
  assertEquals(
    faultsOf({ mode: "flowing", url: "ws://nls-gateway-cn-beijing-internal.aliyuncs.com:80/ws/v1" }),
    [],
  );
  assertEquals(faultsOf({ url: of("shenzhen"), sampleRateHz: 22_050 }), ["e.sampleRateHz"]);
});

test("only a flowing voice takes streamed text", async () => {
  for (const mode of ["synthesizer", "flowing"] as const) {
    await using rig = await TtsRig.open(nlsSpeechSubject(mode));
    assertEquals(rig.provider.speakStream !== undefined, mode === "flowing");
  }
});

test("the emulator is strict: text before the task has started, a stop with a payload, and 10 s without text", async () => {
  const id = () => crypto.randomUUID().replaceAll("-", "");
  const command = (task_id: string, name: string, payload?: object) => ({
    header: { appkey: "nls-app", message_id: id(), task_id, namespace: "FlowingSpeechSynthesizer", name },
    ...(payload && { payload }),
  });
  const start = {
    voice: "longxiaochun",
    format: "pcm",
    sample_rate: 24_000,
    volume: 50,
    speech_rate: 0,
    pitch_rate: 0,
  };
  const clock = new FakeClock();
  await using emulator = await SpeechSocketEmulator.start(nlsSpeech({ flowing: true, clock }));
  const violationOf = async (...messages: readonly object[]) => {
    using talk = await RawTalk.open(emulator.origin, { "X-NLS-Token": "nls-token" });
    for (const [index, message] of messages.entries()) {
      talk.send({ ...message });
      // What comes after the start waits for the answer.
      if (index === 0 && messages.length > 1) await until(() => talk.replies.length > 0);
    }
    await until(() => talk.end !== undefined);
    return emulator.violations.splice(0);
  };
  const task = id();
  const early = command(task, "RunSynthesis", { text: "a" });
  assertEquals(await violationOf(early), ["RunSynthesis outside of the task"]);
  using hasty = await RawTalk.open(emulator.origin, { "X-NLS-Token": "nls-token" });
  for (const message of [command(task, "StartSynthesis", start), early]) hasty.send(message);
  await until(() => hasty.end !== undefined);
  assertEquals(emulator.violations.splice(0), ["RunSynthesis outside of the task"]);
  assertEquals(
    await violationOf(command(task, "StartSynthesis", start), command(task, "StopSynthesis", {})),
    [
      "StopSynthesis or its payload",
    ],
  );
  assertEquals(
    await violationOf(
      command(task, "StartSynthesis", start),
      command(task, "RunSynthesis", { text: "好".repeat(1_001) }),
    ),
    ["no text, or too much of it"],
  );
  using talk = await RawTalk.open(emulator.origin, { "X-NLS-Token": "nls-token" });
  talk.send(command(task, "StartSynthesis", start));
  await until(() => JSON.stringify(talk.replies).includes("SynthesisStarted"));
  await clock.advance(10_000);
  await until(() => talk.end !== undefined);
  assertMatch(JSON.stringify(talk.replies), /"namespace":"Default","name":"TaskFailed","status":40000004/);
});
