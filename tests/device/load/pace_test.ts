import { assertEquals } from "@std/assert";
import { Pace } from "../../../lib/device/load/pace.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

function setUp() {
  const clock = new FakeClock();
  const lateMs: number[] = [];
  const skipped: number[] = [];
  const pace = new Pace({
    frameMs: 60,
    clock,
    onBeat: (ms) => lateMs.push(ms),
    onSkipped: (beats) => skipped.push(beats),
  });
  return { clock, pace, lateMs, skipped };
}

/** Joins; the first timer fires too late. */
function joinLate(
  pace: Pace,
  { clock, lateMs, beat }: { readonly clock: FakeClock; readonly lateMs: number; readonly beat: () => void },
): () => void {
  const { schedule } = clock;
  clock.schedule = (delayMs, callback) => schedule.call(clock, delayMs + lateMs, callback);
  const leave = pace.join(beat);
  clock.schedule = schedule;
  return leave;
}

test("everybody beats once a frame, counted from when he came, and nobody drifts", async () => {
  const { clock, pace, lateMs } = setUp();
  const beats: string[] = [];
  const leaveA = pace.join(() => beats.push(`a ${clock.nowMs()}`));
  await clock.advance(25);
  const leaveB = pace.join(() => beats.push(`b ${clock.nowMs()}`));
  await clock.advance(160);
  assertEquals(beats, ["a 60", "b 85", "a 120", "b 145", "a 180"]);
  assertEquals(lateMs, [0, 0, 0, 0, 0]);
  leaveA();
  await clock.advance(60);
  assertEquals(beats.slice(5), ["b 205"]);
  leaveB();
  assertEquals(clock.pending, 0);
});

test("a process that was late catches up, and its lateness is its own", async () => {
  const { clock, pace, lateMs, skipped } = setUp();
  let beats = 0;
  // Its first timer fires 150 ms late: two more beats are due by then.
  const leave = joinLate(pace, { clock, lateMs: 150, beat: () => beats++ });
  await clock.advance(210);
  assertEquals([beats, lateMs, skipped], [3, [150, 90, 30], []]);
  await clock.advance(30);
  assertEquals([beats, lateMs.at(-1)], [4, 0]);
  leave();
  assertEquals(clock.pending, 0);
});

test("who is more than 40 frames behind begins anew, and what was left out is counted", async () => {
  const { clock, pace, lateMs, skipped } = setUp();
  let beats = 0;
  const leave = joinLate(pace, { clock, lateMs: 3_000, beat: () => beats++ });
  await clock.advance(3_060);
  assertEquals([beats, lateMs, skipped], [1, [3_000], [50]]);
  await clock.advance(60);
  assertEquals([beats, lateMs], [2, [3_000, 0]]);
  leave();
});

test("one may leave in the middle of a beat, and others with him", async () => {
  const { clock, pace } = setUp();
  const beats: string[] = [];
  const leave: (() => void)[] = [];
  leave.push(pace.join(() => {
    beats.push("a");
    for (const one of leave) one();
  }));
  leave.push(pace.join(() => beats.push("b")));
  await clock.advance(500);
  assertEquals(beats, ["a"]);
  assertEquals(clock.pending, 0);
});
