import { assertEquals } from "@std/assert";
import { Microphone, type MicrophoneOptions } from "../../lib/device/microphone.ts";
import type { Clock } from "../../lib/lifecycle/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

interface Heard {
  readonly atMs: number;
  readonly first: number;
  readonly last: number;
}

function setUp(
  options: Partial<MicrophoneOptions> = {},
): { clock: FakeClock; heard: Heard[]; microphone: Microphone } {
  const clock = new FakeClock();
  const heard: Heard[] = [];
  const microphone = new Microphone({
    frameDurationMs: 60,
    paceFactor: 1,
    clock,
    onFrame: (samples) => {
      heard.push({ atMs: clock.nowMs(), first: samples[0] ?? NaN, last: samples.at(-1) ?? NaN });
    },
    ...options,
  });
  return { clock, heard, microphone };
}

/** One and a half frames of 60 ms. */
const VOICE = new Int16Array(960 + 480).fill(7);

test("hears frames of its length at real pace, the last one filled up with silence", async () => {
  const { clock, heard, microphone } = setUp();
  const spoken = microphone.speak(VOICE, { thenOff: false });
  microphone.on();
  await clock.advance(180);
  assertEquals(heard, [
    { atMs: 60, first: 7, last: 7 },
    { atMs: 120, first: 7, last: 0 },
    { atMs: 180, first: 0, last: 0 },
  ]);
  assertEquals(await spoken, 120);
  microphone.close();
  assertEquals(clock.pending, 0);
});

test("held only for the speech it hears no silence after it", async () => {
  const { clock, heard, microphone } = setUp({ paceFactor: 60 });
  microphone.on();
  const spoken = microphone.speak(VOICE, { thenOff: true });
  await clock.advance(100);
  assertEquals(heard.map((frame) => frame.atMs), [1, 2]);
  assertEquals(await spoken, 2);
  assertEquals(clock.pending, 0);
});

test("the voice goes on unheard while it is off", async () => {
  const { clock, heard, microphone } = setUp();
  microphone.on();
  const spoken = microphone.speak(VOICE, { thenOff: false });
  await clock.advance(60);
  microphone.off();
  await clock.advance(60);
  microphone.on();
  await clock.advance(60);
  assertEquals(heard.map((frame) => [frame.atMs, frame.first]), [[60, 7], [180, 0]]);
  assertEquals(await spoken, 120);
  microphone.close();
});

test("closed it never hears again", async () => {
  const { clock, heard, microphone } = setUp();
  microphone.on();
  microphone.close();
  microphone.on();
  microphone.speak(VOICE, { thenOff: true });
  await clock.advance(1_000);
  assertEquals([heard.length, clock.pending], [0, 0]);
});

test("late timers do not add up", async () => {
  const clock = new FakeClock();
  const late: Clock = {
    nowMs: () => clock.nowMs(),
    schedule: (delayMs, callback) => clock.schedule(delayMs + 7, callback),
  };
  let heard = 0;
  const microphone = new Microphone({
    frameDurationMs: 60,
    paceFactor: 1,
    clock: late,
    onFrame: () => heard++,
  });
  microphone.on();
  await clock.advance(6_007);
  assertEquals(heard, 100);
  microphone.close();
});

test("far behind it starts anew instead of flooding", async () => {
  const clock = new FakeClock();
  const delaysMs = [10_000, 0];
  const stuck: Clock = {
    nowMs: () => clock.nowMs(),
    schedule: (delayMs, callback) => clock.schedule(delaysMs.shift() ?? delayMs, callback),
  };
  const atMs: number[] = [];
  const microphone = new Microphone({
    frameDurationMs: 60,
    paceFactor: 1,
    clock: stuck,
    onFrame: () => atMs.push(clock.nowMs()),
  });
  microphone.on();
  await clock.advance(10_120);
  assertEquals(atMs, [10_000, 10_060, 10_120]);
  microphone.close();
});
