import { symbolsOfCode } from "./arpabet.ts";

/** A t here is the quick one of American English: "water", but not "button". */
const FLAPPED = /(?<=[AIOWYiuæɑɔəɛɪɹʊʌ])t(?=əɹ|ə(?!n)|i|ɪ(?!n)|O|ᵊl)/g;

/**
 * What the voice reads for a word of the dictionary: its symbols, with the weak vowels that it was trained on. `word` is
 * in small letters: its endings say where a vowel is weak.
 */
export function wordSounds(code: string, word: string): string {
  let sounds = symbolsOfCode(code);
  if (/^un/.test(word)) sounds = sounds.replace(/^ən/, "ˌʌn");
  if (/ed$/.test(word)) sounds = sounds.replace(/(?<=[td])[ɪə]d$/, "ᵻd");
  if (/s$/.test(word)) sounds = sounds.replace(/(?<=[szʃʒʧʤ])[ɪə]z$/, "ᵻz");
  return sounds
    // Of several primary stresses the last one counts.
    .replaceAll(/ˈ(?=.*ˈ)/g, "ˌ")
    .replace(/ˌi$/, "i")
    // These vowels are the same before an r: near and here, poor and tour, carry and care.
    .replaceAll(/(?<=[ˈˌ])iɹ/g, "ɪɹ")
    .replaceAll(/(?<=[ˈˌ])uɹ/g, "ʊɹ")
    .replaceAll(/æɹ(?=[AIOWYiuæɑɔəɛɪʊʌ])/g, "ɛɹ")
    // The l or n is a syllable by itself.
    .replaceAll(/(?<=[bdfɡkpstvzʃʒʧʤθðmn])əl(?![AIOWYiuæɑɔəɛɪʊʌˈˌ])/g, "ᵊl")
    .replaceAll(/(?<=[tdsz])ən(?![AIOWYiuæɑɔəɛɪʊʌˈˌ])/g, "ᵊn")
    .replaceAll(FLAPPED, "T");
}

/** The end of a word in -s, as it sounds after these sounds. */
export function withS(sounds: string): string {
  if (/[szʃʒʧʤ]$/.test(sounds)) return `${sounds}ᵻz`;
  return sounds + (/[ptkfθ]$/.test(sounds) ? "s" : "z");
}

/** The end of a word in -ed, as it sounds after these sounds. */
export function withEd(sounds: string): string {
  if (/[td]$/.test(sounds)) return `${sounds}ᵻd`.replaceAll(/(?<=[AIOWYiuæɑɔəɛɪɹʊʌ])t(?=ᵻ)/g, "T");
  return sounds + (/[pkfθsʃʧ]$/.test(sounds) ? "t" : "d");
}
