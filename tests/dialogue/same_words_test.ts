import { assert, assertEquals } from "@std/assert";
import { sameWords } from "../../lib/dialogue/same_words.ts";
import { test } from "../support/test.ts";

test("sameWords: case, width, spaces and punctuation make no difference", () => {
  assert(sameWords("What's the time?", "whats the time"));
  assert(sameWords("你好，小智！", "你好小智"));
  assert(sameWords("ＡＢＣ　１２", "abc 12"));
  assert(sameWords("", " ... "));
});

test("sameWords: other words do", () => {
  assertEquals(sameWords("turn it on", "turn it off"), false);
  assertEquals(sameWords("2+2", "22"), false);
  assertEquals(sameWords("stop", ""), false);
  assertEquals(sameWords("é", "e"), false);
});
