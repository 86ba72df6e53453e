import { assertEquals } from "@std/assert";
import { cleanText, isSpeakable } from "../../../lib/tts/mod.ts";
import { test } from "../../support/test.ts";

test("cleanText leaves words, and nothing that a voice may choke on", () => {
  assertEquals(cleanText(" Hello,\r\n\tworld. "), "Hello, world.");
  assertEquals(cleanText("a\u0000b\u0007c\u001b[0m\u009f"), "a b c [0m");
  assertEquals(cleanText("a\ud800b\udc00c"), "a b c");
  assertEquals(cleanText("\ufeff\u202eabc\u2066\ufffd"), "abc");
  assertEquals(cleanText("🙂 好的。"), "🙂 好的。");
  // What joins letters stays: Persian needs it.
  assertEquals(cleanText("می\u200cروم"), "می\u200cروم");
  assertEquals(cleanText("<b>5 & 6</b>"), "<b>5 & 6</b>");
});

test("isSpeakable asks for a letter or a digit, of any script", () => {
  for (const text of ["a", "7", "好", "ы", "٣", "𝒳"]) assertEquals(isSpeakable(text), true, text);
  for (const text of ["", "...", "🙂", "—!?", " \n", "※"]) assertEquals(isSpeakable(text), false, text);
});
