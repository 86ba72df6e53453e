import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { moonshineOver } from "../contract/engine_subjects.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { MemoryBudget, OpusEncoder } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import type { MemoryEntry } from "../../lib/memory/mod.ts";
import { Session, type SessionEvent } from "../../lib/session/mod.ts";
import { HttpVoiceprintProvider, SpeakerIdentifier, type VoiceprintEvent } from "../../lib/voiceprint/mod.ts";
import { VOICEPRINT_KEY, VoiceprintEmulator } from "../support/emulators/voiceprint.ts";
import { chunkOf } from "../support/chunks.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { noise } from "../support/noise.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { FakeVoiceprint } from "../support/fake_voiceprint.ts";
import { FakeMemory } from "../support/fake_memory.ts";
import { HandDevice } from "../support/hand_device.ts";
import { sessionServices } from "../support/session_services.ts";
import { test } from "../support/test.ts";
import { TestGateway } from "../support/test_gateway.ts";
import { type ConfigChanges, configOf } from "../support/config_of.ts";

const ALICE = { id: "u-alice", name: "Alice-canary" };
const ANSWER = ["stt segment 0", "tts start", "tts stop"];

/** A session in manual mode on a clock of the test's own; what was sent is told without `hello`. */
async function openSession({ maxDurationMs = 60_000, packets = 20 } = {}) {
  const clock = new FakeClock();
  const engine = new FakeEngine();
  const service = new FakeVoiceprint();
  service.obeys = false;
  const config = configOf({ audio: { maxDurationMs } });
  const events: SessionEvent[] = [];
  const voices: VoiceprintEvent[] = [];
  const entries: MemoryEntry[] = [];
  const sent: string[] = [];
  const voiceprint = new SpeakerIdentifier(service, {
    ...config.voiceprint,
    speakers: [ALICE],
    clock,
    onEvent: (event) => voices.push(event),
  });
  const budget = new MemoryBudget(config.audio.budgetBytes);
  const session = new Session({
    id: "s1",
    identity: { frameVersion: 1, viaGateway: false },
    trusted: true,
    link: {
      bufferedBytes: 0,
      send: (data) => {
        const { type, text, state } = JSON.parse(String(data));
        if (type !== "hello") sent.push([type, text ?? state].filter(Boolean).join(" "));
        return true;
      },
      close: () => Promise.resolve(),
      destroy() {},
    },
    scope: new Scope("session", { clock }),
    onEvent: (event) => events.push(event),
    services: sessionServices(engine, {
      clock,
      config,
      agentOf: () => ({
        name: "default",
        languages: ["en"],
        recognizer:
          runAlone(moonshineOver(engine), { clock, openTimeoutMs: 5_000, finalTimeoutMs: 10_000 }).recognizer,
        pipeline: { endpointing: "vad", startsBy: "detector", sound: "engine", ahead: true },
      }),
      voiceprint,
      budget,
      audio: { maxBytes: config.audio.maxBytes, maxDurationMs },
      memory: { record: (entry) => entries.push(entry) },
    }),
  });
  session.receiveText(`{"type":"hello"}`);
  const speak = async () => {
    session.receiveText(`{"type":"listen","state":"start","mode":"manual"}`);
    const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
    for (let packet = 0; packet < packets; packet++) {
      session.receiveFrame(encoder.encode(noise(960, 8_000)));
    }
    encoder.close();
    await clock.advance(1_000); // the detector is in no hurry while a button is held
  };
  await clock.advance(1);
  await speak();
  const stop = async () => {
    session.receiveText(`{"type":"listen","state":"stop"}`);
    for (let turn = 0; turn < 5; turn++) await clock.advance(0);
  };
  const summaries = () => events.flatMap((event) => event.type === "turn_ended" ? [event.summary] : []);
  return {
    session,
    clock,
    engine,
    service,
    voiceprint,
    voices,
    entries,
    sent,
    summaries,
    budget,
    speak,
    stop,
  };
}

