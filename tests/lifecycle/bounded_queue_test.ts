import { assert, assertEquals } from "@std/assert";
import fc from "../support/fast_check.ts";
import { BoundedQueue } from "../../lib/lifecycle/mod.ts";
import { test } from "../support/test.ts";

test("BoundedQueue keeps the order, and takes nothing after close", () => {
  const queue = new BoundedQueue<number | undefined>(3);
  for (const value of [1, undefined, 3]) assert(queue.push(value));
  queue.close();
  assert(!queue.push(4));
  assertEquals([queue.clear(), queue.length, queue.dropped], [[1, undefined, 3], 0, 0]);
});

test("BoundedQueue holds its bound whatever is pushed, keeps the newest and counts the others", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer()), (capacity, values) => {
    const queue = new BoundedQueue<number>(capacity);
    for (const value of values) {
      queue.push(value);
      assert(queue.length <= capacity);
    }
    assertEquals(queue.dropped, Math.max(0, values.length - capacity));
    assertEquals(queue.clear(), values.slice(-capacity));
  }));
});

test("BoundedQueue shows what waits, and gives up what is not wanted, also after close", () => {
  const queue = new BoundedQueue<number>(4);
  for (const value of [1, 2, 3, 4]) queue.push(value);
  queue.close();
  queue.retain((value) => value !== 2);
  assertEquals([[...queue], queue.length, queue.dropped], [[1, 3, 4], 3, 0]);
  assertEquals(queue.clear(), [1, 3, 4]);
});
