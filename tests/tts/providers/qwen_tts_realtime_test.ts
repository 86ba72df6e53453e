import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError, type ErrorCode } from "../../../lib/errors/mod.ts";
import { voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { StreamedRig } from "../../contract/streamed_rig.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { qwenTtsRealtimeSubject } from "../../contract/voices/aliyun.ts";
import { qwenTtsRealtime } from "../../support/emulators/qwen_tts_realtime.ts";
import { RawTalk } from "../../support/emulators/raw_talk.ts";
import { SpeechSocketEmulator } from "../../support/emulators/speech_socket_emulator.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const TEXT = "Hello there.";

const COMMIT = "input_text_buffer.commit";
const CANCEL = "response.cancel";

test("a response is canceled where it is given up, and what still comes of it is not heard", async () => {
  for (const how of ["abort", "leave"] as const) {
    const commands: string[] = [];
    await using rig = await StreamedRig.open(qwenTtsRealtimeSubject({ commands }));
    await rig.write(TEXT);
    await rig.hear(TEXT);
    const heardMs = rig.heardMs;
    if (how === "leave") await rig.leave();
    else {
      const failed = assertRejects(() => rig.next(), EarshotError);
      rig.canceled.abort();
      assertEquals((await failed).code, "canceled");
    }
    await until(() => commands.includes(CANCEL), "the service is told");
    assertEquals([await rig.closedAtService(), rig.heardMs], ["closed", heardMs], how);
  }
});

test("a response that was spoken to its end is not canceled", async () => {
  const commands: string[] = [];
  await using rig = await StreamedRig.open(qwenTtsRealtimeSubject({ commands }));
  await rig.write(TEXT);
  rig.parts.close();
  await rig.hearAll(TEXT);
  assertEquals([await rig.closedAtService(), commands.includes(CANCEL)], ["whole", false]);
});

test("commit: each sentence is committed at its end, and a decimal point is none", async () => {
  const committed = async (...parts: readonly string[]) => {
    const commands: string[] = [];
    await using rig = await StreamedRig.open(qwenTtsRealtimeSubject({ commands, mode: "commit" }));
    await rig.write(...parts);
    rig.parts.close();
    await rig.outcome();
    const short: Readonly<Record<string, string>> = { [COMMIT]: "c", "input_text_buffer.append": "a" };
    return commands.map((command) => short[command] ?? "").join("");
  };
  assertEquals(await committed(TEXT), "ac");
  assertEquals(await committed("Hello ", "there. ", "And", " more"), "aacaac");
  assertEquals(await committed("Hello there.", " And more."), "acac");
  assertEquals(await committed("It is 3.", "14, roughly"), "aac");
  assertEquals(await committed("你好。", "今天", "天气好！”", "吗"), "acaacac");
  assertEquals(await committed("Well.", "\n", "...", " ", "Yes?"), "acaaaac");
});

test("server_commit: the service is left to commit", async () => {
  const commands: string[] = [];
  await using rig = await StreamedRig.open(qwenTtsRealtimeSubject({ commands }));
  await rig.write("你好。", "Hello there. ", "And more");
  rig.parts.close();
  await rig.outcome();
  assertEquals(commands.includes(COMMIT), false);
});

test("an error says its fault in a field of its own or beside its type, as Bailian or as OpenAI", async () => {
  const faults: readonly (readonly [event: Readonly<Record<string, unknown>>, code: ErrorCode])[] = [
    [{ error: { code: "Throttling.RateQuota", message: "no" } }, "tts.throttled"],
    [{ code: "DataInspectionFailed", message: "no" }, "tts.bad_input"],
    [{ error: { type: "invalid_request_error", code: "invalid_value", message: "no" } }, "tts.config"],
    [{ code: "invalid_api_key", message: "no" }, "tts.auth"],
    [{ code: "InternalError", message: "no" }, "tts.failed"],
    [{}, "tts.failed"],
  ];
  for (const [event, expected] of faults) {
    const fails = { at: " And more.", event };
    await using rig = await StreamedRig.open(qwenTtsRealtimeSubject({ fails }));
    await rig.write(TEXT);
    await rig.hear(TEXT);
    await rig.write(" And more.");
    assertEquals((await assertRejects(() => rig.next(), EarshotError)).code, expected);
    assertEquals(await rig.closedAtService(), "closed");
  }
});

test("a session takes one text: the next has a connection of its own", async () => {
  await using rig = await TtsRig.open(qwenTtsRealtimeSubject());
  for (const text of ["One.", "Two."]) assert((await rig.hear(text)).pcm.length > 0);
  assertEquals(rig.requests, 2);
});

test("the language of the text is sent, or not at all", async () => {
  const manner = { languageType: "Auto" };
  await using rig = await TtsRig.open(qwenTtsRealtimeSubject(manner, { sendLanguage: false }));
  assert((await rig.hear(TEXT)).pcm.length > 0);
});

test("what it can do", () => {
  const block = { type: "qwenTtsRealtime", apiKey: { env: "KEY" } };
  assertEquals(voiceCapabilitiesOf(block), { languages: "any", maxChars: 1_000, textIn: "streamed" });
});

test("the emulator is strict: text before the session is set up, a commit of nothing, the end before a commit", async () => {
  await using emulator = await SpeechSocketEmulator.start(qwenTtsRealtime({ mode: "commit" }));
  let ids = 0;
  const event = (type: string, more: object = {}) => ({ event_id: `${ids++}`, type, ...more });
  const update = event("session.update", {
    session: {
      voice: "Cherry",
      mode: "commit",
      language_type: "English",
      response_format: "pcm",
      sample_rate: 24_000,
    },
  });
  const append = event("input_text_buffer.append", { text: "a" });
  const commit = event(COMMIT);
  for (
    const [messages, violation] of [
      [[append], "input_text_buffer.append outside of the session"],
      [[update, commit], "a commit of nothing"],
      [[update, append, event("session.finish")], "the end before a commit"],
      [[update, append, append], "no new event_id"],
    ] as const
  ) {
    using talk = await RawTalk.open(`${emulator.origin}/api-ws/v1/realtime?model=qwen3-tts-flash-realtime`, {
      Authorization: "Bearer qwen-key",
    });
    for (const message of messages) talk.send({ ...message });
    await until(() => talk.end !== undefined);
    assertEquals(emulator.violations.splice(0), [violation]);
  }
});
