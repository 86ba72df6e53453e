/**
 * Makes the sound of the sentences that ship: what is missing is spoken by Kokoro and written to `lib/tts/sentences/`,
 * what nobody says any more is removed. CONTRIBUTING.md says when.
 *
 *     deno task sentences [--all | --list]
 *
 * `--all` makes every one anew, `--list` tells which file says what and makes nothing.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { OggOpusMuxer, OpusEncoder } from "../lib/audio/mod.ts";
import {
  SENTENCE_FRAME_MS,
  SENTENCE_LANGUAGES,
  SENTENCE_RATE_HZ,
  sentenceFile,
  type SentenceLanguage,
  shippedTexts,
} from "../lib/tts/mod.ts";
import { walkFiles } from "./compile/files.ts";
import { chinesePhonemes } from "./sentences/chinese.ts";
import { englishPhonemes } from "./sentences/english.ts";
import { Kokoro, KOKORO_RATE_HZ } from "./sentences/kokoro.ts";
import { trimAndLevel } from "./sentences/level.ts";
import { loadParts, type Parts, type VoiceName } from "./sentences/parts.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SENTENCES_DIR = `${ROOT}lib/tts/sentences`;
const PARTS_DIR = `${ROOT}data/sentences`;
const VOICES: Readonly<Record<SentenceLanguage, VoiceName>> = { en: "af_heart", zh: "zf_xiaoxiao" };
/** As good as it gets: it is made once. */
const ENCODER = { sampleRateHz: SENTENCE_RATE_HZ, bitrateBps: 24_000, complexity: 10 };
/** All of a sentence on few pages. */
const PAGE_MS = 1_000;

interface ShippedFile {
  readonly text: string;
  readonly language: SentenceLanguage;
  /** From {@linkcode SENTENCES_DIR}. */
  readonly file: string;
}

const { values: { all, list } } = parseArgs({
  options: { all: { type: "boolean", default: false }, list: { type: "boolean", default: false } },
});
const wanted: readonly ShippedFile[] = SENTENCE_LANGUAGES.flatMap((language) =>
  shippedTexts(language).map((text) => ({ text, language, file: sentenceFile(text, language) }))
);
if (list) { for (const { file, text } of wanted) console.log(`${file}  ${text}`); }
else await makeSentences();

async function makeSentences(): Promise<void> {
  const there = (await walkFiles(SENTENCES_DIR)).filter((file) => file.endsWith(".opus"));
  const gone = there.filter((file) => wanted.every((sentence) => sentence.file !== file));
  for (const file of gone) await Deno.remove(`${SENTENCES_DIR}/${file}`);
  const missing = wanted.filter(({ file }) => all || !there.includes(file));
  if (missing.length > 0) await speakAll(missing);
  console.log(`${wanted.length} sentences: ${missing.length} made, ${gone.length} removed`);
}

async function speakAll(sentences: readonly ShippedFile[]): Promise<void> {
  const parts = await loadParts(PARTS_DIR);
  const kokoro = await Kokoro.load(parts);
  for (const { text, language, file } of sentences) {
    const phonemes = phonemesOf(text, language, parts);
    const sound = await kokoro.speak(phonemes, VOICES[language]);
    const bytes = oggOpus(trimAndLevel(sound, KOKORO_RATE_HZ));
    await Deno.mkdir(`${SENTENCES_DIR}/${language}`, { recursive: true });
    await Deno.writeFile(`${SENTENCES_DIR}/${file}`, bytes);
    console.log(`${file}  ${text}  ${phonemes}`);
  }
}

/** A sentence without a mark at its end is spoken as if it had a full stop. */
function phonemesOf(text: string, language: SentenceLanguage, { dictionary }: Parts): string {
  const spoken = /[.?!。？！]$/.test(text) ? text : `${text}${language === "zh" ? "。" : "."}`;
  return language === "zh" ? chinesePhonemes(spoken) : englishPhonemes(spoken, dictionary);
}

function oggOpus(pcm: Int16Array): Uint8Array<ArrayBuffer> {
  const encoder = new OpusEncoder(ENCODER);
  try {
    const muxer = new OggOpusMuxer({ pageMs: PAGE_MS });
    const pages: Uint8Array[] = [muxer.head(SENTENCE_RATE_HZ)];
    const frame = new Int16Array(SENTENCE_RATE_HZ * SENTENCE_FRAME_MS / 1_000);
    for (let at = 0; at < pcm.length; at += frame.length) {
      frame.fill(0);
      frame.set(pcm.subarray(at, at + frame.length));
      const page = muxer.push(encoder.encode(frame), SENTENCE_FRAME_MS);
      if (page !== undefined) pages.push(page);
    }
    pages.push(muxer.end());
    const bytes = new Uint8Array(pages.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const page of pages) {
      bytes.set(page, at);
      at += page.length;
    }
    return bytes;
  } finally {
    encoder.close();
  }
}
