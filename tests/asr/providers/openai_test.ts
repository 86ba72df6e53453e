import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { HttpRefusal } from "../../../lib/net/mod.ts";
import { openaiMeaning, openaiRefusal, readOpenaiFault } from "../../../lib/service/mod.ts";
import { pause, Rig } from "../../contract/rig.ts";
import { openaiSubject } from "../../contract/subjects.ts";
import type { Dialect } from "../../support/emulators/emulator.ts";
import type { OpenaiErrors } from "../../support/emulators/openai.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const SPOKEN = { sentences: TWO_SENTENCES };
const SHAPES: readonly OpenaiErrors[] = [
  "object",
  "string",
  "bare string",
  "plain",
  "numbered",
  "detail",
  "details",
];

for (const errors of SHAPES) {
  test(`a refusal worded as ${errors} is read, and its words are told`, async () => {
    const fault = { at: "start", what: "error", kind: "bad_audio" } as const;
    await using rig = await Rig.open(openaiSubject({ errors, open: true }), { script: { ...SPOKEN, fault } });
    const utterance = await rig.speak();
    assertEquals(await rig.failure(utterance), "asr.bad_input");
    const message = await utterance.result.catch(({ message }) => message);
    assertStringIncludes(message, "it answered 415 Cannot decode.");
  });
}

test("each status has its code, and only what may pass is tried again", () => {
  const of = (status: number, body = "{}") => {
    const { code, retryable } = openaiRefusal(
      { family: "asr", name: "x" },
      new HttpRefusal("x", { status, headers: new Map(), body }),
    );
    return [code, retryable];
  };
  assertEquals(of(429), ["asr.throttled", true]);
  for (const status of [500, 502, 503]) assertEquals(of(status), ["asr.failed", true]);
  assertEquals(of(400), ["asr.config", false]);
  for (const status of [401, 403]) assertEquals(of(status), ["asr.auth", false]);
  assertEquals(of(404), ["asr.config", false]);
  for (const status of [413, 415]) assertEquals(of(status), ["asr.bad_input", false]);
  const named = (code: string, param: string | null = null) =>
    JSON.stringify({ error: { message: "m", code, param } });
  assertEquals(of(429, named("insufficient_quota")), ["asr.quota", false]);
  assertEquals(of(429, named("rate_limit_exceeded")), ["asr.throttled", true]);
  assertEquals(of(400, named("invalid_value", "file")), ["asr.bad_input", false]);
  assertEquals(of(500, named("invalid_api_key")), ["asr.failed", true]);
});

test("a fault that has nothing is a fault all the same", () => {
  for (const body of ["", "{}", "null", "[]", '{"error":null}']) {
    assertEquals(typeof readOpenaiFault(body).message, "string");
  }
  assertEquals(openaiMeaning(readOpenaiFault("{}"), "asr")[0], "failed");
});

test("whisper.cpp: another path, no key; prompt and temperature are fields of the form", async () => {
  const fields = { prompt: "Earshot", temperature: "0.2" };
  const subject = openaiSubject({ open: true, path: "/v1/inference", fields }, {
    path: "/inference",
    prompt: "Earshot",
    temperature: 0.2,
  });
  await using rig = await Rig.open(subject, { script: SPOKEN });
  assertEquals((await (await rig.speak()).result).text, "Good morning. How are you?");
});

test("sendLanguage: false leaves it to the server to find the language out", async () => {
  for (const findsLanguage of [true, false]) {
    const subject = openaiSubject({ findsLanguage }, { sendLanguage: !findsLanguage });
    await using rig = await Rig.open(subject, { script: SPOKEN });
    assertEquals((await (await rig.speak()).result).text, "Good morning. How are you?");
  }
});

