import { assert, assertEquals } from "@std/assert";
import { LEAVE_MS } from "../../../lib/tts/streamed/text_exchange.ts";
import { StreamedRig } from "../../contract/streamed_rig.ts";
import { doubaoSpeechSubject } from "../../contract/voices/doubao.ts";
import type { DoubaoSpeechManner } from "../../support/emulators/doubao_speech_rules.ts";
import type { SpeechScript } from "../../support/emulators/speech_script.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const [START, SESSION, TEXT, CANCEL, FINISH, GOODBYE] = [1, 100, 200, 101, 102, 2];

/** A text that is written for the voice, and the events of it that the service notes. */
async function open(manner: DoubaoSpeechManner = {}, script: SpeechScript = {}) {
  const noted: DoubaoSpeechManner["noted"] = { events: [], parts: [] };
  const clock = new FakeClock();
  const subject = doubaoSpeechSubject("bidirectional", {}, { manner: { ...manner, noted } });
  const rig = await StreamedRig.open(subject, { script, clock });
  return {
    rig,
    clock,
    events: noted.events,
    closed: () => until(() => rig.emulator.open === 0, "the connection ends"),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

test("a session is opened step by step, takes its text, and the connection is said goodbye", async () => {
  await using session = await open();
  const { rig, events, clock } = session;
  await rig.write("Hello", " there.");
  rig.parts.close();
  assertEquals(await rig.outcome(), "whole");
  await session.closed();
  assertEquals([events, clock.pending], [[START, SESSION, TEXT, TEXT, FINISH, GOODBYE], 0]);
});

test("given up while it waits for text: the session is, then the connection ends", async () => {
  for (const cancel of [undefined, "finished"] as const) {
    await using session = await open({ ...(cancel !== undefined && { cancel }) });
    const { rig, events, clock } = session;
    const outcome = rig.outcome();
    await rig.write("Hello");
    await until(() => rig.text === "Hello", "the session");
    rig.canceled.abort();
    assertEquals(await outcome, "canceled");
    await session.closed();
    assertEquals(events, [START, SESSION, TEXT, CANCEL]);
    assertEquals([rig.emulator.requests[0]?.state, clock.pending], ["closed", 0]);
  }
});

test("a service that does not say that it gave a session up is left after a moment, or with the voice", async () => {
  for (const how of ["in time", "voice closed"] as const) {
    await using session = await open({ cancel: "silent" });
    const { rig, events, clock } = session;
    const outcome = rig.outcome();
    await rig.write("Hello");
    await until(() => rig.text === "Hello", "the session");
    rig.canceled.abort();
    assertEquals(await outcome, "canceled", "the caller does not wait for it");
    await until(() => events.includes(CANCEL), "it is given up");
    await clock.advance(LEAVE_MS - 1);
    assertEquals([rig.emulator.open, clock.pending], [1, 1]);
    if (how === "in time") await clock.advance(1);
    else await rig.provider.close?.();
    await session.closed();
    assertEquals(clock.pending, 0);
  }
});

test("given up amid sound while there is more text, though the service goes on to send it", async () => {
  await using session = await open({ cancel: "silent" }, { fault: { what: "endless" } });
  const { rig, events, clock } = session;
  await rig.write("Hello there.");
  for (let count = 0; count < 10; count++) await rig.next();
  rig.canceled.abort();
  assertEquals(await rig.outcome(), "canceled");
  await until(() => events.includes(CANCEL), "it is given up");
  await clock.advance(LEAVE_MS);
  await session.closed();
});

test("a reader who is behind, and stops: the session is given up all the same", async () => {
  await using session = await open({}, { fault: { what: "endless" } });
  const { rig, events } = session;
  await rig.write("Hello there.");
  await rig.next();
  const sent = () => rig.emulator.requests[0]?.sentBytes ?? 0;
  let before = -1;
  await until(async () => {
    const was = before;
    before = sent();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return was === before;
  }, "the service is held up");
  await rig.leave();
  await session.closed();
  assert(events.includes(CANCEL));
});

test("given up after the end of the text: a session cannot be any more, so the connection ends", async () => {
  for (const at of ["first", "mid"] as const) {
    await using session = await open({}, { fault: { what: "hang", at } });
    const { rig, events } = session;
    await rig.write("Hello there.");
    rig.parts.close();
    if (at === "mid") await rig.next();
    const outcome = rig.outcome();
    await until(() => events.includes(FINISH), "the end of the text");
    rig.canceled.abort();
    assertEquals(await outcome, "canceled");
    await session.closed();
    assertEquals(events.includes(CANCEL), false);
  }
});

test("a text that fails has its session given up", async () => {
  await using session = await open();
  const { rig, events } = session;
  const outcome = rig.outcome();
  await rig.write("Hello there.");
  await until(() => rig.text !== "", "the session");
  rig.parts.close(new RangeError("it is none of ours"));
  await outcome;
  await session.closed();
  assertEquals(events.at(-1), CANCEL);
});

test("a service that ends its session before the text has ended is told as such, and gets no more of it", async () => {
  const codes = {
    finished: "tts.disconnected",
    closed: "tts.disconnected",
    failed: "tts.throttled",
  } as const;
  for (const ends of ["finished", "closed", "failed"] as const) {
    await using session = await open({ ends });
    const { rig } = session;
    await rig.write("Hello there.");
    assertEquals(await rig.outcome(), codes[ends], ends);
    assert(await rig.isLeft(), "the writer is told");
    await session.closed();
    assertEquals(rig.text, "Hello there.");
  }
});
