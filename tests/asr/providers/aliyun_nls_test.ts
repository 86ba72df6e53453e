import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pause, Rig } from "../../contract/rig.ts";
import { nlsSubject } from "../../contract/subjects.ts";
import { aliyunNls } from "../../support/emulators/aliyun_nls.ts";
import { Emulator } from "../../support/emulators/emulator.ts";
import { RawTalk } from "../../support/emulators/raw_talk.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const SENTENCES = TWO_SENTENCES.map(({ final }) => final);

function start(payload: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const id = () => crypto.randomUUID().replaceAll("-", "");
  return {
    header: {
      appkey: "nls-app",
      message_id: id(),
      task_id: id(),
      namespace: "SpeechTranscriber",
      name: "StartTranscription",
    },
    payload,
  };
}

test("a failed task speaks in the namespace `Default`, and is heard all the same", async () => {
  await using emulator = await Emulator.start(aliyunNls());
  using talk = await RawTalk.open(emulator.origin, { "X-NLS-Token": "nls-token" });
  talk.send(start({ format: "tape", sample_rate: 16_000 }));
  await until(() => talk.end !== undefined);
  assertMatch(JSON.stringify(talk.replies), /"namespace":"Default","name":"TaskFailed","status":40020105/);
  for (const at of ["start", "mid", "finish"] as const) {
    const fault = { at, what: "error", kind: "config" } as const;
    await using rig = await Rig.open(nlsSubject("transcriber", "pcm"), {
      script: { sentences: TWO_SENTENCES, fault },
    });
    assertEquals(await rig.failure(await rig.speak()), "asr.config", at);
  }
});

test("a refusal with 403 on TLS reaches the user as asr.auth, with its status and its words", async () => {
  const subject = nlsSubject("transcriber", "pcm", { token: () => "a newer one" });
  await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES }, tls: true, retries: 2 });
  const utterance = await rig.speak();
  assertEquals(await rig.failure(utterance), "asr.auth");
  const message = await utterance.result.catch(({ message }) => message);
  assertStringIncludes(message, "it answered 403 ACCESS_DENIED:The token is invalid!");
  assertEquals([rig.retried, rig.partials, rig.emulator.connections], [[], [], 1]);
});

test("the last event ends the utterance with a payload and without one", async () => {
  for (const lastPayload of [true, false]) {
    const subject = nlsSubject("transcriber", "pcm", { lastPayload });
    await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES } });
    assertEquals((await (await rig.speak()).result).text, SENTENCES.join(" "));
    assertEquals(rig.sentences, SENTENCES);
  }
});

test("a silent task has no SentenceEnd: it is an empty result, at once", async () => {
  for (const recognizer of ["transcriber", "recognizer"] as const) {
    await using rig = await Rig.open(nlsSubject(recognizer, "pcm"), {});
    const utterance = await rig.speak();
    assertEquals((await utterance.result).text, "");
    assertEquals([rig.partials, rig.sentences], [[], []]);
  }
});

test("no sound for 10 s ends the task with 40000004: tried again before the first word, else told", async () => {
  const subject = nlsSubject("transcriber", "pcm", { idleMs: 150 });
  {
    const script = { sentences: TWO_SENTENCES, everyMs: 200 };
    await using rig = await Rig.open(subject, { script, retries: 2 });
    const utterance = rig.start();
    rig.hear(utterance, 2);
    await until(() => rig.retried.length > 0);
    rig.hear(utterance, 18);
    utterance.finish();
    assertEquals((await utterance.result).text, SENTENCES.join(" "));
    assertEquals([rig.retried, rig.emulator.connections], [["asr.disconnected"], 2]);
  }
  await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES }, retries: 2 });
  const utterance = rig.start();
  rig.hear(utterance, 3);
  assertEquals(await rig.failure(utterance), "asr.disconnected");
  assertEquals([rig.partials, rig.retried], [["good"], []]);
});

test("the runner's silence keeps a task alive through a pause that is longer than 10 s", async () => {
  for (const encoding of ["pcm", "opus"] as const) {
    const speed = 10;
    const subject = nlsSubject("transcriber", encoding, { idleMs: 10_000 / speed });
    await using rig = await Rig.open(subject, { speed });
    const utterance = rig.start();
    rig.hear(utterance, 2);
    await pause(16_000 / speed);
    utterance.finish();
    assertEquals([(await utterance.result).text, rig.emulator.connections], ["", 1]);
  }
});
