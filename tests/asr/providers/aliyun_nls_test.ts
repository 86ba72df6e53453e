import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { AudioBuffer } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { openOutboundSockets } from "../../../lib/net/mod.ts";
import { pause, Rig } from "../../contract/rig.ts";
import { nlsSubject } from "../../contract/subjects.ts";
import { chunkOf } from "../../support/chunks.ts";
import { aliyunNls } from "../../support/emulators/aliyun_nls.ts";
import { AliyunTokenService } from "../../support/emulators/aliyun_tokens.ts";
import { Emulator } from "../../support/emulators/emulator.ts";
import { RawTalk } from "../../support/emulators/raw_talk.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { openRecognizer, runAlone } from "../../support/open_recognizer.ts";
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

test("a kept token that the service does not take any more is made anew, once, unnoticed by the speaker", async () => {
  await using service = new AliyunTokenService();
  let good = "token-1";
  await using emulator = await Emulator.start(aliyunNls({ token: () => good }), {
    script: { sentences: TWO_SENTENCES },
  });
  const provider = await openRecognizer({
    type: "aliyunNls",
    url: emulator.origin,
    tokenUrl: service.url,
    appKey: "nls-app",
    accessKeyId: "id",
  }, { secrets: { accessKeySecret: "secret" } });
  const { recognizer } = runAlone(provider, {
    clock: systemClock,
    openTimeoutMs: 2_000,
    finalTimeoutMs: 2_000,
    retries: 2,
  });
  const speak = async () => {
    const buffer = new AudioBuffer({ maxChunks: 100 });
    const cursor = buffer.cursor("turn");
    const utterance = recognizer.start({ language: "zh", cursor }, new AbortController().signal);
    for (let seq = 0; seq < 12; seq++) buffer.push(chunkOf(seq, 0));
    utterance.pump();
    utterance.finish();
    try {
      return (await utterance.result).text;
    } finally {
      cursor.close();
    }
  };
  assertEquals([await speak(), service.made], ["Good morning. How are you?", 1]);
  good = "token-2";
  assertEquals([await speak(), service.made], ["Good morning. How are you?", 2]);
  good = "nobody's";
  assertEquals((await assertRejects(speak, EarshotError)).code, "asr.auth");
  assertEquals(service.made, 3, "a fresh token that is refused is not asked for again");
  await provider.close?.();
  for (let tries = 0; openOutboundSockets() > 0 && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
