/**
 * Pinyin as the phonemes that Kokoro was trained with. The table is that of misaki (Apache-2.0), which has it from
 * pinyin-to-ipa by Stefan Taubert (MIT).
 *
 * @module
 */

const INITIALS: Readonly<Record<string, string>> = {
  b: "p",
  c: "ʦʰ",
  ch: "ꭧʰ",
  d: "t",
  f: "f",
  g: "k",
  h: "x",
  j: "ʨ",
  k: "kʰ",
  l: "l",
  m: "m",
  n: "n",
  p: "pʰ",
  q: "ʨʰ",
  r: "ɻ",
  s: "s",
  sh: "ʂ",
  t: "tʰ",
  x: "ɕ",
  z: "ʦ",
  zh: "ꭧ",
};

/** `0` is where the tone goes. */
const FINALS: Readonly<Record<string, string>> = {
  a: "a0",
  ai: "ai0",
  an: "a0n",
  ang: "a0ŋ",
  ao: "au0",
  e: "ɤ0",
  ei: "ei0",
  en: "ə0n",
  eng: "ə0ŋ",
  i: "i0",
  ia: "ja0",
  ian: "jɛ0n",
  iang: "ja0ŋ",
  iao: "jau0",
  ie: "je0",
  in: "i0n",
  iou: "jou0",
  ing: "i0ŋ",
  iong: "jʊ0ŋ",
  ong: "ʊ0ŋ",
  ou: "ou0",
  u: "u0",
  uei: "wei0",
  ua: "wa0",
  uai: "wai0",
  uan: "wa0n",
  uen: "wə0n",
  uang: "wa0ŋ",
  ueng: "wə0ŋ",
  uo: "wo0",
  o: "wo0",
  ü: "y0",
  üe: "ɥe0",
  üan: "ɥɛ0n",
  ün: "y0n",
};

/** Tones 1 to 4; the neutral one has no mark. */
const TONES: Readonly<Record<string, string>> = { "1": "→", "2": "↗", "3": "↓", "4": "↘", "0": "" };

/** The phonemes of a syllable such as `zhong1`; the neutral tone is 0. Throws for what is no syllable. */
export function syllablePhonemes(pinyin: string): string {
  const [, syllable = "", toneNumber = ""] = /^([a-zü]+)([0-4])$/.exec(pinyin) ?? [];
  const tone = TONES[toneNumber];
  if (tone === undefined) throw new Error(`Cannot speak "${pinyin}": it is no syllable with its tone`);
  if (syllable === "er") return `ɚ${tone}`;
  const [, initial = "", rest = ""] = /^(zh|ch|sh|[bcdfghjklmnpqrstxz]?)(.+)$/.exec(fullSpelling(syllable)) ??
    [];
  // The vowel of zi, ci, si, zhi, chi, shi and ri is one of its own.
  const final = rest === "i" && /^(zh?|ch?|sh?|r)$/.test(initial) ? "ɨ0" : FINALS[rest];
  const begins = initial === "" ? "" : INITIALS[initial];
  if (final === undefined || begins === undefined) {
    throw new Error(`Cannot speak "${pinyin}": it is no syllable`);
  }
  return begins + final.replace("0", tone);
}

/** What pinyin leaves out: y and w, the dots of ü, and the middle of iou, uei and uen. */
function fullSpelling(syllable: string): string {
  return syllable
    .replace(/^yu/, "ü")
    .replace(/^yi/, "i")
    .replace(/^y/, "i")
    .replace(/^wu/, "u")
    .replace(/^w/, "u")
    .replace(/^([jqx])u/, "$1ü")
    .replace(/iu$/, "iou")
    .replace(/ui$/, "uei")
    .replace(/un$/, "uen");
}
