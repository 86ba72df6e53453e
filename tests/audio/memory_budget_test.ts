import { assert, assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import { AudioBuffer, CHUNK_OVERHEAD_BYTES, MemoryBudget } from "../../lib/audio/mod.ts";
import { test } from "../support/test.ts";

const PAYLOAD_BYTES = 488;
const CHUNK_BYTES = PAYLOAD_BYTES + CHUNK_OVERHEAD_BYTES;

function open(budget: MemoryBudget, name: string) {
  const buffer = new AudioBuffer({ account: budget.open(name) });
  let seq = 0;
  return {
    buffer,
    push(count = 1) {
      for (let index = 0; index < count; index++) {
        const opus = new Uint8Array(PAYLOAD_BYTES);
        buffer.push({ seq, receivedMs: seq * 60, durationMs: 60, opus });
        seq++;
      }
    },
  };
}

test("a chunk is charged its payload and 512 bytes, once for all cursors, until it leaves", () => {
  const budget = new MemoryBudget(1_000_000);
  const { buffer, push } = open(budget, "a");
  const [one, two] = [buffer.cursor("one"), buffer.cursor("two")];
  push(3);
  assertEquals(budget.chargedBytes, 3 * CHUNK_BYTES);
  one.release(1);
  assertEquals(budget.chargedBytes, 3 * CHUNK_BYTES);
  two.release(1);
  assertEquals(budget.chargedBytes, CHUNK_BYTES);
  buffer.close();
  assertEquals(budget.chargedBytes, 0);
});

test("the heaviest pays until 90 % of the cap, whoever pushed", () => {
  const budget = new MemoryBudget(100 * CHUNK_BYTES);
  const [heavy, light] = [open(budget, "heavy"), open(budget, "light")];
  const cursor = heavy.buffer.cursor("recognition");
  heavy.push(80);
  light.push(20);
  assertEquals(budget.stats.overruns, 0);
  light.push();
  assertEquals(budget.chargedBytes, 90 * CHUNK_BYTES);
  assertEquals(budget.stats, { peakBytes: 101 * CHUNK_BYTES, overruns: 1 });
  assertEquals([heavy.buffer.stats.chunks, light.buffer.stats.chunks], [69, 21]);
  assertEquals(heavy.buffer.stats.evicted.budget, 11);
  assertEquals(cursor.lost, { chunks: 11, durationMs: 660 });
});

test("the pusher itself may pay", () => {
  const budget = new MemoryBudget(10 * CHUNK_BYTES);
  const only = open(budget, "only");
  only.push(10);
  assertEquals(only.buffer.stats.evicted.budget, 0);
  only.push();
  assertEquals([only.buffer.stats.chunks, only.buffer.stats.evicted.budget], [9, 2]);
});

test("accounts that weigh the same share the payment", () => {
  const budget = new MemoryBudget(100 * CHUNK_BYTES);
  const sessions = Array.from({ length: 4 }, (_, index) => open(budget, `session ${index}`));
  for (const { push } of sessions) push(25);
  sessions[0]?.push();
  for (const { buffer } of sessions) assert([22, 23].includes(buffer.stats.chunks), `${buffer.stats.chunks}`);
  assertEquals(budget.chargedBytes, 90 * CHUNK_BYTES);
});

test("an account without a payer is passed over", () => {
  const budget = new MemoryBudget(1_000);
  const idle = budget.open("idle");
  idle.charge(5_000);
  const { push, buffer } = open(budget, "a");
  push();
  assertEquals([buffer.stats.chunks, buffer.stats.evicted.budget], [0, 1]);
  assertEquals(budget.chargedBytes, 5_000);
});

test("the cap holds whatever is pushed, and closing gives everything back", () => {
  const budget = new MemoryBudget(50 * CHUNK_BYTES);
  const sessions = Array.from({ length: 7 }, (_, index) => open(budget, `session ${index}`));
  for (let round = 0; round < 300; round++) {
    sessions[(round * 5) % 7]?.push(1 + round % 3);
    assertLessOrEqual(budget.chargedBytes, budget.capBytes);
    const held = sessions.reduce((sum, { buffer }) => sum + buffer.stats.chunks, 0);
    assertEquals(budget.chargedBytes, held * CHUNK_BYTES);
  }
  assert(sessions.some(({ buffer }) => buffer.stats.evicted.budget > 0));
  for (const { buffer } of sessions) {
    buffer.close();
    buffer.close();
  }
  assertEquals(budget.chargedBytes, 0);
});

test("a closed account takes no charge", () => {
  const budget = new MemoryBudget(1_000);
  const account = budget.open("a");
  account.charge(100);
  account.close();
  account.close();
  account.credit(100);
  assertEquals(budget.chargedBytes, 0);
  assertThrows(() => account.charge(1), TypeError, "its account is closed");
});
