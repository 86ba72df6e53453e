import { assertEquals } from "@std/assert";
import { ANGLE_TAGS, BRACKET_NOTES, InertText } from "../../../lib/tts/text/inert_text.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const inert = (...parts: readonly string[]) => {
  const text = new InertText(ANGLE_TAGS, BRACKET_NOTES);
  return parts.map((part) => text.next(part));
};

test("a tag is no tag any more, and what is none stays as it is", () => {
  assertEquals(inert("<speak>Hi</speak>"), ["< speak>Hi< /speak>"]);
  assertEquals(inert("a<#0.5#>b [p500] [=zhuo2] [Laughs]"), ["a< #0.5#>b [ p500] [ =zhuo2] [ Laughs]"]);
  const plain = "1 < 2, a <3, x[0], [1], <- and ->, 你好[好]";
  assertEquals(inert(plain), [plain]);
});

test("a tag that comes in parts is none either", () => {
  assertEquals(inert("a <", "break/>", "[", "", "p", "500]"), ["a <", " break/>", "[", "", " p", "500]"]);
});

test("property: however it is cut, the whole is the same, and only spaces were added", () => {
  const text = fc.array(fc.constantFrom("<", "[", "a", "/", "#", "=", " ", "1", "好"), { maxLength: 20 });
  fc.assert(fc.property(text, fc.nat(20), (characters, at) => {
    const whole = characters.join("");
    const [left, right] = [characters.slice(0, at).join(""), characters.slice(at).join("")];
    assertEquals(inert(left, right).join(""), inert(whole).join(""));
    assertEquals(inert(whole).join("").replaceAll(" ", ""), whole.replaceAll(" ", ""));
    assertEquals(/<[a-z/!?#]|\[[a-z=]/i.test(inert(whole).join("")), false);
  }));
});
