import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError, type ErrorCode } from "../../../lib/errors/mod.ts";
import { openOutboundSockets } from "../../../lib/net/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { StreamedRig } from "../../contract/streamed_rig.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { dashscopeSpeechSubject } from "../../contract/voices/aliyun.ts";
import { dashscopeSpeech } from "../../support/emulators/dashscope_speech.ts";
import { RawTalk } from "../../support/emulators/raw_talk.ts";
import { SpeechSocketEmulator } from "../../support/emulators/speech_socket_emulator.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { toneOf } from "../../support/tones.ts";
import { until } from "../../support/until.ts";

const TEXT = "Hello there.";

test("what a task fails with, by its code or by its words", async () => {
  const faults: readonly (readonly [code: string, message: string, expected: ErrorCode])[] = [
    ["InvalidParameter", "[cosyvoice:]Engine return error code: 418", "tts.config"],
    ["InternalError", "Request voice is invalid!", "tts.config"],
    ["InvalidParameter", "Required parameter missing", "tts.config"],
    ["InvalidApiKey", "Invalid API-key provided.", "tts.auth"],
    ["Arrearage", "no", "tts.quota"],
    ["AccessDenied.Unpurchased", "no", "tts.quota"],
    ["Throttling", "no", "tts.throttled"],
    ["Throttling.AllocationQuota", "no", "tts.throttled"],
    ["DataInspectionFailed", "no", "tts.bad_input"],
    ["CLIENT_ERROR", "request timeout after 23 seconds.", "tts.disconnected"],
    ["InternalError", "no", "tts.failed"],
  ];
  for (const [code, message, expected] of faults) {
    await using rig = await TtsRig.open(dashscopeSpeechSubject({ fails: { at: TEXT, code, message } }));
    const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
    assertEquals(error.code, expected, `${code} ${message}`);
    assertStringIncludes(error.message, message);
  }
});

test("a task that fails after its first sound is told, and its words are not repeated", async () => {
  const fails = { at: " My secret diary.", code: "DataInspectionFailed", message: "Input may be bad." };
  await using rig = await StreamedRig.open(dashscopeSpeechSubject({ fails }));
  await rig.write(TEXT);
  await rig.hear(TEXT);
  await rig.write(" My secret diary.");
  const { code, message } = await assertRejects(() => rig.next(), EarshotError);
  assertEquals([code, message.includes("diary")], ["tts.bad_input", false]);
  assertEquals(await rig.closedAtService(), "closed");
});

test("nothing to speak is no error, and later text is spoken", async () => {
  await using rig = await TtsRig.open(dashscopeSpeechSubject({ unspeakable: "Ḁ" }));
  assertEquals([(await rig.hear("Ḁ")).pcm.length, rig.count("silent")], [0, 1]);
  assert((await rig.hear(TEXT)).pcm.length > 0);
  assertEquals(rig.requests, 2, "the service ends the connection of a task that has failed");
  await using streamed = await StreamedRig.open(dashscopeSpeechSubject({ unspeakable: "Ḁ" }));
  await streamed.write("Ḁ");
  const sound = streamed.next();
  await until(() => streamed.emulator.requests[0]?.state === "closed", "its task has failed");
  await streamed.write(TEXT);
  streamed.parts.close();
  assert(await sound !== undefined);
  await streamed.hearAll(TEXT);
});

