import { isSpeakable } from "./clean_text.ts";
import { splitText } from "./split_text.ts";

/** A sentence that is shorter waits for the next one: it may be no end, as after "Dr." */
const MIN_CHARS = 12;
/** Where sentences end, as far as the text has come. */
const ENDS = /[.!?…]["'”’)\]]*\s+|[。！？；]["'”’」』）]*/gu;
/** What a text ends with that ends a sentence, as far as can be told before more has come. */
const END = /[.!?…。！？]["'”’)\]」』）]*\s*$/u;

/** Whether a text ends where a sentence does; it may go on all the same, as after "Dr." */
export function endsSentence(text: string): boolean {
  return END.test(text);
}

/**
 * What of a text that is being written can be spoken by itself: its sentences that are whole, and of one that is longer
 * than `maxChars` as much as fits. Empty where nothing can be yet.
 */
export function wholeSentences(text: string, maxChars: number): string {
  let length = 0;
  for (const { 0: found, index } of text.matchAll(ENDS)) {
    const end = index + found.length;
    const isSure = end >= MIN_CHARS || /[。！？；]/.test(found);
    if (isSure && isSpeakable(text.slice(0, end))) length = end;
  }
  const whole = length === 0 && text.length > maxChars ? text : text.slice(0, length);
  return splitText(whole, maxChars)[0] ?? "";
}
