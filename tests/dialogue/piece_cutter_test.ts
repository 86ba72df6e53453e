import { assert, assertEquals } from "@std/assert";
import { PieceCutter } from "../../lib/dialogue/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import fc from "../support/fast_check.ts";
import { test } from "../support/test.ts";
import { CUT_TABLE } from "./support/cut_table.ts";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const sentences = new Intl.Segmenter("en", { granularity: "sentence" });

function cut(deltas: Iterable<string>, cutter = new PieceCutter({ clock: new FakeClock() })): string[] {
  const pieces: string[] = [];
  for (const delta of deltas) pieces.push(...cutter.push(delta));
  return [...pieces, ...cutter.flush()];
}

/** The text in UTF-16 units, so that pairs of surrogates are torn. */
const units = (text: string) => text.split("");

/** What models write, and what breaks cutters. */
const fragments = fc.constantFrom(
  "Hello",
  " ",
  "  ",
  ".",
  ". ",
  "!",
  "?",
  "! ",
  "...",
  "…",
  "……",
  ",",
  ", ",
  ":",
  "\n",
  "\n\n",
  "\r\n",
  "。",
  "？",
  "！",
  "；",
  "，",
  "、",
  "：",
  "你好",
  "今天天气",
  "的",
  "Dr.",
  "e.g.",
  "1.",
  "3.14",
  "1,299",
  "3:30",
  "U.S.",
  "**",
  "*",
  "_",
  "`",
  "```",
  "```js\n",
  "\n```\n",
  "~~~",
  "[",
  "](",
  ")",
  "]",
  "(",
  "（",
  "）",
  "“",
  "”",
  '"',
  "「",
  "」",
  "https://a.b/c?d=1",
  "www.x.org",
  "<b>",
  "</b>",
  "<",
  ">",
  "[happy]",
  "😊",
  "👨‍👩‍👧",
  "🇨🇳",
  "👍🏽",
  "e\u0301",
  "नमस्ते।",
  "สวัสดี",
  "مرحبا؟",
  "\ud83d",
  "\ude00",
  "\u200d",
  "\ufe0f",
  "|",
  "| a | b |",
  "# ",
  "- ",
  "\t",
  "\u2028",
  "supercalifragilistic",
  "word word word word",
  "12",
  "No. 5",
);
const texts = fc.oneof(
  fc.array(fragments, { maxLength: 80 }).map((parts) => parts.join("")),
  fc.array(fc.constantFrom(...CUT_TABLE.map((pieces) => pieces.join(""))), { maxLength: 5 }).map((parts) =>
    parts.join(" ")
  ),
  fc.string({ unit: "binary", maxLength: 300 }),
);

test("sentences of many kinds are cut where a speaker would breathe", () => {
  assert(CUT_TABLE.length >= 100);
  for (const pieces of CUT_TABLE) assertEquals(cut([pieces.join("")]), pieces);
});

test("the same sentences are cut alike when they come in single UTF-16 units", () => {
  for (const pieces of CUT_TABLE) assertEquals(cut(units(pieces.join(""))), pieces);
});

test("the pieces joined are the text, and do not depend on how it was split", () => {
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      (text, lengths) => {
        const whole = cut([text]);
        assertEquals(whole.join(""), text);
        assertEquals(cut(units(text)), whole);
        const deltas: string[] = [];
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1;
          deltas.push(text.slice(at, at + length));
          at += length;
        }
        assertEquals(cut(deltas), whole);
        assert(whole.every((piece) => piece !== ""));
      },
    ),
    { numRuns: 2000 },
  );
});

test("with pauses anywhere the pieces joined are still the text", () => {
  fc.assert(
    fc.property(texts, fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), (text, pauses) => {
      const cutter = new PieceCutter({ clock: new FakeClock(), waitMs: 300 });
      const pieces: string[] = [];
      units(text).forEach((unit, index) => {
        pieces.push(...cutter.push(unit));
        if (pauses[index % pauses.length]) pieces.push(...cutter.expired(300));
      });
      assertEquals([...pieces, ...cutter.flush()].join(""), text);
    }),
    { numRuns: 500 },
  );
});

test("no piece is cut within a surrogate pair or a grapheme cluster, but for clusters of 1,000 units", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 1000 }), (text) => {
      let at = 0;
      const starts = new Set([...graphemes.segment(text)].map(({ index }) => index));
      for (const piece of cut([text]).slice(0, -1)) {
        at += piece.length;
        assert(starts.has(at), JSON.stringify(text.slice(at - 5, at + 5)));
      }
    }),
    { numRuns: 300 },
  );
  const family = "👨‍👩‍👧‍👦";
  for (const piece of cut([family.repeat(200)])) assertEquals(piece.length % family.length, 0);
});

