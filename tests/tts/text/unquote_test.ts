import { assert, assertEquals } from "@std/assert";
import { HttpRefusal } from "../../../lib/net/mod.ts";
import { unquote, unquoteRefusal } from "../../../lib/tts/text/unquote.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

test("what repeats the text is left out, and the service's own words stay", () => {
  const said = "My code is 4711, tell nobody. 今天天气很好。";
  assertEquals(unquote(`invalid text: ${said}`, said), "invalid text: …");
  assertEquals(unquote("cannot say 'is 4711, tell', sorry", said), "cannot say '…', sorry");
  assertEquals(unquote("text 天天气很 is not supported", said), "text … is not supported");
  assertEquals(
    unquote("quota exceeded for types: concurrency", said),
    "quota exceeded for types: concurrency",
  );
  assertEquals(unquote("", said), "");
  assertEquals(unquote("the text Hello is too short", "Hello"), "the text … is too short");
  assertEquals(unquote("no way", "no"), "no way");
});

test("a refused request is the same without the text", () => {
  const headers = new Map([["x-log", "1"]]);
  const refusal = new HttpRefusal("far", { status: 422, headers, body: '{"input":"my secret plan"}' });
  const { status, body, message } = unquoteRefusal(refusal, {
    url: "http://far:1/x",
    said: "my secret plan",
  });
  assertEquals([status, body], [422, '{"input":"…"}']);
  assert(message.includes("far:1") && !message.includes("secret"));
});

test("whatever is said and told, no stretch of the text is left that is worth reading", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "天"), maxLength: 60 });
  fc.assert(fc.property(text, text, text, (before, said, after) => {
    const left = unquote(`${before}${said}${after}`, said);
    for (let at = 0; at + 8 <= left.length; at++) assert(!said.includes(left.slice(at, at + 8)), `${at}`);
  }));
});
