import { assert, assertEquals } from "@std/assert";
import { walkFiles } from "../../../.ci/compile/files.ts";
import { CATALOG } from "../../../lib/errors/mod.ts";
import { FIXED_SENTENCES, SENTENCE_LANGUAGES, sentenceFile, shippedTexts } from "../../../lib/tts/mod.ts";
import { test } from "../../support/test.ts";

const FILES = (await walkFiles("lib/tts/sentences")).filter((file) => file.endsWith(".opus"));

test("every sentence ships in every language, and nothing else: run `deno task sentences`", () => {
  const wanted = SENTENCE_LANGUAGES.flatMap((language) =>
    shippedTexts(language).map((text) => sentenceFile(text, language))
  );
  assertEquals(FILES, wanted.toSorted());
});

test("what ships is each fixed sentence, and what the catalog says to devices of any code", () => {
  for (const language of SENTENCE_LANGUAGES) {
    const texts = shippedTexts(language);
    const said = [...Object.values(FIXED_SENTENCES), ...Object.values(CATALOG).map(({ device }) => device)];
    for (const sentence of said) assert(texts.includes(sentence[language]), sentence[language]);
    assertEquals(texts.length, new Set(texts).size);
  }
});

test("all that ships is small", async () => {
  const sizes = await Promise.all(
    FILES.map(async (file) => (await Deno.stat(`lib/tts/sentences/${file}`)).size),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  assert(bytes < 1_000_000, `${bytes} bytes`);
});