test("a piece that ends at a Latin sentence ends where the segmenter of the whole text sees an end", () => {
  // Emphasis hides ends from the segmenter, and what stands in another script ends sentences of its own.
  const english = CUT_TABLE.map((pieces) => pieces.join("")).filter((text) =>
    /^[\x20-\x7e]*$/.test(text) && !/[*_`~<|]/.test(text)
  );
  let boundaries = 0;
  for (const text of english) {
    const ends = new Set([...sentences.segment(text)].map(({ index }) => index));
    let at = 0;
    for (const piece of cut(units(text)).slice(0, -1)) {
      at += piece.length;
      if (!/[.!?]["')\]]*\s*$/.test(piece)) continue;
      boundaries++;
      assert(ends.has(at), `${piece}| of ${text}`);
    }
  }
  assert(boundaries >= 30, `${boundaries}`);
});

test("nothing that was given out is taken back when more comes", () => {
  // What came up to any place is a beginning of what comes of the whole.
  for (const pieces of CUT_TABLE) {
    const text = pieces.join("");
    for (let at = 0; at <= text.length; at++) {
      const early = new PieceCutter({ clock: new FakeClock() }).push(text.slice(0, at));
      assertEquals(early, pieces.slice(0, early.length));
    }
  }
});

test("the first piece is there as early as can be", () => {
  const early: [text: string, pieces: string[]][] = [
    ["你好。", ["你好。"]],
    ["你好！", ["你好！"]],
    ["当然可以，", []],
    ["当然可以的，", ["当然可以的，"]],
    ["好的\n", ["好的\n"]],
    ["Hello.", []],
    ["Hello. I", ["Hello. "]],
    ["Of course, let me, ", []],
    ["Of course, let me, s", ["Of course, let me, "]],
    ["嗯……", ["嗯……"]],
    ["嗯…", []],
    ["他说：“好。", []],
    ["他说：“好。”他", ["他说：“好。”"]],
  ];
  for (const [text, pieces] of early) assertEquals(new PieceCutter().push(text), pieces, text);
});

test("a full stop that nothing follows for 300 ms is an end", async () => {
  const clock = new FakeClock();
  const cutter = new PieceCutter({ clock });
  assertEquals(cutter.push("It is done."), []);
  assertEquals(cutter.dueMs, 300);
  await clock.advance(299);
  assertEquals(cutter.expired(), []);
  await clock.advance(1);
  assertEquals(cutter.expired(), ["It is done."]);
  assertEquals([cutter.dueMs, cutter.expired(), cutter.flush()], [undefined, [], []]);
});

test("what comes in between starts the wait anew, and an empty delta does not", async () => {
  const clock = new FakeClock();
  const cutter = new PieceCutter({ clock, waitMs: 100 });
  cutter.push("It is done.");
  await clock.advance(80);
  cutter.push(" ");
  assertEquals(cutter.dueMs, 180);
  await clock.advance(50);
  cutter.push("");
  assertEquals(cutter.dueMs, 180);
  await clock.advance(50);
  assertEquals(cutter.expired(), ["It is done. "]);
});

test("a pause ends nothing behind an abbreviation, within a number, in markup or code, or in half a sentence", () => {
  const open = [
    "Ask Dr.",
    "It costs 3.",
    "1.",
    "See e.g.",
    "in the U.S.",
    "on Jan.",
    "**Bold. And.",
    "Look (here.",
    "Hello there",
    "Hello, ",
    "`a.",
    "```\na.",
    "[happy.",
    "see https://example.com/a.b",
    "See https://example.",
    "😊",
    "J.",
  ];
  for (const text of open) {
    const cutter = new PieceCutter({ clock: new FakeClock() });
    assertEquals([cutter.push(text), cutter.dueMs, cutter.expired(1e6)], [[], undefined, []], text);
  }
  const ended = [
    "No.",
    "Really?",
    "Done!",
    'She said "yes."',
    "他说：“好。”",
    "嗯…",
  ];
  for (const text of ended) {
    const cutter = new PieceCutter({ clock: new FakeClock() });
    assertEquals([cutter.push(text), cutter.expired(300)], [[], [text]], text);
  }
});

test("100,000 characters without a full stop, and 20,000 of anything, come in pieces with a bound", () => {
  const shapes = [
    "word ",
    "啊",
    "a",
    ",",
    " ",
    "**",
    "[",
    "(",
    "*a ",
    "_a",
    "`a",
    "<a ",
    "a.b",
    ". a",
    "1.",
    "1,",
    "你好，",
    "!",
    "。",
    "“",
    "|a",
    "\ud83d",
    "https://",
    "```",
    "~",
    "\u0301",
    "😊",
    "\n",
    "...",
    "Dr. ",
    "e.g. A",
    "![",
    "](",
    "\u200d",
    "🇨🇳",
    "a. 5 ",
  ];
  for (const shape of shapes) {
    const length = ["word ", "啊", "a", "[", "**"].includes(shape) ? 100_000 : 20_000;
    const text = shape.repeat(Math.ceil(length / shape.length));
    const pieces = cut([text]);
    assertEquals(pieces.join(""), text);
    const most = shape === "```" || shape === "~"
      ? 4500
      : shape === "https://" || /[\u0301\u200d]/.test(shape)
      ? 1100
      : 250;
    const longest = Math.max(...pieces.map(({ length }) => length));
    assert(longest <= most, `${JSON.stringify(shape)}: ${longest}`);
  }
});

test("work grows with the text and not with its square", () => {
  // Counted in calls of the segmenters, since a clock would tell of the machine.
  const counted = (text: string): number => {
    const real = Intl.Segmenter.prototype.segment;
    let units = 0;
    Intl.Segmenter.prototype.segment = function (input: string) {
      units += input.length;
      return real.call(this, input);
    };
    try {
      cut([text]);
    } finally {
      Intl.Segmenter.prototype.segment = real;
    }
    return units;
  };
  for (const shape of ["word ", "啊", "a.b", ". A", "? A", "\u0301", "[a. B", "**A. B ", "Dr. A "]) {
    const [short, long] = [2_000, 20_000].map((length) => counted(shape.repeat(length / shape.length))) as [
      number,
      number,
    ];
    assert(long <= 12 * short + 10_000, `${JSON.stringify(shape)}: ${short} and ${long}`);
  }
});

test("a long sentence is cut at its last comma, else at a space, else between characters", () => {
  const english = `${"word ".repeat(14)}word, ${"word ".repeat(30)}`;
  assertEquals(cut([english])[0], `${"word ".repeat(14)}word, `);
  assertEquals(cut(["word ".repeat(60)])[0], "word ".repeat(24));
  assertEquals(cut(["啊".repeat(300)]).map(({ length }) => length), [120, 120, 60]);
  assertEquals(
    cut(["今天天气很好你好吗".repeat(4) + "，然后我们一起去公园散步".repeat(9)]).slice(0, 2).map((piece) =>
      piece.at(-1)
    ),
    ["，", "，"],
  );
});

test("a block of code is one piece, whatever is in it", () => {
  const block = "```python\nprint('a. b')\n\nif x: # Hello. World\n    pass。\n```\n";
  assertEquals(cut(["Here:\n", block, "Done now."]), ["Here:\n", block, "Done now."]);
  assertEquals(cut([`Here:\n${block}Done now.`]), ["Here:\n", block, "Done now."]);
  assertEquals(cut([block.replaceAll("\n", "\r\n")]), [block.replaceAll("\n", "\r\n")]);
  const tildes = "~~~~\n~~~\n```\na. B\n~~~~\n";
  assertEquals(cut([tildes + "End."]), [tildes, "End."]);
  const open = "```\nnever. closed";
  assertEquals(cut(["One thing. ", open].join("\n")), cut(["One thing. \n", open]));
  assertEquals(cut([open]), [open]);
  assertEquals(cut(["```one. Two``` is code. Next one."]), ["```one. Two``` is code. ", "Next one."]);
  const long = `\`\`\`\n${"line of code;\n".repeat(1000)}\`\`\`\n`;
  const pieces = cut([long]);
  assertEquals(pieces.join(""), long);
  assert(pieces.length === 4 && pieces.every((piece) => piece.length <= 4100 && piece.endsWith("\n")));
});

test("after the end of a text the next one begins anew", () => {
  const cutter = new PieceCutter({ clock: new FakeClock() });
  for (let turn = 0; turn < 3; turn++) {
    assertEquals(cut(["当然可以的，我来看看“"], cutter), ["当然可以的，", "我来看看“"]);
    assertEquals(cut(["```\nopen"], cutter), ["```\nopen"]);
  }
});
