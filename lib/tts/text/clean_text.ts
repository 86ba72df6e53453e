/** What no voice should be sent: control and format characters but those that join letters, and noncharacters. */
const UNSPEAKABLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffd\ufffe\uffff\p{Cs}]/gu;

/**
 * A text as it is fit for every voice: without control characters, unpaired surrogates and marks of direction, its white
 * space single.
 */
export function cleanText(text: string): string {
  return text.replaceAll(UNSPEAKABLE, " ").replaceAll(/\s+/g, " ").trim();
}

/** The same of a part of a text, whose ends may be within a sentence: the space there stays. */
export function cleanPart(part: string): string {
  return part.replaceAll(UNSPEAKABLE, " ").replaceAll(/\s+/g, " ");
}

/** Whether a text has anything to speak: a letter or a digit. */
export function isSpeakable(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
