import { assertEquals, assertMatch } from "@std/assert";
import { openOutboundSockets } from "../../../lib/net/mod.ts";
import { pause, Rig } from "../../contract/rig.ts";
import { dashscopeSubject } from "../../contract/subjects.ts";
import { dashscope } from "../../support/emulators/dashscope.ts";
import { Emulator } from "../../support/emulators/emulator.ts";
import { RawTalk } from "../../support/emulators/raw_talk.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const subject = dashscopeSubject("pcm");
const SENTENCES = TWO_SENTENCES.map(({ final }) => final);

test("one connection carries one task after the other, each with an id of its own", async () => {
  await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES } });
  for (let turn = 0; turn < 3; turn++) {
    const cursor = rig.buffer.cursor(`turn ${turn}`);
    const utterance = rig.start(cursor);
    rig.hear(utterance, 12);
    utterance.finish();
    // Late words of the task before are nobody's.
    assertEquals((await utterance.result).text, SENTENCES.join(" "));
    cursor.close();
  }
  assertEquals(rig.emulator.connections, 1);
});

test("a kept connection is let go of before the service would end it", async () => {
  const speed = 100;
  const kept = dashscopeSubject("pcm", { keptMs: 60_000 / speed, clock: fastClock(speed) });
  await using rig = await Rig.open(kept, { script: { sentences: TWO_SENTENCES } });
  await (await rig.speak()).result;
  await pause(300);
  assertEquals([openOutboundSockets(), rig.emulator.open], [1, 1], "kept");
  await pause(250);
  assertEquals(openOutboundSockets(), 0, "the service would end it after 600 ms of this test");
});

test("a kept connection that has died meanwhile is replaced, unnoticed by the speaker", async () => {
  await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES }, retries: 2 });
  assertMatch((await (await rig.speak()).result).text, /^Good morning/);
  rig.emulator.dropAll();
  const cursor = rig.buffer.cursor("second");
  const utterance = rig.start(cursor);
  rig.hear(utterance, 12);
  utterance.finish();
  assertMatch((await utterance.result).text, /^Good morning/);
  cursor.close();
  assertEquals(rig.emulator.connections, 2);
});

test("a task without words has failed for the service, which then ends the connection: it is not kept", async () => {
  await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES } });
  const silent = rig.start(rig.buffer.cursor("silent"));
  silent.finish();
  assertEquals((await silent.result).text, "");
  // At once, before the service's goodbye can be here; nobody tries again.
  assertMatch((await (await rig.speak()).result).text, /^Good morning/);
  assertEquals(rig.emulator.connections, 2);
});

test("a stream that ends after its adapter was closed leaves no connection behind", async () => {
  await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES } });
  const utterance = rig.start();
  rig.hear(utterance, 12);
  await until(() => rig.partials.length > 0);
  await rig.closeAdapter();
  utterance.finish();
  assertMatch((await utterance.result).text, /^Good morning/);
  await until(() => openOutboundSockets() === 0);
});

test("a task that gets no sound for 23 s is ended by the service: the speaker's words are tried again", async () => {
  const script = { sentences: TWO_SENTENCES, everyMs: 200 };
  await using rig = await Rig.open(dashscopeSubject("pcm", { idleMs: 150 }), { script, retries: 2 });
  const utterance = rig.start();
  rig.hear(utterance, 2);
  await until(() => rig.retried.length > 0);
  rig.hear(utterance, 18);
  utterance.finish();
  assertEquals((await utterance.result).text, SENTENCES.join(" "));
  assertEquals([rig.retried, rig.emulator.connections], [["asr.disconnected"], 2]);
});

test("after the first word it is not tried again: it fails as what it is", async () => {
  const script = { sentences: TWO_SENTENCES };
  await using rig = await Rig.open(dashscopeSubject("pcm", { idleMs: 150 }), { script, retries: 2 });
  const utterance = rig.start();
  rig.hear(utterance, 3);
  assertEquals(await rig.failure(utterance), "asr.disconnected");
  assertEquals([rig.partials, rig.retried, rig.emulator.connections], [["good"], [], 1]);
});

test("the runner's silence keeps a task alive through a pause that is longer than 23 s", async () => {
  for (const encoding of ["pcm", "opus"] as const) {
    const speed = 20;
    const idleMs = 23_000 / speed;
    await using rig = await Rig.open(dashscopeSubject(encoding, { idleMs }), { speed });
    const utterance = rig.start();
    rig.hear(utterance, 2);
    await pause(1.5 * idleMs);
    utterance.finish();
    assertEquals([(await utterance.result).text, rig.emulator.connections], ["", 1]);
  }
});

test("the emulator is strict: a task without `input` is refused, as there, and the connection ends", async () => {
  await using emulator = await Emulator.start(dashscope());
  using talk = await RawTalk.open(emulator.origin, { Authorization: "Bearer dashscope-key" });
  talk.send({
    header: { action: "run-task", task_id: crypto.randomUUID(), streaming: "duplex" },
    payload: {
      task_group: "audio",
      task: "asr",
      function: "recognition",
      model: "paraformer-realtime-v2",
      parameters: { format: "pcm", sample_rate: 16_000 },
    },
  });
  await until(() => talk.end !== undefined);
  const [{ header } = {}] = talk.replies;
  assertEquals(talk.replies.length, 1);
  assertMatch(JSON.stringify(header), /"event":"task-failed".*"error_code":"InvalidParameter"/);
});

test("the emulator is strict: a task id that was used before, and sound before the task, fail the test", async () => {
  await using emulator = await Emulator.start(dashscope());
  const headers = { Authorization: "Bearer dashscope-key" };
  using early = await RawTalk.open(emulator.origin, headers);
  early.send(new Uint8Array(3_200));
  await until(() => early.end !== undefined);
  using talk = await RawTalk.open(emulator.origin, headers);
  const task_id = crypto.randomUUID();
  const command = (action: string, payload: Readonly<Record<string, unknown>>) =>
    talk.send({ header: { action, task_id, streaming: "duplex" }, payload: { ...payload, input: {} } });
  const task = {
    task_group: "audio",
    task: "asr",
    function: "recognition",
    model: "paraformer-realtime-v2",
    parameters: { format: "pcm", sample_rate: 16_000 },
  };
  command("run-task", task);
  talk.send(new Uint8Array(3_200));
  command("finish-task", {});
  await until(() => JSON.stringify(talk.replies).includes("task-finished"));
  command("run-task", task);
  await until(() => talk.end !== undefined);
  const found = emulator.violations.splice(0);
  assertEquals(found, ["sound outside of a task", "a task id that was used before"]);
});

test("heartbeats are no words, whatever they hold", async () => {
  await using rig = await Rig.open(subject, { script: { sentences: TWO_SENTENCES } });
  assertEquals((await (await rig.speak()).result).text, SENTENCES.join(" "));
  assertEquals(rig.sentences, SENTENCES);
  assertEquals(rig.partials.some((text) => text.includes("heartbeat")), false);
});
