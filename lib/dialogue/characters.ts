/** Classes of characters that cutting and speaking share; each takes one code point. */

const SPACE = /^\s$/u;
const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;
const WORD = /^[\p{L}\p{N}\p{M}]$/u;
const CJK = /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]$/u;
const SENTENCE_END = /^\p{Sentence_Terminal}$/u;
const EMOJI = /^\p{Extended_Pictographic}$/u;
const NEWLINE = /^[\n\u2028\u2029]$/;
const LETTERS_OR_DIGITS = /[\p{L}\p{N}]/u;

/** Whether anything of the text can be spoken: a letter or a digit. */
export function hasWords(text: string): boolean {
  return LETTERS_OR_DIGITS.test(text);
}

/** White space of any kind, line ends too. */
export function isSpace(char: string): boolean {
  return SPACE.test(char);
}

/** What ends a line; `\r` alone does not. */
export function isNewline(char: string): boolean {
  return NEWLINE.test(char);
}

/** A letter of any script. */
export function isLetter(char: string): boolean {
  return LETTER.test(char);
}

/** A decimal digit of any script. */
export function isDigit(char: string): boolean {
  return DIGIT.test(char);
}

/** A part of a word or number. */
export function isWordPart(char: string): boolean {
  return WORD.test(char);
}

/** A letter of Chinese, Japanese or Korean. */
export function isCjk(char: string): boolean {
  return CJK.test(char) && LETTER.test(char);
}

/** What ends a sentence in any script; `…` and `；` are not among them. */
export function isSentenceTerminal(char: string): boolean {
  return SENTENCE_END.test(char);
}

/** An emoji, or a sign that can be one. */
export function isEmoji(char: string): boolean {
  return EMOJI.test(char);
}
