import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "../support/fast_check.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { BoundedChannel, type Overflow } from "../../lib/lifecycle/mod.ts";
import { countedSignal } from "../support/counted_signal.ts";
import { test } from "../support/test.ts";

test("values come out in order, and iterating ends after close", async () => {
  const channel = new BoundedChannel<number | undefined>({ capacity: 4, overflow: "reject" });
  const reading = Array.fromAsync(channel);
  for (const value of [1, undefined, 3]) assert(channel.push(value));
  await channel.next({ signal: AbortSignal.abort() }).catch(() => {});
  channel.push(4);
  channel.close();
  assert(!channel.push(5));
  assertEquals(await reading, [1, undefined, 3, 4]);
  assertEquals(channel.dropped, 0);
});

test("each policy does its own without room", () => {
  const filled = (overflow: Overflow) => {
    const channel = new BoundedChannel<number>({ capacity: 2, overflow });
    channel.push(1);
    channel.push(2);
    return channel;
  };
  const oldest = filled("drop_oldest");
  assert(oldest.push(3));
  assertEquals([oldest.clear(), oldest.dropped, oldest.length], [[2, 3], 1, 0]);
  const newest = filled("drop_newest");
  assert(!newest.push(3));
  assertEquals([newest.clear(), newest.dropped], [[1, 2], 1]);
  const reject = filled("reject");
  assertEquals(assertThrows(() => reject.push(3), EarshotError).code, "lifecycle.overflow");
  assertEquals([reject.clear(), reject.dropped], [[1, 2], 1]);
});

test("what is too large for the channel is dropped alone", () => {
  const options = { capacity: 9, maxSize: 10, sizeOf: (text: string) => text.length };
  const channel = new BoundedChannel<string>({ ...options, overflow: "drop_oldest" });
  channel.push("12345");
  assert(!channel.push("12345678901"));
  assertEquals([channel.length, channel.size, channel.dropped], [1, 5, 1]);
  assert(channel.push("123456"));
  assertEquals([channel.clear(), channel.size], [["123456"], 0]);
});

test("a reader gets what waits, then the error, each time", async () => {
  const channel = new BoundedChannel<number>({ capacity: 2, overflow: "reject" });
  const boom = new Error("boom");
  channel.push(1);
  channel.fail(boom);
  channel.close();
  assertEquals(await channel.next(), { done: false, value: 1 });
  for (let again = 0; again < 2; again++) assertStrictEquals(await assertRejects(() => channel.next()), boom);
});

test("readers that wait are served in turn, ended and failed", async () => {
  const channel = new BoundedChannel<number>({ capacity: 1, overflow: "reject" });
  const waiting = [channel.next(), channel.next(), channel.next()];
  channel.push(1);
  channel.push(2);
  channel.close();
  assertEquals((await Promise.all(waiting)).map((result) => result.value), [1, 2, undefined]);
  const failing = new BoundedChannel<number>({ capacity: 1, overflow: "reject" });
  const read = assertRejects(() => failing.next(), Error, "boom");
  failing.fail(new Error("boom"));
  await read;
});

test("a wait that was aborted loses no value and leaves no listener", async () => {
  const channel = new BoundedChannel<number>({ capacity: 1, overflow: "reject" });
  const { controller, signal, listeners } = countedSignal();
  const served = channel.next({ signal });
  channel.push(0);
  assertEquals([(await served).value, listeners()], [0, 0]);
  const waiting = channel.next({ signal });
  const rejected = assertRejects(() => waiting, EarshotError);
  controller.abort();
  assertEquals([(await rejected).code, listeners()], ["canceled", 0]);
  channel.push(1);
  assertEquals(await channel.next(), { done: false, value: 1 });
});

test("leaving a loop early leaves the channel open", async () => {
  const channel = new BoundedChannel<number>({ capacity: 2, overflow: "reject" });
  channel.push(1);
  for await (const _ of channel) break;
  assert(channel.push(2));
  assertEquals((await channel.next()).value, 2);
});

test("whatever is pushed, the bounds hold and nothing is lost uncounted", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 30 }),
    fc.constantFrom<Overflow>("drop_oldest", "drop_newest"),
    fc.array(fc.integer({ min: 0, max: 12 })),
    (capacity, maxSize, overflow, values) => {
      const channel = new BoundedChannel<number>({ capacity, maxSize, overflow, sizeOf: (value) => value });
      for (const value of values) {
        channel.push(value);
        assert(channel.length <= capacity && channel.size <= maxSize);
      }
      const { length, dropped } = channel;
      assertEquals(channel.clear().length, length);
      assertEquals(length + dropped, values.length);
    },
  ));
});
