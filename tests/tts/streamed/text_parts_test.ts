import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Channel } from "../../../lib/lifecycle/mod.ts";
import { TextParts } from "../../../lib/tts/streamed/text_parts.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;

/** A text of which some parts are written. */
function written(parts: readonly string[], { maxChars = 20 } = {}) {
  const clock = new FakeClock();
  const channel = new Channel<string>(100);
  for (const part of parts) void channel.send(part);
  return { clock, channel, text: new TextParts(channel, { clock, maxChars, maxPauseMs: 1_000 }) };
}

test("TextParts: a request begins with what can be spoken, and what came before it", async () => {
  const { channel, text } = written(["", " ", "“", "Hi", "."]);
  assertEquals(await text.first(NEVER), " “Hi");
  assertEquals([await text.hasMore(9, NEVER), text.take()], [true, "."]);
  channel.close();
  assertEquals([await text.hasMore(9, NEVER), await text.first(NEVER)], [false, undefined]);
});

test("TextParts: what came before is bounded, and begins with a whole character", async () => {
  const { text } = written([..."🙂".repeat(20), "five."], { maxChars: 10 });
  assertEquals(await text.first(NEVER), "🙂🙂five.");
});

test("TextParts: a text that pauses has no more for this request, and its next part is for the next one", async () => {
  const { clock, channel, text } = written(["One.", "Two."]);
  await text.first(NEVER);
  assertEquals([await text.hasMore(9, NEVER), text.take()], [true, "Two."]);
  const more = text.hasMore(9, NEVER);
  await clock.advance(1_000);
  assertEquals([await more, clock.pending], [false, 0]);
  void channel.send("Three.");
  assertEquals(await text.first(NEVER), "Three.");
});

test("TextParts: a part that has no room is the next request's", async () => {
  const { clock, text } = written(["One.", "Two."]);
  await text.first(NEVER);
  assertEquals([await text.hasMore(3, NEVER), clock.pending], [false, 0]);
  assertEquals(await text.first(NEVER), "Two.");
});

test("TextParts: a part that comes while nobody waits any more is not lost", async () => {
  const { clock, channel, text } = written(["One."]);
  await text.first(NEVER);
  const life = new AbortController();
  const more = assertRejects(() => text.hasMore(9, life.signal), EarshotError);
  void channel.send("Two.");
  life.abort();
  assertEquals([(await more).code, clock.pending], ["canceled", 0]);
  assertEquals(await text.first(NEVER), "Two.");
});

test("TextParts: what the text throws is thrown, wherever it is waited for", async () => {
  const error = new EarshotError("llm.timeout", "Cannot answer");
  const { channel, text } = written(["One."]);
  await text.first(NEVER);
  channel.close(error);
  assertStrictEquals(await assertRejects(() => text.hasMore(9, NEVER)), error);
  assertStrictEquals(await assertRejects(() => text.first(NEVER)), error);
  assertThrows(() => text.take(), RangeError);
});

test("TextParts: closing tells who writes, also while a part is awaited", async () => {
  const { channel, text } = written([]);
  const first = text.first(NEVER);
  text.close();
  assertEquals([await first, await channel.send("late")], [undefined, false]);
});

test("TextParts: all parts are given once and in order, whatever the requests take", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.oneof(fc.constantFrom("", " ", ".", "a", "bc ", "🙂"), fc.string({ maxLength: 20 })), {
      maxLength: 30,
    }),
    fc.integer({ min: 20, max: 60 }),
    async (parts, requestChars) => {
      const { channel, text } = written(parts, { maxChars: 1_000 });
      channel.close();
      let all = "";
      for (let first = await text.first(NEVER); first !== undefined; first = await text.first(NEVER)) {
        let roomChars = requestChars - first.length;
        all += first;
        while (await text.hasMore(roomChars, NEVER)) {
          const part = text.take();
          roomChars -= part.length;
          all += part;
        }
      }
      // What cannot be spoken at the end may be left out.
      const whole = parts.join("");
      assertEquals(all, whole.slice(0, all.length));
      assertEquals(/[\p{L}\p{N}]/u.test(whole.slice(all.length)), false);
    },
  ));
});
