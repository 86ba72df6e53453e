import { assert, assertEquals } from "@std/assert";
import { PieceCutter, SpokenText } from "../../lib/dialogue/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import fc from "../support/fast_check.ts";
import { test } from "../support/test.ts";

const speak = (piece: string) => new SpokenText(["en-US", "zh-CN"]).speak(piece);

/** A text as it is cut and then spoken, piece by piece. */
function spoken(text: string): string[] {
  const cutter = new PieceCutter({ clock: new FakeClock() });
  const voice = new SpokenText(["en-US", "zh-CN"]);
  return [...cutter.push(text), ...cutter.flush()].map((piece) => voice.speak(piece));
}

function assertSpoken(table: readonly (readonly [piece: string, spoken: string])[]): void {
  for (const [piece, words] of table) assertEquals(speak(piece), words, piece);
}

test("plain text is spoken as it is written, with its numbers and units", () => {
  for (
    const text of [
      "Hello, how are you?",
      "你好，今天天气怎么样？",
      "It is 3:30 p.m., 22.5°C and $1,299.50.",
      "一共1,299元，温度是-5℃，湿度45%。",
      "R&D at AT&T (about 5 km away) costs 50% more.",
      "价格（含税）是100元。",
      "C++ and C# are languages.",
      "2 * 3 = 6",
      "snake_case and a_b",
      "3~5个",
      "It's 5'10\" tall.",
      "नमस्ते दुनिया",
      "می‌خواهم",
      "Straße, café, naïve",
      "a.b@example.com",
      "¿Cómo estás?",
      "-5 degrees",
      "+86 138",
      "We’re “here”.",
      "x ≤ 5",
      "I (Anna) did it.",
      "waves (about 3 m high)",
      "think (of it as a map)",
      "《红楼梦》很好看。",
      '"Yes," he said.',
    ]
  ) assertEquals(speak(text), text);
});

test("Markdown is not spoken", () => {
  assertSpoken([
    ["# Weather", "Weather"],
    ["### 天气 ###", "天气"],
    ["**Bold** and *slanted* and __both__ and _it_.", "Bold and slanted and both and it."],
    ["***All*** of ~~it~~ ==now==.", "All of it now."],
    ["**重要**：请注意。", "重要：请注意。"],
    ["- Milk", "Milk"],
    ["* Eggs\n", "Eggs"],
    ["+ One", "One"],
    ["• 苹果", "苹果"],
    ["- [x] Done", "Done"],
    ["- [ ] Open", "Open"],
    ["1. First", "1. First"],
    ["> Quoted", "Quoted"],
    ["> > - Deep", "Deep"],
    ["---", ""],
    ["***\n", ""],
    ["| a | b |\n", "a, b"],
    ["|---|:--:|\n", ""],
    ["--- | ---", ""],
    ["Use `npm install` now.", "Use npm install now."],
    ["Use ``a`b`` now.", "Use ab now."],
    ["\\*not\\* this", "not this"],
    ["**unclosed bold", "unclosed bold"],
    ["closed elsewhere**", "closed elsewhere"],
    ["see [1] and [^2]", "see and"],
    ["See [the docs][ref].", "See the docs."],
  ]);
});

test("lines are joined with pauses, longer ones after headings and between paragraphs", () => {
  assertSpoken([
    ["# Weather\nIt is sunny.", "Weather. It is sunny."],
    ["- Milk\n- Eggs\n- Bread\n", "Milk, Eggs, Bread"],
    ["- 牛奶\n- 鸡蛋\n", "牛奶，鸡蛋"],
    ["One\n\nTwo", "One. Two"],
    ["一\n\n二", "一。二"],
    ["Here:\n- a1", "Here: a1"],
    ["Done.\nNext", "Done. Next"],
    ["| Name | Age |\n|---|---|\n| Ann | 5 |\n", "Name, Age, Ann, 5"],
    ["a\r\nb\u2028c", "a, b, c"],
    ["**好**\n**坏**", "好，坏"],
  ]);
});

test("of a link its words are spoken, of an address the host, of an image nothing", () => {
  assertSpoken([
    ["See [the page](https://e.com/a?b=c) now.", "See the page now."],
    ["[x](u(v)w) y", "x y"],
    ["![A cat](cat.png) Look.", "Look."],
    ["Visit https://www.example.com/a/b?c=1.", "Visit example.com."],
    ["访问https://example.com:8080/路径，谢谢", "访问example.com路径，谢谢"],
    ["(http://user:pw@a.b/c)", "(a.b)"],
    ["<https://a.b/c>", "a.b"],
    ["www.foo.org/x, ok", "foo.org, ok"],
    ["<a.b@c.de>", "a.b@c.de"],
    ["mailto:a@b.de", "a@b.de"],
    ["[mail](mailto:a@b.de)", "mail"],
    ["HTTPS://EXAMPLE.COM/X", "EXAMPLE.COM"],
    ["ws://10.0.0.5:8000/a", "10.0.0.5"],
    ["Key 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08a1b2c3 end", "Key end"],
  ]);
});