test("a service that hangs delays the words by its deadline and not a moment longer", async () => {
  const { session, clock, engine, sent, entries, voices, summaries, stop } = await openSession();
  await stop();
  assertEquals(engine.segments.length, 1);
  await clock.advance(1_999);
  assertEquals(sent, []);
  await clock.advance(1);
  assertEquals(sent, ANSWER);
  assertEquals([entries.length, entries[0]?.speaker], [1, undefined]);
  assertEquals([summaries()[0]?.speaker, summaries()[0]?.endOfSpeechToTextMs], ["timed_out", 2_000]);
  assertEquals(voices.map(({ outcome }) => outcome), ["timed_out"]);
  const report = await session.close({ type: "shutdown" });
  assertEquals([report.ok, report.durationMs], [report.total, 0]);
});

test("once the request has been built, its sound is let go of, though no answer came", async () => {
  const { session, service, budget, stop } = await openSession({ packets: 100 });
  const heldBytes = budget.chargedBytes;
  await stop();
  assertEquals(service.wavs[0]?.length, 44 + 2 * 100 * 960);
  // What is left is the pre-roll: 2 of the 6 s.
  assertLess(budget.chargedBytes / heldBytes, 0.36);
  await session.close({ type: "shutdown" });
  assertEquals(budget.chargedBytes, 0);
});

test("a service that hangs delays the closing by nothing", async () => {
  const { session, service, sent, voices, stop } = await openSession();
  await stop();
  const report = await session.close({ type: "shutdown" });
  assertEquals([report.ok, report.durationMs], [report.total, 0]);
  assertEquals([service.asked[0]?.signal.aborted, sent], [true, ["tts stop"]]);
  assertEquals(voices.map(({ outcome }) => outcome), ["canceled"]);
});

test("an abort gives the question up, and a late answer touches nothing", async () => {
  const { session, clock, service, entries, sent, stop } = await openSession();
  await stop();
  session.receiveText(`{"type":"abort"}`);
  await clock.advance(1);
  assertEquals([service.asked[0]?.signal.aborted, sent], [true, ["tts stop"]]);
  await service.answer(0, { id: ALICE.id, score: 1 });
  await clock.advance(10_000);
  assertEquals([sent, entries], [["tts stop"], []]);
  await session.close({ type: "shutdown" });
});

test("who is known before the words costs nothing, and is kept with them", async () => {
  const { session, clock, engine, service, entries, sent, summaries, stop } = await openSession();
  engine.hold();
  await stop();
  await service.answer(0, { id: ALICE.id, score: 0.91 });
  await clock.advance(300);
  assertEquals(sent, []);
  engine.release();
  await clock.advance(0);
  assertEquals(sent, ANSWER);
  assertEquals(entries.map(({ speaker }) => speaker), [{ ...ALICE, score: 0.91 }]);
  assertEquals([summaries()[0]?.speaker, summaries()[0]?.endOfSpeechToTextMs], ["identified", 300]);
  assertEquals(service.wavs[0]?.length, 44 + 2 * 20 * 960);
  await session.close({ type: "shutdown" });
});

test("words that are late do not wait for the speaker on top: both times begin with the end of speech", async () => {
  const { session, clock, engine, sent, stop } = await openSession();
  engine.hold();
  await stop();
  await clock.advance(2_500);
  engine.release();
  await clock.advance(0);
  assertEquals(sent, ANSWER);
  await session.close({ type: "shutdown" });
});

for (const what of ["fails", "hears nothing"] as const) {
  test(`recognition that ${what} does not wait for the speaker`, async () => {
    const { session, clock, engine, service, sent, entries, stop } = await openSession();
    if (what === "fails") engine.failure = new EarshotError("engine.job_failed", "no");
    engine.script = () => "";
    await stop();
    assertEquals(sent.at(-1), "tts stop");
    assertEquals([service.asked.length, service.asked[0]?.signal.aborted], [1, true]);
    assertEquals(entries.map(({ outcome }) => outcome), what === "fails" ? ["failed"] : []);
    await session.close({ type: "shutdown" });
    assertEquals(clock.pending, 0);
  });
}

