import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { soundedWords, wrongWords } from "./wrong_words.ts";

test("what is written otherwise and sounds alike is not wrong", () => {
  const same: readonly (readonly [said: string, heard: string])[] = [
    ["at five thirty p m", "At 5:30 p.m."],
    ["the f b i and the u s", "The FBI and the U.S."],
    ["goodbye until tomorrow", "Good-bye until to-morrow."],
    ["twenty percent of one hundred", "20% of 100"],
    ["seventeen oh five", "seventeen o five"],
  ];
  for (const [said, heard] of same) assertEquals(wrongWords(said, heard), [], said);
});

test("words that are wrong, missing or too many are told", () => {
  assertEquals(wrongWords("the cat sat down", "the cap sat"), ["cat > cap", "down > "]);
  assertEquals(wrongWords("sit", "please sit"), [" > please"]);
  assertEquals(wrongWords("", ""), []);
  assertEquals(soundedWords("It's 2 cats."), ["it's", "two", "cats"]);
});
