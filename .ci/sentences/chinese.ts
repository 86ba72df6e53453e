// Not in the import map, whose packages everybody downloads who runs a task.
// deno-lint-ignore no-import-prefix
import { pinyin } from "npm:pinyin-pro@3.29.4";
import { syllablePhonemes } from "./pinyin_ipa.ts";

const SEGMENTER = new Intl.Segmenter("zh", { granularity: "word" });
/** Words that the segmenter takes apart, or joins with others. */
const WORDS = ["一会儿", "有点", "屏幕上", "读不出来", "一分钟", "音频", "过快"];
const MARKS: Readonly<Record<string, string>> = { "，": ", ", "。": ".", "？": "?", "！": "!" };

/** The phonemes of a Chinese sentence, as Kokoro was trained with them: words with a space between. Throws for digits. */
export function chinesePhonemes(text: string): string {
  const syllables = pinyin(text, { toneType: "num", type: "array" });
  if (syllables.length !== [...text].length) {
    throw new Error(`Cannot speak "${text}": write it in characters`);
  }
  let at = 0;
  let phonemes = "";
  for (const word of wordsOf(text)) {
    const mark = MARKS[word];
    const spoken = syllables.slice(at, at += [...word].length);
    if (mark !== undefined) phonemes = phonemes.trimEnd() + mark;
    else phonemes += `${spoken.map(syllablePhonemes).join("")} `;
  }
  return phonemes.trimEnd();
}

function wordsOf(text: string): readonly string[] {
  return text.split(new RegExp(`(${WORDS.join("|")})`)).flatMap((part) =>
    WORDS.includes(part) ? [part] : [...SEGMENTER.segment(part)].map(({ segment }) => segment)
  );
}
