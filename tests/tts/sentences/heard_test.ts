import { assert, assertLessOrEqual } from "@std/assert";
import { readSound } from "../../../lib/audio/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { sentenceFile, shippedTexts } from "../../../lib/tts/mod.ts";
import { weightsMissing } from "../../support/models.ts";
import { openWarmEngine } from "../../support/real_engine.ts";
import { test } from "../../support/test.ts";
import { wordErrors } from "../../support/word_errors.ts";

/** Of all words, */
const MOST_WRONG = 0.1;
/** and of those of one sentence: none is to be so bad that nobody understands it. */
const MOST_WRONG_IN_ONE = 0.5;

test("our own recognizer understands the English sentences that ship", async () => {
  await using scope = new Scope("heard sentences");
  const engine = await openWarmEngine(scope);
  let [wrong, words] = [0, 0];
  const wrongly: string[] = [];
  for (const text of shippedTexts("en")) {
    const file = await Deno.open(`lib/tts/sentences/${sentenceFile(text, "en")}`);
    const pieces = await Array.fromAsync(readSound(file.readable));
    const { text: heard } = await engine.recognize(Int16Array.from(pieces.flatMap((piece) => [...piece])));
    const errors = wordErrors(text, heard);
    const said = text.split(" ").length;
    if (errors > 0) wrongly.push(`${errors}/${said} ${text} | ${heard}`);
    assertLessOrEqual(errors / said, MOST_WRONG_IN_ONE, `${text} was heard as: ${heard}`);
    wrong += errors;
    words += said;
  }
  assert(words > 0);
  assertLessOrEqual(wrong / words, MOST_WRONG, wrongly.join("\n"));
}, { ignore: weightsMissing });