test("HTML and what a voice could take for SSML is not spoken", () => {
  assertSpoken([
    ["<b>Bold</b> and <i>it</i>", "Bold and it"],
    ["One<br>Two<br/>Three", "One, Two, Three"],
    ["<p>Hi.</p><p>You.</p>", "Hi. You."],
    ['<speak>Hi <break time="5s"/>you</speak>', "Hi you"],
    ["<voice name='x'>Hi</voice>", "Hi"],
    ["<!-- no -->Yes", "Yes"],
    ["<script>alert(1)</script>Yes", "Yes"],
    ["<style>a{}</style>Yes", "Yes"],
    ["a &amp; b &lt;b&gt;c&lt;/b&gt;", "a & b c"],
    ["&amp;lt;break/&amp;gt;Hi", "Hi"],
    ["&#60;break/&#62;Hi &#x1F600;", "Hi"],
    ["caf&eacute; &nbsp; &unknown; x", "café x"],
    ["<#0.5#>Hi<#1#>", "Hi"],
    ["x < 5 and y > 3", "x less than 5 and y greater than 3"],
    ["如果x<5就好", "如果x小于5就好"],
    ["a -> b => c", "a b c"],
    ["x <= 5, y >= 3", "x ≤ 5, y ≥ 3"],
    ['<img src="a.png" alt="b', ""],
    ["1 <2", "1 less than 2"],
    ["<3 you", "you"],
    ["Use the `<div>` tag", "Use the div tag"],
    ["a <b and c", "a less than b and c"],
    ["&#0;&#xD800;&#99999999;ok", "ok"],
  ]);
  for (
    const hostile of [
      "<<b>break/>",
      "<<speak>speak>",
      "&lt;&lt;b&gt;voice&gt;x",
      "<scr<b>ipt>x",
      "&&lt;b>lt;x",
      "<\u200bbreak/>Hi",
      "<br\0eak/>Hi",
    ]
  ) {
    assert(!/[<>]/.test(speak(hostile)), hostile);
  }
});

test("emoji, stage directions and tags are not spoken, and what stands in brackets otherwise is", () => {
  assertSpoken([
    ["😊 Hello! 👋🏽", "Hello!"],
    ["你好👨‍👩‍👧呀🇨🇳", "你好 呀"],
    ["1️⃣ First", "1 First"],
    ["❤️‍🔥☺️✨", ""],
    ["(laughs) Well", "Well"],
    ["（笑）好的", "好的"],
    ["（微笑着）好的", "好的"],
    ["(轻声地说)好的", "好的"],
    ["*smiles warmly and waves* Hi", "Hi"],
    ["*winks at the cat* Hi", "Hi"],
    ["*very* nice", "very nice"],
    ["(clears throat) Ok", "Ok"],
    ["(softly) Ok", "Ok"],
    ["[happy] Ok", "Ok"],
    ["[Laughs] Ok", "Ok"],
    ["[uv_break]Ok[laugh]", "Ok"],
    ["【开心】好的", "好的"],
    ["[break:500ms] Ok", "Ok"],
    ["[2024年]的事", "2024年的事"],
    ["[Your Name] here", "Your Name here"],
    ["(^_^) Hi", "Hi"],
    ["（￣▽￣）嗨", "嗨"],
    ["Hi :) you ;-) there :D", "Hi you there"],
    ["I <3 it", "I it"],
    ["(about 5 km)", "(about 5 km)"],
    ["（大约5公里）", "（大约5公里）"],
    ["(笑话大全) 很好", "(笑话大全) 很好"],
    ["你好呀~~", "你好呀"],
    ["你好呀～", "你好呀"],
    ["太好了！！！！！", "太好了！"],
    ["Wow!!!", "Wow!"],
  ]);
});

test("a piece without a letter or digit is not spoken", () => {
  for (
    const piece of [
      "",
      " ",
      "\n\n",
      "……",
      "！",
      "”",
      "---",
      "**",
      "😊😊",
      "（）",
      "|||",
      "\u200b",
      "\0",
      "、",
      "<br>",
      "&nbsp;",
      "\ud800",
    ]
  ) {
    assertEquals(speak(piece), "", JSON.stringify(piece));
  }
});