test("a refused key is told by the name that the service gives it, also in a handshake", async () => {
  await using rig = await TtsRig.open(dashscopeSpeechSubject(), {
    script: { fault: { what: "refuse", kind: "auth" } },
  });
  const { code, message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
  assertEquals(code, "tts.auth");
  assertStringIncludes(message, "it answered 401 InvalidApiKey Invalid API-key provided.");
});

test("a connection carries one task after the other, and nothing of the one before is heard", async () => {
  await using rig = await TtsRig.open(dashscopeSpeechSubject());
  for (const text of ["One.", "Two of them.", "Three."]) {
    assertEquals((await rig.hear(text)).pcm.length / 24, toneOf(text).durationMs);
  }
  assertEquals(rig.requests, 1);
});

test("a connection is let go of before the service would end it, and replaced where it has ended", async () => {
  const clock = new FakeClock();
  await using rig = await StreamedRig.open(dashscopeSpeechSubject({ clock }), { clock });
  const speak = async () => {
    const parts = (async function* () {
      yield TEXT;
    })();
    let samples = 0;
    for await (const { pcm } of rig.speak(parts)) samples += pcm.length;
    assertEquals(samples / 24, toneOf(TEXT).durationMs);
  };
  await speak();
  await clock.advance(49_999);
  await speak();
  assertEquals([rig.emulator.requests.length, openOutboundSockets()], [1, 1]);
  rig.emulator.dropAll();
  await speak();
  assertEquals([rig.emulator.requests.length, openOutboundSockets()], [2, 1]);
  await clock.advance(50_000);
  await until(() => openOutboundSockets() === 0 && rig.emulator.open === 0, "it is let go of");
});

test("its settings are sent as the service calls them", async () => {
  const settings = {
    model: "cosyvoice-v3-plus",
    voice: "longxiaochun",
    sampleRateHz: 48_000,
    volume: 80,
    rate: 1.5,
    pitch: 0.75,
    instruction: "calmly",
    sendLanguage: true,
  };
  const wants = {
    voice: "longxiaochun",
    sample_rate: 48_000,
    volume: 80,
    rate: 1.5,
    pitch: 0.75,
    instruction: "calmly",
    language_hints: ["en"],
  };
  const subject = dashscopeSpeechSubject({ model: "cosyvoice-v3-plus", wants }, settings);
  await using rig = await TtsRig.open(subject, { script: { sampleRateHz: 48_000 } });
  assertEquals((await rig.hear(TEXT)).sampleRateHz, 48_000);
  await using streamed = await StreamedRig.open(subject, { script: { sampleRateHz: 48_000 } });
  await streamed.write(TEXT);
  streamed.parts.close();
  await streamed.hearAll(TEXT);
});

test("what it can do, and which config is wrong", () => {
  const block = { type: "dashscope", apiKey: { env: "KEY" } };
  assertEquals(voiceCapabilitiesOf(block), { languages: "any", maxChars: 2_000, textIn: "streamed" });
  assertEquals(voiceCapabilitiesOf({ ...block, languages: ["zh"] }).languages, ["zh"]);
  const faultsOf = (more: object) => {
    const read = ttsConfig.safeParse({ d: { ...block, ...more } });
    return read.success ? [] : read.error.issues.map(({ path }) => path.join("."));
  };
  assertEquals(faultsOf({}), []);
  assertEquals(faultsOf({ url: "wss://ws-1.cn-beijing.maas.aliyuncs.com/api-ws/v1/inference" }), []);
  assertEquals(faultsOf({ url: "https://dashscope.aliyuncs.com/api-ws/v1/inference" }), ["d.url"]);
  assertEquals(faultsOf({ rate: 0.4, sampleRateHz: 11_025 }).toSorted(), ["d.rate", "d.sampleRateHz"]);
});

test("the emulator is strict: text before the task has started, an id that was used, and 23 s without text", async () => {
  const clock = new FakeClock();
  await using emulator = await SpeechSocketEmulator.start(dashscopeSpeech({ clock }));
  const headers = { Authorization: "Bearer dashscope-key" };
  const run = {
    task_group: "audio",
    task: "tts",
    function: "SpeechSynthesizer",
    model: "cosyvoice-v3-flash",
    parameters: {
      text_type: "PlainText",
      voice: "longanyang",
      format: "pcm",
      sample_rate: 24_000,
      volume: 50,
      rate: 1,
      pitch: 1,
    },
    input: {},
  };
  const task_id = crypto.randomUUID();
  const command = (action: string, payload: object) => ({
    header: { action, task_id, streaming: "duplex" },
    payload,
  });
  const violationOf = async (...messages: readonly object[]) => {
    using talk = await RawTalk.open(emulator.origin, headers);
    for (const [index, message] of messages.entries()) {
      talk.send({ ...message });
      // What comes after the start waits for the answer.
      if (index === 0 && messages.length > 1) await until(() => talk.replies.length > 0);
    }
    await until(() => talk.end !== undefined);
    return emulator.violations.splice(0);
  };
  const text = (words: string) => command("continue-task", { input: { text: words } });
  assertEquals(await violationOf(text("a")), ["continue-task outside of its task"]);
  assertEquals(await violationOf(command("run-task", run), text("好".repeat(10_001))), [
    "no text, or too much of it",
  ]);
  const done = command("finish-task", { input: {} });
  using hasty = await RawTalk.open(emulator.origin, headers);
  for (const message of [command("run-task", run), text("a")]) hasty.send(message);
  await until(() => hasty.end !== undefined);
  assertEquals(emulator.violations.splice(0), ["continue-task outside of its task"]);
  using again = await RawTalk.open(emulator.origin, headers);
  again.send(command("run-task", run));
  await until(() => again.replies.length > 0);
  for (const message of [text("a"), done]) again.send(message);
  await until(() => JSON.stringify(again.replies).includes("task-finished"));
  again.send(command("run-task", run));
  await until(() => again.end !== undefined);
  assertEquals(emulator.violations.splice(0), ["a task id of its own"]);
  using idle = await RawTalk.open(emulator.origin, headers);
  idle.send(command("run-task", run));
  await until(() => JSON.stringify(idle.replies).includes("task-started"));
  await clock.advance(23_000);
  await until(() => idle.end !== undefined);
  assertMatch(JSON.stringify(idle.replies), /"error_code":"CLIENT_ERROR"/);
});