test("the words of the last event count where it has any, else those of the deltas; JSON will do as well", async () => {
  const text = async (manner: Parameters<typeof openaiSubject>[0]) => {
    await using rig = await Rig.open(openaiSubject({ sse: true, ...manner }), { script: SPOKEN });
    return (await (await rig.speak()).result).text;
  };
  assertEquals(await text({}), "Good morning. How are you?");
  assertEquals(await text({ emptyDone: true }), "good morning. how are you?");
  assertEquals(await text({ ignoresStream: true }), "Good morning. How are you?");
});

test("a server of this network is asked in a pause already, unless told not to", async () => {
  await using rig = await Rig.open(openaiSubject({}), { script: SPOKEN });
  const utterance = rig.start();
  rig.hear(utterance, 12);
  utterance.pause(5);
  await until(() => rig.emulator.connections === 1, "it is asked");
  utterance.finish(5);
  assertEquals((await utterance.result).text, "Good morning. How are you?");
  assertEquals(rig.emulator.connections, 1);
});

test("a service is asked nothing before the end, and nothing at all for less than 100 ms", async () => {
  await using rig = await Rig.open(openaiSubject({}, { recognizeAhead: false }), { script: SPOKEN });
  const utterance = rig.start();
  rig.hear(utterance, 12);
  utterance.pause(5);
  await pause(40);
  assertEquals(rig.emulator.connections, 0);
  utterance.finish(0);
  assertEquals(await utterance.result, { text: "", droppedMs: 0 });
  assertEquals(rig.emulator.connections, 0);
});

/** A server that answers every request so. */
const answering = (answer: (io: Parameters<NonNullable<Dialect["request"]>>[0]) => void) => ({
  ...openaiSubject({ sse: true }),
  dialect: {
    request: (io) => ({ begin: () => answer(io), partial() {}, final() {}, end() {}, error() {} }),
  } satisfies Dialect,
});

const event = (value: unknown) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;

test("events that end too early, an error among them, and one that is no JSON", async () => {
  const code = async (...values: readonly unknown[]) => {
    const subject = answering((io) => {
      for (const value of values) io.stream(event(value), "text/event-stream; charset=utf-8");
      io.end();
    });
    await using rig = await Rig.open(subject);
    return await rig.failure(await rig.speak());
  };
  const delta = { type: "transcript.text.delta", delta: "good" };
  assertEquals(await code(delta), "asr.protocol");
  assertEquals(await code(delta, "[DONE]"), "asr.protocol");
  assertEquals(await code(delta, { type: "error", error: { code: "insufficient_quota" } }), "asr.quota");
  assertEquals(await code("{"), "asr.protocol");
});

test("an answer with status 200 that is an error, has no text, or is no JSON", async () => {
  const code = async (body: string) => {
    await using rig = await Rig.open(answering((io) => io.answer(200, body)));
    return await rig.failure(await rig.speak());
  };
  assertEquals(await code('{"error":"failed to process audio"}'), "asr.failed");
  assertEquals(await code('{"error":{"code":"model_not_found","message":"m"}}'), "asr.config");
  assertEquals(await code('{"segments":[]}'), "asr.protocol");
  assertEquals(await code("good morning"), "asr.protocol");
});

test("the language that was heard is told", async () => {
  const body = JSON.stringify({ task: "transcribe", language: "german", duration: 1, text: " Guten Tag. " });
  await using rig = await Rig.open(answering((io) => io.answer(200, body)));
  assertEquals(await (await rig.speak()).result, { text: "Guten Tag.", language: "german", droppedMs: 0 });
});

test("a server that is overloaded is tried again with all of the sound", async () => {
  const fault = { at: "start", what: "error", kind: "busy" } as const;
  await using rig = await Rig.open(openaiSubject({}), {
    script: { ...SPOKEN, fault, faultTimes: 2 },
    retries: 2,
    timeoutMs: 2_000,
  });
  const { text, droppedMs } = await (await rig.speak()).result;
  assertMatch(text, /^Good morning/);
  assertEquals([rig.retried, rig.emulator.connections, droppedMs], [["asr.failed", "asr.failed"], 3, 0]);
  assert(rig.emulator.open <= 1, "its connection is used again");
});
