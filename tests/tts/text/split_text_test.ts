import { assert, assertEquals } from "@std/assert";
import fc from "../../support/fast_check.ts";
import { splitText } from "../../../lib/tts/mod.ts";
import { test } from "../../support/test.ts";

test("splitText cuts at the end of a sentence, else of a part of one, else of a word", () => {
  assertEquals(splitText("One. Two. Three.", 11), ["One. Two. ", "Three."]);
  assertEquals(splitText("One. Two. Three.", 9), ["One. Two. ", "Three."]);
  assertEquals(splitText("第一句。第二句。第三句。", 9), ["第一句。第二句。", "第三句。"]);
  assertEquals(splitText("one two, three four", 12), ["one two, ", "three four"]);
  assertEquals(splitText("one two three", 9), ["one two ", "three"]);
  assertEquals(splitText("It costs 3.50 today", 12), ["It costs ", "3.50 today"]);
  assertEquals(splitText("short", 100), ["short"]);
  assertEquals(splitText("", 100), []);
});

test("splitText cuts between characters where there is no word, and never amid one", () => {
  assertEquals(splitText("🙂🙂🙂🙂🙂", 5), ["🙂🙂", "🙂🙂", "🙂"]);
  assertEquals(splitText("👨‍👩‍👧👨‍👩‍👧", 10), ["👨‍👩‍👧", "👨‍👩‍👧"]);
  for (const part of splitText("字".repeat(100_000), 4_096)) assert(part.length <= 4_096);
});

test("splitText's parts give the text, and none is too long or ends amid a surrogate pair", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 300 });
  fc.assert(fc.property(text, fc.integer({ min: 8, max: 60 }), (text, maxChars) => {
    const parts = splitText(text, maxChars);
    assertEquals(parts.join(""), text);
    for (const part of parts) {
      assert(part.length > 0 && part.trimEnd().length <= maxChars && part.isWellFormed(), part);
    }
  }));
});
