import { assert, assertEquals, assertGreater, assertLessOrEqual, assertStrictEquals } from "@std/assert";
import fc from "../support/fast_check.ts";
import { JitterBuffer, type JitterItem } from "../../lib/audio/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const MAX_DELAY_MS = 120;
/** First bytes of packets of 60 and of 20 ms. */
const [TOC_60_MS, TOC_20_MS] = [3 << 3, 1 << 3];

function packet(toc = TOC_60_MS): Uint8Array {
  return Uint8Array.of(toc, 1, 2, 3);
}

function setUp(options: { maxPackets?: number; maxDelayMs?: number } = {}) {
  const clock = new FakeClock();
  const items: JitterItem[] = [];
  const buffer = new JitterBuffer({
    clock,
    maxDelayMs: MAX_DELAY_MS,
    frameDurationMs: 60,
    onRelease: (item) => items.push(item),
    ...options,
  });
  const push = (...stamps: number[]) => stamps.forEach((stamp) => buffer.push(packet(), stamp));
  /** What came out since the last look; a lost packet's time stamp is negative. */
  const released = () =>
    items.splice(0).map((item) => item.type === "lost" ? -item.timestampMs : item.timestampMs);
  return { clock, buffer, push, released };
}

test("packets in order pass at once and need no timer", () => {
  const { clock, push, released, buffer } = setUp();
  push(1_000, 1_060, 1_120);
  assertEquals(released(), [1_000, 1_060, 1_120]);
  assertEquals([clock.pending, buffer.stats.held], [0, 0]);
});

test("a packet that overtook another waits for it", async () => {
  const { clock, push, released } = setUp();
  push(1_000, 1_120);
  await clock.advance(MAX_DELAY_MS - 1);
  assertEquals(released(), [1_000]);
  push(1_060);
  assertEquals(released(), [1_060, 1_120]);
  assertEquals(clock.pending, 0);
});

test("a gap that does not close is filled, and the latecomer is dropped", async () => {
  const { clock, push, released, buffer } = setUp();
  push(1_000, 1_180);
  await clock.advance(MAX_DELAY_MS);
  assertEquals(released(), [1_000, -1_060, -1_120, 1_180]);
  push(1_060, 1_121, 1_240);
  assertEquals(released(), [1_240]);
  assertEquals([buffer.stats.late, buffer.stats.lost, buffer.stats.released], [2, 2, 3]);
});

test("the wait is measured from each packet's own arrival", async () => {
  const { clock, push, released } = setUp();
  push(1_000, 1_240);
  await clock.advance(60);
  push(1_120);
  await clock.advance(60);
  assertEquals(released(), [1_000, -1_060, 1_120, -1_180, 1_240]);
  push(1_360);
  await clock.advance(MAX_DELAY_MS - 1);
  assertEquals(released(), []);
  await clock.advance(1);
  assertEquals(released(), [-1_300, 1_360]);
});

test("a long gap is a pause: only its beginning is concealed", async () => {
  const { clock, push, released, buffer } = setUp();
  push(1_000, 9_000);
  await clock.advance(MAX_DELAY_MS);
  assertEquals(released(), [1_000, -1_060, -1_120, -1_180, -1_240, -1_300, 9_000]);
  assertEquals(buffer.stats.lost, 5);
});

test("packets say themselves how long they are", async () => {
  const { clock, buffer, released } = setUp();
  for (const stamp of [1_000, 1_020, 1_060]) buffer.push(packet(TOC_20_MS), stamp);
  await clock.advance(MAX_DELAY_MS);
  assertEquals(released(), [1_000, 1_020, -1_040, 1_060]);
});

test("time stamps may be off by less than half a frame", () => {
  const { push, released } = setUp();
  push(1_000, 1_059, 1_121, 1_179);
  assertEquals(released(), [1_000, 1_059, 1_121, 1_179]);
});

test("duplicates are dropped, whether the first still waits or not", async () => {
  const { clock, push, released, buffer } = setUp();
  push(1_000, 1_000, 1_120, 1_120);
  await clock.advance(MAX_DELAY_MS);
  assertEquals(released(), [1_000, -1_060, 1_120]);
  assertEquals(buffer.stats.duplicates, 2);
});

