import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { DeviceQueue } from "./support/device_queue.ts";

test("DeviceQueue: what comes in time is played without a gap", () => {
  const queue = new DeviceQueue();
  for (let frame = 0; frame < 5; frame++) queue.frame(0);
  for (let frame = 5; frame < 100; frame++) queue.frame((frame - 4) * 60);
  assertEquals(queue.figures, { frames: 100, mostHeld: 4, overflowed: 0, ranEmpty: 0, emptyMs: 0 });
});

test("DeviceQueue: beyond 40 that wait, beside the one that plays, frames are lost", () => {
  const queue = new DeviceQueue();
  for (let frame = 0; frame < 45; frame++) queue.frame(0);
  assertEquals(queue.figures, { frames: 41, mostHeld: 40, overflowed: 4, ranEmpty: 0, emptyMs: 0 });
});

test("DeviceQueue: silence is a fault within a piece, and none before one", () => {
  const queue = new DeviceQueue();
  queue.piece();
  queue.frame(0);
  queue.frame(100);
  queue.piece();
  queue.frame(1_000);
  assertEquals(queue.figures, { frames: 3, mostHeld: 0, overflowed: 0, ranEmpty: 1, emptyMs: 40 });
});
