import { assert, assertEquals } from "@std/assert";
import { endsSentence, wholeSentences } from "../../../lib/tts/text/whole_sentences.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

test("a sentence is whole once it is sure that it ends", () => {
  for (
    const [text, whole] of [
      ["The first of them is here", ""],
      ["The first of them is here.", ""],
      ["The first of them is here. And", "The first of them is here. "],
      ["And so is the 2.5th of them! ", "And so is the 2.5th of them! "],
      ["He said “No.” And", "He said “No.” "],
      ["One of them. Two of them. Thr", "One of them. Two of them. "],
    ] as const
  ) assertEquals(wholeSentences(text, 100), whole);
});

test("Chinese needs no space, short words are no sentence, and what says nothing is none", () => {
  assertEquals(wholeSentences("你好。我是", 100), "你好。");
  assertEquals(wholeSentences("“你猜。”好", 100), "“你猜。”");
  assertEquals(wholeSentences("Dr. Smith", 100), "");
  assertEquals(wholeSentences("Dr. Smith went home. Yes", 100), "Dr. Smith went home. ");
  assertEquals(wholeSentences("Yes. No.", 100), "");
  assertEquals(wholeSentences("... !!!! .... — ", 100), "");
});

test("a sentence without end is cut where a service would", () => {
  const words = Array.from({ length: 30 }, (_, index) => `word${index} `).join("");
  const cut = wholeSentences(words, 40);
  assert(cut.trimEnd().length <= 40 && words.startsWith(cut) && cut.endsWith(" "), cut);
  assertEquals(wholeSentences(words.slice(0, 40), 40), "");
});

test("whatever the text, what is whole is its beginning, and not too long", () => {
  const piece = fc.constantFrom("a", "Hello ", ". ", "。", "你", "3.", "!", "  ", "“", "”", "word", "🙂");
  fc.assert(fc.property(fc.array(piece).map((pieces) => pieces.join("")), (text) => {
    const whole = wholeSentences(text, 16);
    assert(text.startsWith(whole) && whole.trimEnd().length <= 16);
    assert(text.length <= 16 || whole !== "", "a long one is never held back");
  }));
});

test("a text ends where a sentence does, as far as it has come", () => {
  for (const text of ["Yes.", "Really?!", "Well… ", "“No.” ", "好。", "好！」"]) {
    assert(endsSentence(text), text);
  }
  for (const text of ["", "Yes", "Yes,", "3.14", "好"]) assert(!endsSentence(text), text);
});
