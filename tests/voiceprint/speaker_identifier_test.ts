import { assertEquals } from "@std/assert";
import {
  type Identification,
  SpeakerIdentifier,
  type SpeakerIdentifierOptions,
  type VoiceprintEvent,
} from "../../lib/voiceprint/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeVoiceprint } from "../support/fake_voiceprint.ts";
import { test } from "../support/test.ts";

const NEVER = new AbortController().signal;
const SECOND = Array.from({ length: 20 }, (_, seq) => chunkOf(seq, seq, 50));

function open(options: Partial<SpeakerIdentifierOptions> = {}) {
  const service = new FakeVoiceprint();
  const clock = new FakeClock();
  const events: VoiceprintEvent[] = [];
  const identifier = new SpeakerIdentifier(service, {
    clock,
    speakers: [{ id: "u-alice", name: "Alice" }, { id: "u-bob", name: "Bob" }],
    minScore: 0.4,
    timeoutMs: 2_000,
    minMs: 800,
    maxConcurrent: 4,
    onEvent: (event) => events.push(event),
    ...options,
  });
  /** Asks, and keeps what comes of it. */
  const ask = (signal = NEVER) => {
    const answer: { result?: Identification } = {};
    void identifier.identify({ chunks: SECOND }, signal).then((result) => {
      answer.result = result;
    });
    return answer;
  };
  /** Three failures in a row. */
  const breakOpen = async () => {
    for (let index = 0; index < 3; index++) {
      ask();
      await service.fail(index, "voiceprint.unreachable");
    }
  };
  return { service, clock, events, identifier, ask, breakOpen };
}

test("a voice that is like enough is a speaker of the config, by name", async () => {
  const { service, clock, events, ask } = open();
  const alice = ask();
  await clock.advance(120);
  await service.answer(0, { id: "u-alice", score: 0.4 });
  assertEquals(alice.result, { type: "identified", speaker: { id: "u-alice", name: "Alice", score: 0.4 } });
  assertEquals(events, [{ outcome: "identified", droppedMs: 0, durationMs: 120 }]);
  assertEquals(service.wavs[0]?.length, 44 + 2 * 16_000);
  assertEquals(clock.pending, 0);
});

test("too little alike, a stranger's id, no match and no number are unknown", async () => {
  const { service, ask } = open();
  const matches = [
    { id: "u-alice", score: 0.39 },
    { id: "u-eve", score: 0.99 },
    undefined,
    { id: "u-bob", score: NaN },
  ];
  for (const [index, match] of matches.entries()) {
    const answer = ask();
    await service.answer(index, match);
    assertEquals(answer.result, { type: "unknown" });
  }
});

test("too little sound is not asked about; what was dropped is told", async () => {
  const { service, identifier, events } = open();
  const chunks = SECOND.slice(0, 15);
  assertEquals(await identifier.identify({ chunks, droppedMs: 250 }, NEVER), { type: "too_short" });
  assertEquals(events, [{ outcome: "too_short", droppedMs: 250 }]);
  assertEquals(service.asked.length, 0);
});

test("nobody waits past the deadline, not even for a service that does not let go", async () => {
  const { service, clock, events, identifier, ask } = open({ maxConcurrent: 1 });
  service.obeys = false;
  const answer = ask();
  await clock.advance(1_999);
  assertEquals(answer.result, undefined);
  await clock.advance(1);
  assertEquals(answer.result, { type: "timed_out" });
  assertEquals([events[0]?.durationMs, events[0]?.error?.code], [2_000, "voiceprint.timeout"]);
  assertEquals(service.asked[0]?.signal.aborted, true);
  // Its place is free once it has really ended.
  assertEquals(identifier.stats.active, 1);
  assertEquals(await identifier.identify({ chunks: SECOND }, NEVER), { type: "busy" });
  await service.answer(0, { id: "u-bob", score: 1 });
  assertEquals([identifier.stats.active, identifier.stats.refused], [0, 1]);
  assertEquals(events.map(({ outcome }) => outcome), ["timed_out", "busy"]);
});

