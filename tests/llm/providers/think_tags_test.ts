import { assertEquals } from "@std/assert";
import { ThinkTags } from "../../../lib/llm/providers/think_tags.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

function read(pieces: readonly string[], { openingMissing = false, whole = true } = {}): string {
  const tags = new ThinkTags({ openingMissing });
  return pieces.map((piece) => tags.push(piece)).join("") + tags.end({ whole });
}

/** Each text with what is said of it. */
const TEXTS: readonly (readonly [text: string, said: string])[] = [
  ["Hello.", "Hello."],
  ["\n\n Hello. ", "Hello. "],
  ["<think>Hm.</think>\n\nHello.", "Hello."],
  ["<thinking>a < b</thinking>Hello.", "Hello."],
  ["<thought>Hm.</thought> Hello.", "Hello."],
  ["<THINK>Hm.</Think>Hello.", "Hello."],
  ["<think></think>", ""],
  ["<think>never closed", ""],
  ["One. <think>Hm.</think>Two.", "One. Two."],
  ["One.<think>Hm.</think> Two.<think>Hm.</think> Three.", "One. Two. Three."],
  ["Hm.</think>Hello.", "Hm.Hello."],
  ["<|begin_of_box|>42<|end_of_box|>.", "42."],
  ["1 < 2 <b>and</b> <thin", "1 < 2 <b>and</b> <thin"],
  ["<<think>x</think>y", "<y"],
  ["<", "<"],
  ["", ""],
];

test("ThinkTags takes thoughts out, and a tail that only looked like a tag stays", () => {
  for (const [text, said] of TEXTS) assertEquals(read([text]), said, text);
});

test("ThinkTags: cut anywhere, it is the same", () => {
  for (const [text, said] of TEXTS) {
    assertEquals(read([...text]), said, `${text} by characters`);
    for (let at = 0; at < text.length; at++) {
      assertEquals(read([text.slice(0, at), text.slice(at)]), said, `${text} cut at ${at}`);
    }
  }
  const parts = fc.array(
    fc.constantFrom("<think>", "</think>", "<thought>", "<", "a", " ", "<|end_of_box|>", "</"),
  );
  fc.assert(fc.property(parts, fc.boolean(), fc.boolean(), (given, openingMissing, whole) => {
    const text = given.join("");
    assertEquals(read([...text], { openingMissing, whole }), read([text], { openingMissing, whole }));
  }));
});

test("ThinkTags: without the opening tag, all is held up to the closing one", () => {
  const openingMissing = true;
  const tags = new ThinkTags({ openingMissing });
  assertEquals(tags.push("Let me see. <b>1"), "");
  assertEquals(tags.push("</thi"), "");
  assertEquals(tags.push("nk>\nHello"), "Hello");
  assertEquals(tags.push(" <think>x</think>there"), " there");
  assertEquals(read(["<think>Hm.</think>Hello."], { openingMissing }), "Hello.");
});

test("ThinkTags: without any tag, an answer that came to its end is one, and what was cut is a thought", () => {
  assertEquals(read(["Hel", "lo."], { openingMissing: true }), "Hello.");
  assertEquals(read(["Hel", "lo."], { openingMissing: true, whole: false }), "");
  assertEquals(read(["<think>Hello."], { openingMissing: true }), "");
});

test("ThinkTags holds no more than an answer can be", () => {
  const tags = new ThinkTags({ openingMissing: true });
  for (let time = 0; time < 100; time++) tags.push("x".repeat(10_000));
  assertEquals(tags.end({ whole: true }).length < 100_000, true);
});
