/** What stands between brackets of any width, none of them within. */
const BRACKETED = /[[(（［【〔]([^[\](（）)［］【】〔〕]*)[\])）］】〕]/gu;
/** A bracket that is never closed, and what follows; a partial text may end so, and a final one that was cut. */
const UNCLOSED = /[[(（［【〔]([^[\](（）)［］【】〔〕]*)$/u;
/** Song between notes, or from a note to the end. */
const SUNG = /[♩♪♫♬🎵🎶][^♩♪♫♬🎵🎶]*(?:[♩♪♫♬🎵🎶]|$)/gu;
/** What stands between stars as a stage direction does, and is as short; 2*3*4 does not. */
const STARRED = /(?<![\p{L}\p{N}*])\*(?=\p{L})[^*\n]{1,80}(?<!\s)\*(?![\p{L}\p{N}*])/gu;
/** How deep brackets may stand within brackets. */
const MAX_DEPTH = 4;

/**
 * Drops what a speech model writes of sounds that are no words: `[Bell]`, `(music)`, `( 字幕… )`, `♪ la la ♪`. Nobody speaks
 * brackets, so with such a model they hold noise; but digits stay, as in `(415) 555`, and what is tied to a word, as in
 * `file(s)`. A text that holds nothing else is `""`; one without such marks stays as it is.
 */
export function dropNoiseMarks(text: string): string {
  let left = text.replace(SUNG, " ").replace(STARRED, " ");
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const before = left;
    left = left.replace(BRACKETED, dropped);
    if (left === before) break;
  }
  left = left.replace(UNCLOSED, dropped);
  return left === text ? text : tidied(left);
}

/** A space where it was noise, otherwise the bracket as it is. */
function dropped(whole: string, content: string, at: number, all: string): string {
  const tied = whole.startsWith("(") && /[\p{Script=Latin}\p{N}]$/u.test(all.slice(Math.max(0, at - 2), at));
  const isNumber = /\p{N}/u.test(content) && !/\p{L}/u.test(content);
  return tied || isNumber ? whole : " ";
}

/** What is left, without the gaps; without any word it is nothing. */
function tidied(text: string): string {
  if (!/[\p{L}\p{N}]/u.test(text)) return "";
  return text
    .replace(/\s+/gu, " ")
    .replace(/^[ ,.;:!?，。；：！？、…–-]+/u, "")
    .replace(/ (?=[,.;:!?，。；：！？、…])/gu, "")
    .replace(/(?<=[\p{Script=Han}，。；：！？、]) (?=\p{Script=Han})/gu, "")
    .trim();
}