test("an answer in the last moment counts", async () => {
  const { service, clock, ask } = open();
  const answer = ask();
  await clock.advance(1_999);
  await service.answer(0, { id: "u-bob", score: 0.9 });
  await clock.advance(10_000);
  assertEquals(answer.result?.type, "identified");
});

test("giving up ends the question, and says nothing against the service", async () => {
  const { service, clock, identifier, ask } = open();
  for (let index = 0; index < 5; index++) {
    const controller = new AbortController();
    const answer = ask(controller.signal);
    controller.abort();
    await settle();
    assertEquals([answer.result?.type, service.asked[index]?.signal.aborted], ["canceled", true]);
  }
  assertEquals([identifier.stats.breaker, identifier.stats.active, clock.pending], ["closed", 0, 0]);
  assertEquals(await identifier.identify({ chunks: SECOND }, AbortSignal.abort()), { type: "canceled" });
  assertEquals(service.asked.length, 5);
});

test("a failure has its code, also one that trying again does not cure", async () => {
  const { service, events, identifier, ask } = open();
  for (let index = 0; index < 3; index++) {
    const answer = ask();
    await service.fail(index, "voiceprint.auth");
    assertEquals(answer.result, { type: "failed", code: "voiceprint.auth" });
  }
  assertEquals(events[0]?.error?.code, "voiceprint.auth");
  assertEquals(identifier.stats.breaker, "open");
});

test("a service that is down is left alone, and then costs nobody a moment", async () => {
  const { service, clock, events, identifier, ask, breakOpen } = open();
  await breakOpen();
  assertEquals([identifier.stats.breaker, identifier.stats.breakerOpened], ["open", 1]);
  const alone = ask();
  await settle();
  assertEquals([alone.result?.type, service.asked.length], ["left_alone", 3]);

  // It is tried again with the sound of a turn that does not wait for it.
  await clock.advance(5_000);
  const trial = ask();
  const meanwhile = ask();
  await settle();
  assertEquals([trial.result?.type, meanwhile.result?.type], ["left_alone", "left_alone"]);
  assertEquals(service.asked.length, 4);
  await clock.advance(2_000);
  assertEquals([identifier.stats.breaker, identifier.stats.breakerOpened], ["open", 2]);

  // Twice as long now, and then it is back.
  await clock.advance(9_999);
  assertEquals(identifier.stats.breaker, "open");
  await clock.advance(1);
  ask();
  await service.answer(4, undefined);
  assertEquals(identifier.stats.breaker, "closed");
  const back = ask();
  await service.answer(5, { id: "u-alice", score: 0.9 });
  assertEquals(back.result?.type, "identified");
  assertEquals(events.filter(({ outcome }) => outcome === "left_alone").length, 4);
});

test("a turn that ends does not end the trial that its sound was used for", async () => {
  const { service, clock, identifier, ask, breakOpen } = open();
  await breakOpen();
  await clock.advance(5_000);
  const controller = new AbortController();
  ask(controller.signal);
  controller.abort();
  await service.answer(3, undefined);
  assertEquals(identifier.stats.breaker, "closed");
});

test("closing gives up every question, a trial too, waits for their ends, and may be done twice", async () => {
  const { service, clock, identifier, ask, breakOpen } = open();
  await breakOpen();
  await clock.advance(5_000);
  ask();
  await Promise.all([identifier.close(), identifier.close()]);
  assertEquals([service.asked[3]?.signal.aborted, identifier.stats.active, clock.pending], [true, 0, 0]);
  const late = ask();
  await settle();
  assertEquals([late.result?.type, service.asked.length], ["canceled", 4]);
  assertEquals(service.closed > 0, true);
});

test("a thousand questions opened and given up leave nothing behind", async () => {
  const { clock, identifier, ask } = open({ maxConcurrent: 1_000 });
  const controller = new AbortController();
  const answers = Array.from({ length: 1_000 }, () => ask(controller.signal));
  assertEquals([identifier.stats.active, clock.pending], [1_000, 1_000]);
  controller.abort();
  await settle();
  assertEquals(answers.every(({ result }) => result?.type === "canceled"), true);
  assertEquals([identifier.stats.active, clock.pending], [0, 0]);
});