test("a service that is down costs no turn a moment once it is left alone", async () => {
  const { session, service, voiceprint, sent, summaries, speak, stop } = await openSession();
  service.failure = new EarshotError("voiceprint.unreachable", "no");
  await stop();
  const chunks = [chunkOf(0, 1, 1_000)];
  for (let turn = 0; turn < 2; turn++) await voiceprint.identify({ chunks }, new AbortController().signal);
  assertEquals(voiceprint.stats.breaker, "open");
  service.failure = undefined;
  sent.length = 0;
  await speak();
  await stop();
  assertEquals(sent, ["stt segment 1", "tts start", "tts stop"]);
  assertEquals(summaries().map(({ speaker }) => speaker), ["failed", "left_alone"]);
  assertEquals([summaries()[1]?.endOfSpeechToTextMs, service.wavs.length], [0, 3]);
  await session.close({ type: "shutdown" });
});

test("sound that had to leave is missing and counted for the second cursor as well", async () => {
  const { session, service, voices, stop } = await openSession({ maxDurationMs: 1_000 });
  await stop();
  await service.answer(0, undefined);
  assertEquals(service.wavs[0]?.length, 44 + 2 * 16 * 960);
  assertEquals(voices.map(({ outcome, droppedMs }) => [outcome, droppedMs]), [["unknown", 240]]);
  await session.close({ type: "shutdown" });
});

const voiceprint = {
  url: "http://localhost:1",
  apiKey: { env: "NONE" },
  speakers: [ALICE],
} satisfies ConfigChanges["voiceprint"];

test("a whole gateway: the speaker of a real request lands in the memory and in no log or metric by name", async () => {
  await using service = VoiceprintEmulator.start();
  const memory = new FakeMemory();
  const adapter = new HttpVoiceprintProvider({ url: service.origin, apiKey: VOICEPRINT_KEY });
  await using gateway = new TestGateway(new FakeEngine(), { voiceprint }, {
    memory,
    voiceprint: adapter,
  });
  await using device = await HandDevice.listen(gateway, "manual", {
    headers: { "Device-Id": "02:00:00:00:00:01" },
  });
  device.speak(1_200);
  device.stop();
  await device.hears(ANSWER);
  await gateway.until(() => memory.entries.length === 1, "a record");
  assertEquals(memory.entries.map(({ speaker }) => speaker), [{ ...ALICE, score: 0.87 }]);
  assertEquals(service.questions.map(({ samples }) => samples.length), [1_200 * 16]);
  const [event] = gateway.sessionEvents;
  assert(event?.type === "turn_ended" && event.summary.speaker === "identified");
  const metrics = await (await fetch(gateway.http("/metrics"))).text();
  assertStringIncludes(metrics, `\nearshot_voiceprint_turns_total{outcome="identified"} 1\n`);
  assertStringIncludes(metrics, "\nearshot_voiceprint_seconds_count 1\n");
  for (const shown of [metrics, JSON.stringify(gateway.events)]) {
    assert(!shown.includes("canary") && !shown.includes(ALICE.id), "a name is shown");
  }
});

test("a whole gateway closes at once while the service hangs", async () => {
  await using service = VoiceprintEmulator.start();
  service.act = { type: "hang" };
  const adapter = new HttpVoiceprintProvider({ url: service.origin, apiKey: VOICEPRINT_KEY });
  await using gateway = new TestGateway(new FakeEngine(), { voiceprint }, { voiceprint: adapter });
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(1_200);
  device.stop();
  await gateway.until(() => service.questions.length === 1, "the question");
  const report = await gateway.gateway.close();
  assertEquals(report.ok, report.total);
  assertLess(report.durationMs, 1_000);
});
