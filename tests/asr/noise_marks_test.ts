import { assert, assertEquals } from "@std/assert";
import fc from "../support/fast_check.ts";
import { dropNoiseMarks } from "../../lib/asr/noise_marks.ts";
import { test } from "../support/test.ts";

test("what a model writes of sounds is dropped, whatever its brackets", () => {
  const noises = [
    "[Bell]",
    "(music)",
    "( 字幕由志愿者提供 )",
    "（音乐）",
    "【笑声】",
    "［掌声］",
    "(音乐）",
    "[ [Music] ]",
    "♪ la la la ♪",
    "♪♪",
    "♪ 我们一起",
    "🎵",
    "*sighs*",
    "[BLANK_AUDIO]",
    "(...)",
    "[ 字幕",
    "(upbeat music) [Applause].",
    "（字幕：某某）。",
  ];
  for (const noise of noises) assertEquals(dropNoiseMarks(noise), "", noise);
});

test("the words beside it stay, without gaps", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["Turn on the light. [Bell]", "Turn on the light."],
    ["(music) Turn on the light", "Turn on the light"],
    ["[music], hello", "hello"],
    ["Turn on [noise] the light", "Turn on the light"],
    ["Turn it on [Bell].", "Turn it on."],
    ["打开(笑)灯", "打开灯"],
    ["打开 (笑) 灯。", "打开灯。"],
    ["好的。【音乐】再见", "好的。再见"],
    ["thanks[Bell]", "thanks"],
    ["谢谢 (字幕", "谢谢"],
  ];
  for (const [text, words] of cases) assertEquals(dropNoiseMarks(text), words, text);
});

test("brackets that hold no noise stay", () => {
  const texts = [
    "call (415) 555 2671",
    "the file(s) of f(x)",
    "2*3*4 is 24",
    "《三国演义》",
    "「好」",
    "a) milk b) bread",
    "你好",
    "  as it comes  ",
    "",
    "...",
  ];
  for (const text of texts) assertEquals(dropNoiseMarks(text), text);
});

test("whatever a text holds, it does not grow, and what is no mark of noise is untouched", () => {
  const letter = fc.constantFrom(..."ab 1好。.,[(（【】）)]♪*");
  fc.assert(fc.property(fc.string({ unit: letter, maxLength: 40 }), (text) => {
    const read = dropNoiseMarks(text);
    return read.length <= text.length && (/[[(（【♪*]/.test(text) || read === text);
  }));
});

test("a text of a megabyte that tries to be slow is read all the same", () => {
  for (const unit of ["*a", "* a", "(", "(a) ", "♪", " ", "[a ", "a*"]) {
    const text = unit.repeat(1_000_000 / unit.length);
    for (const hostile of [text, `[x]${text}`]) assert(dropNoiseMarks(hostile).length <= hostile.length);
  }
});
