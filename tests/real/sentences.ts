/**
 * What Whisper base hears of the sentences that ship, in both languages: each that it gets wrong, and how many characters
 * or words are wrong. Homophones count, so a few always are. Exit code 1 above 10 %.
 *
 * `deno task hear-sentences`: fetches 145 MB and Whisper's Python packages the first time.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { converterTo } from "../../lib/asr/to_simplified.ts";
import { SENTENCE_LANGUAGES, sentenceFile, type SentenceLanguage, shippedTexts } from "../../lib/tts/mod.ts";
import { countWordErrors } from "../support/word_errors.ts";
import { CACHE_DIR } from "./cache.ts";
import { pythonFile, pythonWith } from "./python.ts";
import { readHeard, run } from "./run.ts";
import { whisperForCTranslate2 } from "./weights.ts";

const DIR = "lib/tts/sentences";
const HEARING_MS = 1_200_000;
const MOST_WRONG = 0.1;

const { signal } = new AbortController();
await Deno.mkdir(CACHE_DIR, { recursive: true });
const python = await pythonWith("wyoming.txt", signal);
const model = await whisperForCTranslate2(signal);
const simplified = converterTo();

for (const language of SENTENCE_LANGUAGES) {
  const { wrong, words, unit } = await hear(language);
  console.log(`${language}: ${wrong} of ${words} ${unit} wrong (${(100 * wrong / words).toFixed(1)} %)`);
  if (wrong / words > MOST_WRONG) Deno.exitCode = 1;
}

async function hear(language: SentenceLanguage) {
  const texts = shippedTexts(language);
  const files = texts.map((text) => sentenceFile(text, language));
  const command = [
    python,
    pythonFile("bare_whisper.py"),
    model,
    language,
    ...files.map((file) => `${DIR}/${file}`),
  ];
  const heard = readHeard(await run(command, { signal, deadlineMs: HEARING_MS }), texts.length)
    .map(({ text }) => simplified(text));
  const rows = texts.map((transcript, index) => ({ file: `${index}`, transcript, language, seconds: 1 }));
  const manifest = await Deno.makeTempFile({ suffix: ".json" });
  try {
    for (const [index, row] of rows.entries()) {
      await Deno.writeTextFile(manifest, JSON.stringify([row]));
      const { wrong } = await countWordErrors(manifest, lineOf(row.file, heard[index]), language);
      if (wrong > 0) console.log(`  ${wrong} wrong: ${row.transcript} | ${heard[index]}`);
    }
    await Deno.writeTextFile(manifest, JSON.stringify(rows));
    const lines = rows.map(({ file }, index) => lineOf(file, heard[index])).join("\n");
    const unit = language === "zh" ? "characters" : "words";
    return { ...await countWordErrors(manifest, lines, language), unit };
  } finally {
    await Deno.remove(manifest);
  }
}

function lineOf(file: string, text = ""): string {
  return JSON.stringify({ file, text });
}
