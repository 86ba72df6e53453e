import { assert, assertEquals } from "@std/assert";
import { DeviceHistories } from "../../lib/dialogue/mod.ts";
import { test } from "../support/test.ts";
import { NOW_MS, pastTurn } from "./dialogue_harness.ts";

function bench() {
  const read: string[] = [];
  const histories = new DeviceHistories((deviceId) => {
    read.push(deviceId);
    return Promise.resolve({ turns: [], summary: "", throughMs: -Infinity });
  });
  return { read, histories };
}

test("a device has one history, read once, until it is forgotten", () => {
  const { read, histories } = bench();
  const first = histories.of("a");
  assertEquals([histories.of("a") === first, read], [true, ["a"]]);
  histories.forget("a");
  assertEquals([histories.of("a") === first, read], [false, ["a", "a"]]);
});

test("2,000 devices are held and no more: who has been away longest is read anew", () => {
  const { read, histories } = bench();
  for (let index = 0; index < 2_000; index++) histories.of(`${index}`);
  assertEquals(histories.stats, { devices: 2_000, chars: 0, dropped: 0 });
  histories.of("0");
  histories.of("one more");
  assertEquals([histories.stats.devices, histories.stats.dropped], [2_000, 1]);
  histories.of("0");
  assertEquals(read.length, 2_001);
  histories.of("1");
  assertEquals([read.length, read.at(-1)], [2_002, "1"]);
});

test("all of them together hold no more text than the bound", () => {
  const { histories } = bench();
  for (let index = 0; index < 100; index++) {
    histories.of(`${index}`).add(pastTurn("question", "x".repeat(200_000), { atMs: NOW_MS }));
  }
  // The one that was asked for last is counted with the next.
  histories.of("99");
  const { chars, devices, dropped } = histories.stats;
  assert(chars <= 16_777_216 && chars > 16_000_000, String(chars));
  assertEquals([devices + dropped, histories.of("99").turns.length], [100, 1]);
});
