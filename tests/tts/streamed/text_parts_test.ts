import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
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
  return { clock, channel, text: new TextParts(channel, { clock, maxChars }) };
}

test("TextParts: a request begins with what can be spoken, and what came before it", async () => {
  const { channel, text } = written(["", " ", "“", "Hi", "."]);
  assertEquals(await text.first(NEVER), " “Hi");
  assertEquals([await text.peek(NEVER), text.take()], [{ type: "part", text: "." }, "."]);
  channel.close();
  assertEquals([await text.peek(NEVER), await text.first(NEVER)], [{ type: "end" }, undefined]);
});

test("TextParts: what came before is bounded, and begins with a whole character", async () => {
  const { text } = written([..."🙂".repeat(20), "five."], { maxChars: 10 });
  assertEquals(await text.first(NEVER), "🙂🙂five.");
});

test("TextParts: a text that pauses is late, and its next part is not lost", async () => {
  const { clock, channel, text } = written(["One.", "Two."]);
  await text.first(NEVER);
  assertEquals([(await text.peek(NEVER, 1_000)).type, text.take()], ["part", "Two."]);
  const next = text.peek(NEVER, 1_000);
  await clock.advance(1_000);
  assertEquals([await next, clock.pending], [{ type: "late" }, 0]);
  void channel.send("Three.");
  assertEquals(await text.first(NEVER), "Three.");
});

test("TextParts: a part that was not taken is the next request's", async () => {
  const { clock, text } = written(["One.", "Two."]);
  await text.first(NEVER);
  assertEquals([(await text.peek(NEVER, 1_000)).type, clock.pending], ["part", 0]);
  assertEquals(await text.first(NEVER), "Two.");
});

test("TextParts: a part that comes while nobody waits any more is not lost", async () => {
  const { clock, channel, text } = written(["One."]);
  await text.first(NEVER);
  const life = new AbortController();
  const next = assertRejects(() => text.peek(life.signal, 1_000), EarshotError);
  void channel.send("Two.");
  life.abort();
  assertEquals([(await next).code, clock.pending], ["canceled", 0]);
  assertEquals(await text.first(NEVER), "Two.");
});

test("TextParts: a sentence ends where one does, or with the text, and the rest is the next request's", async () => {
  const { channel, text } = written(["The first", " of them is", " here. And", " so on"], { maxChars: 100 });
  channel.close();
  assertEquals(await text.sentence(await text.first(NEVER) ?? "", NEVER), "The first of them is here. ");
  assertEquals(await text.sentence(await text.first(NEVER) ?? "", NEVER), "And so on");
  assertEquals(await text.first(NEVER), undefined);
});

test("TextParts: an abort ends the wait for the rest of a sentence", async () => {
  const { text } = written(["Half a"]);
  const life = new AbortController();
  const begun = await text.first(NEVER) ?? "";
  const failed = assertRejects(() => text.sentence(begun, life.signal), EarshotError);
  life.abort();
  assertEquals((await failed).code, "canceled");
});

test("TextParts: what the text throws is thrown, wherever it is waited for", async () => {
  const error = new EarshotError("llm.timeout", "Cannot answer");
  const { channel, text } = written(["One."]);
  await text.first(NEVER);
  channel.close(error);
  assertStrictEquals(await assertRejects(() => text.peek(NEVER)), error);
  assertStrictEquals(await assertRejects(() => text.first(NEVER)), error);
  assertThrows(() => text.take(), RangeError);
});

test("TextParts: disposing tells who writes, also while a part is awaited", async () => {
  const { channel, text } = written([]);
  const first = text.first(NEVER);
  text[Symbol.dispose]();
  assertEquals([await first, await channel.send("late")], [undefined, false]);
});

/** A text of whatever parts. */
const TEXT = fc.array(
  fc.oneof(fc.constantFrom("", " ", ".", ". ", "a", "bc ", "。", "🙂"), fc.string({ maxLength: 20 })),
  { maxLength: 30 },
);

test("TextParts: all parts are given once and in order, whatever the requests take", async () => {
  await fc.assert(fc.asyncProperty(TEXT, fc.integer({ min: 1, max: 9 }), async (parts, requestParts) => {
    const { channel, text } = written(parts, { maxChars: 1_000 });
    channel.close();
    let all = "";
    for (let first = await text.first(NEVER); first !== undefined; first = await text.first(NEVER)) {
      all += first;
      for (let count = 1; count < requestParts && (await text.peek(NEVER)).type === "part"; count++) {
        all += text.take();
      }
    }
    assertAll(parts.join(""), all);
  }));
});

test("TextParts: whatever the text and its parts, sentence by sentence it is the same, and none is too long", async () => {
  await fc.assert(fc.asyncProperty(TEXT, async (parts) => {
    const { channel, text } = written(parts, { maxChars: 40 });
    channel.close();
    let all = "";
    for (let first = await text.first(NEVER); first !== undefined; first = await text.first(NEVER)) {
      const sentence = await text.sentence(first, NEVER);
      assert(sentence.trimEnd().length <= 40);
      all += sentence;
    }
    const letters = (text: string) => text.replaceAll(/[^\p{L}\p{N}]/gu, "");
    assertEquals(letters(all), letters(parts.join("")));
  }));
});

/** All of a text was given; what cannot be spoken at its end may be left out. */
function assertAll(whole: string, given: string): void {
  assertEquals(given, whole.slice(0, given.length));
  assertEquals(/[\p{L}\p{N}]/u.test(whole.slice(given.length)), false);
}
