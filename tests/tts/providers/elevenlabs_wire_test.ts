import { assert, assertEquals } from "@std/assert";
import { ElevenlabsWire } from "../../../lib/tts/providers/elevenlabs_wire.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const wire = () => new ElevenlabsWire({ family: "tts", name: "eleven" }, {});

/** The messages that each part makes, then those of the end: their texts, and `!` where it is to be spoken now. */
function written(...parts: readonly string[]): readonly (readonly string[])[] {
  const voice = wire();
  const shown = (messages: readonly string[]) =>
    messages.map((message) => {
      const { text, flush } = JSON.parse(message);
      return `${text}${flush === true ? "!" : ""}`;
    });
  return [...parts.map((part) => shown(voice.text(part))), shown(voice.finish())];
}

test("words go out once they are whole, each message with one blank at its end", () => {
  assertEquals(written("Hel", "lo", " there", ", ", "you"), [[], [], ["Hello "], ["there, "], [], [
    "you ",
    "",
  ]]);
  assertEquals(written("It costs 3", ".", "14 now"), [["It costs "], [], ["3.14 "], ["now ", ""]]);
  assertEquals(written("One", " ", " two "), [[], ["One "], ["two "], [""]]);
  assertEquals(written("你好", "，世", "界。", "再见"), [[], ["你好， "], ["世界。 "], [], ["再见 ", ""]]);
});

test("the end of a sentence has it spoken, and what only looks like one does not", () => {
  assertEquals(written("This is it. ", "And more."), [["This is it. !"], ["And "], ["more. !", ""]]);
  assertEquals(written("No. ", "Well. ", "Not so."), [["No. "], ["Well. !"], ["Not "], ["so. ", ""]]);
  assertEquals(written("I saw Dr. ", "Who in version 2. ", "Yes? "), [
    ["I saw Dr. "],
    ["Who in version 2. "],
    ["Yes? !"],
    [""],
  ]);
  assertEquals(written("这是第一句话。"), [["这是第一句话。 "], [""]]);
});

test("in a pause the end of a sentence goes out that no blank follows yet, and nothing else", () => {
  const pausedAfter = (...parts: readonly string[]) => {
    const voice = wire();
    for (const part of parts) voice.text(part);
    return [voice.paused(), voice.finish()].map((messages) => messages.map((message) => JSON.parse(message)));
  };
  const end = { text: "" };
  assertEquals(pausedAfter("Let me look", "."), [[{ text: "look. ", flush: true }], [end]]);
  assertEquals(pausedAfter("Let me lo"), [[], [{ text: "lo " }, end]]);
  assertEquals(pausedAfter("It costs 3."), [[], [{ text: "3. " }, end]]);
  assertEquals(pausedAfter("Let me look. "), [[], [end]]);
});

test("property: however a text is cut, its words are the same, and every message ends with one blank", () => {
  const piece = fc.constantFrom("a", "bc", " ", " ", ".", "!", "3", "，", "好", "。", "<", "[p", "…");
  fc.assert(fc.property(fc.array(fc.array(piece), { maxLength: 12 }), (texts) => {
    const parts = texts.map((pieces) => pieces.join("").replaceAll(/ +/g, " "));
    const messages = written(...parts).flat().map((text) => text.replace(/ !$/, " "));
    assertEquals(messages.pop(), "");
    assert(messages.every((text) => /^\S(.*\S)? $/s.test(text)));
    const bare = (text: string) => text.replaceAll(" ", "");
    assertEquals(bare(messages.join("")), bare(parts.join("")));
    // Blanks are added after Chinese punctuation, and within what would be markup, and nowhere else.
    const spaced = (text: string) => text.replaceAll(/([，。…<[])\s*/g, "$1").replaceAll(/\s+/g, " ").trim();
    assertEquals(spaced(messages.join("")), spaced(parts.join("")));
  }));
});
