import { assertEquals, assertRejects } from "@std/assert";
import { untilEnd } from "../../../lib/llm/providers/until_end.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;

test("untilEnd: signs of life that go on and on do not count once the answer is whole", async () => {
  const clock = new FakeClock();
  const hungUp = Promise.withResolvers<void>();
  let seen = 0;
  async function* pings() {
    while (true) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const cancel = clock.schedule(30, resolve);
      hungUp.promise.then(() => reject(new Error("gone")));
      await promise.finally(cancel);
      yield seen++;
    }
  }
  const waitMs = () => seen >= 2 ? 100 : undefined;
  const read = Array.fromAsync(untilEnd(pings(), { waitMs, signal: NEVER, hangUp: hungUp.resolve, clock }));
  await clock.advance(10_000);
  assertEquals([await read, clock.pending], [[0, 1, 2, 3, 4], 0]);
});

test("untilEnd: a body that breaks is an error before the answer is whole, and none after", async () => {
  async function* broken() {
    await Promise.resolve();
    yield 1;
    throw new Error("gone");
  }
  const read = (waitMs: () => number | undefined) =>
    Array.fromAsync(untilEnd(broken(), { waitMs, signal: NEVER, hangUp() {}, clock: new FakeClock() }));
  await assertRejects(() => read(() => undefined), Error, "gone");
  assertEquals(await read(() => 100), [1]);
});