test("control characters, unpaired surrogates and zero-width marks are gone", () => {
  assertSpoken([
    ["a\0b\u0007c", "abc"],
    ["a\ud83db\ude00c", "abc"],
    ["a\u200bb\ufeffc\u202ed\u2066e", "abcde"],
    ["a\tb", "a b"],
    ["\ufffdok\ue000", "ok"],
    ["e\u0301t\u00e9", "e\u0301t\u00e9"],
  ]);
});

test("of the code of an answer is said once, in its language, that it is on the screen", () => {
  assertEquals(spoken("Here it is:\n```js\na();\n```\nAnd more of it:\n```js\nb();\n```\nDone."), [
    "Here it is:",
    "The code is on the screen.",
    "And more of it:",
    "",
    "Done.",
  ]);
  assertEquals(spoken("代码如下：\n```py\nprint('你好')\n```\n完成了。"), [
    "代码如下：",
    "代码在屏幕上。",
    "完成了。",
  ]);
  assertEquals(spoken("```\nnever closed. Really"), ["The code is on the screen."]);
  assertEquals(
    spoken(`\`\`\`\n${"line of code;\n".repeat(1000)}\`\`\`\nDone.`).filter((words) => words !== ""),
    [
      "The code is on the screen.",
      "Done.",
    ],
  );
  assertEquals(spoken("```print(1)``` prints one."), ["print(1) prints one."]);
  const finnish = new SpokenText(["fi-FI"]);
  assertEquals([finnish.speak("```\na\n```\n"), finnish.speak("Valmis.")], ["", "Valmis."]);
});

test("thoughts that slip through are not spoken, over any number of pieces", () => {
  assertEquals(spoken("<think>I should. Be brief.\nAnd so on.</think>Hello there.").join(""), "Hello there.");
  const voice = new SpokenText(["en"]);
  assertEquals(["<think>One.", "Two.", "Three</think> Four.", "Five."].map((piece) => voice.speak(piece)), [
    "",
    "",
    "Four.",
    "Five.",
  ]);
  assertEquals(speak("thought of it</thinking>Hello."), "Hello.");
  assertEquals(speak("<think></think>Hello <thought>x</thought>you."), "Hello you.");
});

test("a piece goes on where the one before was cut", () => {
  const voice = new SpokenText(["en"]);
  assertEquals(["It is 5 ", "- 3 of them.\n", "- An item"].map((piece) => voice.speak(piece)), [
    "It is 5",
    "- 3 of them.",
    "An item",
  ]);
  assertEquals(["一句。", "！下一句", "，再一句"].map((piece) => new SpokenText(["zh"]).speak(piece)), [
    "一句。",
    "下一句",
    "再一句",
  ]);
});

test("whatever comes, what is spoken is one line of words without markup", () => {
  const parts = fc.constantFrom(
    "Hello",
    "你好",
    " ",
    "\n",
    "<",
    ">",
    "&",
    "lt;",
    "&lt;",
    "&amp;",
    "&#60;",
    "<b>",
    "</",
    "speak",
    "break",
    "/>",
    "[",
    "]",
    "(",
    ")",
    "**",
    "*",
    "_",
    "`",
    "```",
    "~~~",
    "#",
    "# ",
    "- ",
    "|",
    "---",
    "https://",
    "a.b",
    "/c",
    "😊",
    "👨‍👩‍👧",
    "🇨🇳",
    "\u200d",
    "\ufe0f",
    "\ud83d",
    "\ude00",
    "\0",
    "\u0007",
    "<think>",
    "</think>",
    "<!--",
    "-->",
    "<script>",
    "1",
    ".",
    "。",
    "!",
    "，",
    "\\",
    "=",
    '"',
    "'",
    "~",
    ":)",
    "(laughs)",
    "x",
    "amp;",
    "\u2028",
    "&#x1F600;",
    "&#8203;",
  );
  const texts = fc.oneof(
    fc.array(parts, { maxLength: 40 }).map((all) => all.join("")),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 4 }), (pieces) => {
      const voice = new SpokenText(["en", "zh-CN"]);
      for (const piece of pieces) {
        const words = voice.speak(piece);
        assert(words.isWellFormed() && words === words.trim(), JSON.stringify(words));
        assert(words === "" || /[\p{L}\p{N}]/u.test(words), JSON.stringify(words));
        assert(
          !/[<>\n\p{Cc}\u200b\u200e\ufeff\ufe0f\ufffd]|\p{Emoji_Presentation}|&[#\w]{1,10};/u.test(words),
          JSON.stringify(words),
        );
      }
    }),
    { numRuns: 5000 },
  );
});
