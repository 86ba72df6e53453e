import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { PartReader } from "../../../lib/tts/part_reader.ts";
import { wholeSentences } from "../../../lib/tts/streamed/whole_sentences.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";
import { WrittenText } from "../../support/written_text.ts";

const { signal: NEVER } = new AbortController();

async function sentencesOf(parts: readonly string[], maxChars = 100): Promise<readonly string[]> {
  const text = new WrittenText();
  text.write(...parts);
  text.end();
  using read = new PartReader(text);
  return await Array.fromAsync(wholeSentences(read, { maxChars, signal: NEVER }));
}

test("each sentence comes as soon as it is whole, however the text is cut", async () => {
  const text = new WrittenText();
  using parts = new PartReader(text);
  const sentences = wholeSentences(parts, { begun: "The first", maxChars: 100, signal: NEVER });
  const first = sentences.next();
  text.write(" of them is", " here. And");
  assertEquals((await first).value, "The first of them is here.");
  const second = sentences.next();
  text.write(" so is", " the 2.5th of them!", " ");
  assertEquals((await second).value, "And so is the 2.5th of them!");
  const last = sentences.next();
  text.write("Rest");
  text.end();
  assertEquals([(await last).value, (await sentences.next()).done], ["Rest", true]);
});

test("Chinese needs no space, short words are no sentence, and what says nothing is none", async () => {
  assertEquals(await sentencesOf(["你好。", "我是", "谁？“你", "猜。”"]), ["你好。", "我是谁？", "“你猜。”"]);
  assertEquals(await sentencesOf(["Dr. Smith went home. ", "Yes. ", "No."]), [
    "Dr. Smith went home.",
    "Yes. No.",
  ]);
  assertEquals(await sentencesOf(["... ", "!! ", "— "]), []);
  assertEquals(await sentencesOf([]), []);
});

test("a sentence without end is cut where a service would", async () => {
  const long = await sentencesOf(Array.from({ length: 30 }, (_, index) => `word${index} `), 40);
  assert(long.length > 3 && long.every(({ length }) => length <= 40), JSON.stringify(long));
  assertEquals(long.join(" "), Array.from({ length: 30 }, (_, index) => `word${index}`).join(" "));
});

test("whatever the text and its parts, no letter is lost, and no sentence is too long", async () => {
  const piece = fc.constantFrom(
    "a",
    "Hello ",
    ". ",
    "。",
    "你",
    "3.",
    "!",
    "  ",
    "“",
    "”",
    "word",
    "\ud83d\ude42",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(piece, { maxLength: 8 }), { maxLength: 12 }), async (parts) => {
      const written = parts.map((part) => part.join(""));
      const sentences = await sentencesOf(written, 16);
      const letters = (text: string) => text.replaceAll(/[^\p{L}\p{N}]/gu, "");
      assertEquals(letters(sentences.join("")), letters(written.join("")));
      assert(sentences.every(({ length }) => length <= 16));
    }),
  );
});

test("an abort ends the wait for the rest of a sentence", async () => {
  const text = new WrittenText();
  const life = new AbortController();
  using parts = new PartReader(text);
  const sentences = wholeSentences(parts, { begun: "Half a", maxChars: 100, signal: life.signal });
  const waiting = assertRejects(() => sentences.next(), EarshotError);
  await until(() => text.awaited, "the text is read");
  life.abort();
  assertEquals((await waiting).code, "canceled");
});