test("time stamps go on where those of the sender wrap around", () => {
  const { push, released } = setUp();
  const lastMs = 2 ** 32 - 30;
  push(lastMs, 90, 30);
  assertEquals(released(), [lastMs, lastMs + 60, lastMs + 120]);
});

test("a sender that begins anew is heard at once, and time goes on", () => {
  const { push, released } = setUp();
  push(100_000, 100_120, 500, 560);
  assertEquals(released(), [100_000, -100_060, 100_120, 100_180, 100_240]);
});

test("a sender that begins anew by a little is heard after half a second", () => {
  const { push, released, buffer } = setUp();
  push(5_000, 1_000, 1_060, 1_120, 1_180, 1_240, 1_300, 1_360, 1_420, 1_480);
  assertEquals([released(), buffer.stats.late], [[5_000], 9]);
  push(1_540, 1_600);
  assertEquals([released(), buffer.stats.late], [[5_060, 5_120], 9]);
});

test("latecomers among packets in time are no new beginning", () => {
  const { push, released, buffer } = setUp();
  push(1_000);
  for (let stamp = 1_060; stamp < 3_000; stamp += 60) push(stamp, 940);
  assertEquals([released().at(-1), buffer.stats.late], [2_980, 33]);
});

test("with too many waiting the earliest is released at once", () => {
  const { push, released, buffer } = setUp({ maxPackets: 2 });
  push(1_000, 1_120, 1_240);
  assertEquals(released(), [1_000]);
  push(1_360);
  assertEquals(released(), [-1_060, 1_120]);
  assertEquals([buffer.stats.overflowed, buffer.stats.held], [1, 2]);
});

test("without a delay nothing waits", () => {
  const { clock, push, released } = setUp({ maxDelayMs: 0 });
  push(1_000, 1_120, 1_060);
  assertEquals(released(), [1_000, -1_060, 1_120]);
  assertEquals(clock.pending, 0);
});

test("flush releases what waits; close drops it, and both leave no timer", () => {
  const { clock, push, released, buffer } = setUp();
  push(1_000, 1_120);
  buffer.flush();
  assertEquals(released(), [1_000, -1_060, 1_120]);
  assertEquals(clock.pending, 0);
  push(1_240);
  assertEquals(clock.pending, 1);
  buffer.close();
  buffer.close();
  push(1_300);
  assertEquals([released(), clock.pending, buffer.stats.held], [[], 0, 0]);
});

test("whatever the order, the repeats and the losses: in order, in time, once", async () => {
  const arrival = fc.record({ frame: fc.nat(40), gapMs: fc.nat(70), offMs: fc.integer({ min: -9, max: 9 }) });
  const starts = fc.constantFrom(0, 5_000, 2 ** 32 - 1_000);
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { maxLength: 60 }), starts, async (arrivals, startMs) => {
      const clock = new FakeClock();
      const arrivedMs = new Map<Uint8Array, number>();
      let lastMs = -Infinity;
      const buffer = new JitterBuffer({
        clock,
        maxDelayMs: MAX_DELAY_MS,
        frameDurationMs: 60,
        maxPackets: 8,
        onRelease(item) {
          assertGreater(item.timestampMs, lastMs);
          lastMs = item.timestampMs;
          if (item.type === "lost") return;
          const sinceMs = arrivedMs.get(item.packet);
          assert(sinceMs !== undefined, "released twice, or never pushed");
          arrivedMs.delete(item.packet);
          assertLessOrEqual(clock.nowMs() - sinceMs, MAX_DELAY_MS);
        },
      });
      for (const { frame, gapMs, offMs } of arrivals) {
        const sent = packet();
        arrivedMs.set(sent, clock.nowMs());
        buffer.push(sent, (startMs + 10 + frame * 60 + offMs) >>> 0);
        assertLessOrEqual(buffer.stats.held, 8);
        await clock.advance(gapMs);
      }
      await clock.advance(MAX_DELAY_MS);
      const { held, released, late, duplicates } = buffer.stats;
      assertStrictEquals(held, 0);
      assertStrictEquals(released + late + duplicates, arrivals.length);
      assertStrictEquals(arrivedMs.size, late + duplicates);
      assertStrictEquals(clock.pending, 0);
      buffer.close();
    }),
    { numRuns: 60 },
  );
});
