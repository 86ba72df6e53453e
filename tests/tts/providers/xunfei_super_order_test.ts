import { assertEquals } from "@std/assert";
import { PieceOrder } from "../../../lib/tts/providers/xunfei_super_order.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

/** Takes pieces by their numbers; gives what came out after each, and whether all of it has. */
function through(
  seqs: readonly number[],
  { first = 0, last = Math.max(...seqs) }: { readonly first?: number; readonly last?: number } = {},
) {
  const order = new PieceOrder();
  const out = seqs.map((seq) => {
    const status = seq === last ? 2 : seq === first ? 0 : 1;
    return order.push({ seq, status, bytes: Uint8Array.of(seq) }).map(([byte]) => byte ?? NaN);
  });
  return { out, complete: order.complete, rest: order.rest()?.map(([byte]) => byte) };
}

test("pieces in order go through at once, and the last one completes them", () => {
  assertEquals(through([0, 1, 2]), { out: [[0], [1], [2]], complete: true, rest: [] });
  assertEquals(through([7, 8], { first: 7 }), { out: [[7], [8]], complete: true, rest: [] });
  assertEquals(through([0]), { out: [[0]], complete: true, rest: [] });
  assertEquals(through([5]), { out: [[5]], complete: true, rest: [] });
});

test("a piece that comes too early waits, also the last one", () => {
  assertEquals(through([0, 2, 1, 4, 3]).out, [[0], [], [1, 2], [], [3, 4]]);
  assertEquals(through([2, 1, 3], { first: 1 }).out, [[], [1, 2], [3]]);
});

test("property: in whatever order few pieces come, they go out in theirs, and each once", () => {
  const anyOrder = fc.integer({ min: 1, max: 40 })
    .chain((count) => fc.shuffledSubarray([...Array(count).keys()], { minLength: count }));
  fc.assert(fc.property(anyOrder, (seqs) => {
    // What is last before the first was known counts as all.
    fc.pre(seqs.indexOf(Math.max(...seqs)) >= seqs.indexOf(0));
    const { out, complete } = through(seqs);
    assertEquals(out.flat(), [...seqs].sort((one, other) => one - other));
    assertEquals(complete, true);
  }));
});

test("a missing piece holds up 50, and no more; it still comes out when it comes after all", () => {
  const seqs = [0, ...Array.from({ length: 51 }, (_, index) => index + 2), 1, 53];
  const { out, complete } = through(seqs);
  assertEquals(out.flat(), [0, ...Array.from({ length: 51 }, (_, index) => index + 2), 1, 53]);
  assertEquals([out[50], out[51]?.length, complete], [[], 51, true]);
});

test("what is kept when no more come: all in order where the last one came, else it was cut", () => {
  assertEquals(through([0, 3, 2], { last: 3 }).rest, [2, 3]);
  assertEquals(through([0, 3, 2], { last: 4 }).rest, undefined);
});

test("numbers that begin anew lose nothing", () => {
  const order = new PieceOrder();
  const push = (seq: number, status: number, byte: number) =>
    order.push({ seq, status, bytes: Uint8Array.of(byte) }).map(([first]) => first);
  assertEquals([push(0, 0, 1), push(1, 1, 2), push(0, 0, 3), push(1, 1, 4), push(2, 2, 5)].flat(), [
    1,
    2,
    3,
    4,
    5,
  ]);
  assertEquals(order.complete, true);
});
