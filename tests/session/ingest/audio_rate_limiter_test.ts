import { assertEquals } from "@std/assert";
import { AudioRateLimiter } from "../../../lib/session/ingest/audio_rate_limiter.ts";
import { test } from "../../support/test.ts";

/** SILK, 60 ms, one frame. */
const PACKET_60_MS = Uint8Array.of(3 << 3, 1);
/** CELT, 2.5 ms, one frame: shorter than any device sends. */
const PACKET_2_MS = Uint8Array.of(16 << 3, 1);
const OPTIONS = { frameVersion: 1, audioBurstMs: 6_000, maxAudioRate: 2 } as const;

function admitted(rate: AudioRateLimiter, count: number, packet = PACKET_60_MS, nowMs = 0): number {
  let fitting = 0;
  for (let at = 0; at < count; at++) if (rate.admit(packet, nowMs)) fitting++;
  return fitting;
}

test("a whole burst is welcome, and not a packet more", () => {
  assertEquals(admitted(new AudioRateLimiter(OPTIONS), 100), 100);
  assertEquals(admitted(new AudioRateLimiter(OPTIONS), 101), 100);
  assertEquals(admitted(new AudioRateLimiter(OPTIONS), 10_000), 100);
});

test("at the allowed pace it goes on for ever, above it the device is not heard", () => {
  for (const [pace, heard] of [[1, 10_000], [2, 10_000], [2.1, 2_100], [4, 200]] as const) {
    const rate = new AudioRateLimiter(OPTIONS);
    let fitting = 0;
    for (let at = 0; at < 10_000; at++) if (rate.admit(PACKET_60_MS, at * 60 / pace)) fitting++;
    const off = Math.abs(fitting - heard) / heard;
    assertEquals(off < 0.05, true, `pace ${pace}: ${fitting} of about ${heard}`);
  }
});

test("who falls back to real time after too much is heard again after two seconds", () => {
  const rate = new AudioRateLimiter(OPTIONS);
  admitted(rate, 130);
  assertEquals(rate.hopeless, false);
  let lostMs = 0;
  for (let nowMs = 60; !rate.admit(PACKET_60_MS, nowMs); nowMs += 60) lostMs += 60;
  assertEquals(lostMs > 0 && lostMs <= 2_000, true, `${lostMs} ms`);
});

test("another whole burst on top is hopeless, one packet less is not", () => {
  const rate = new AudioRateLimiter(OPTIONS);
  admitted(rate, 200);
  assertEquals(rate.hopeless, false);
  rate.admit(PACKET_60_MS, 0);
  assertEquals(rate.hopeless, true);
});

test("packets that claim to be short, or say nothing, count all the same", () => {
  assertEquals(admitted(new AudioRateLimiter(OPTIONS), 10_000, PACKET_2_MS), 1_200);
  assertEquals(admitted(new AudioRateLimiter(OPTIONS), 10_000, new Uint8Array(0)), 100);
});

test("the packet is found behind the header of every framing", () => {
  for (const [frameVersion, headerBytes] of [[2, 16], [3, 4], ["gateway", 16]] as const) {
    const frame = new Uint8Array(headerBytes + 1);
    frame[headerBytes] = 1 << 3; // 20 ms
    assertEquals(
      admitted(new AudioRateLimiter({ ...OPTIONS, frameVersion }), 10_000, frame),
      300,
      `${frameVersion}`,
    );
  }
});
