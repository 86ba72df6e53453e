import { isCjk, isDigit, isEmoji, isLetter, isSentenceTerminal, isSpace } from "./characters.ts";
import type { PieceSize } from "./piece_size.ts";
import { endsSentence } from "./sentence_end.ts";

/** A place where a piece may end, as soon as what follows agrees. */
export interface Candidate {
  /** What it would end. */
  readonly type: "sentence" | "comma";
  /** The mark: the last one of several. */
  mark: string;
  /** Whether all marks are full stops of Latin script, which may belong to an abbreviation. */
  isPoint: boolean;
  /** What stands before the marks. */
  readonly before: string;
  /** What the piece has up to there. */
  readonly size: PieceSize;
  /** Where the next piece would begin: behind closing quotes and spaces. */
  at: number;
  /** Whether a space stands behind the mark. */
  hasSpace: boolean;
}

/** What ends a sentence even when nothing came after it yet. */
export const SURE_ENDS = new Set(["。", "？", "！", "；", "…"]);
/** Full stops that may belong to an abbreviation or a number. */
export const POINTS = new Set([".", "．", "․"]);
/** Where a piece may end within a sentence. */
export const COMMAS = new Set([",", ":", ";", "，", "、", "：", "،", "؛", "—"]);
/** Those of them that need no space. */
export const WIDE_COMMAS = new Set(["，", "、", "："]);
/** What belongs to a sentence although it stands behind its end. */
export const CLOSERS = new Set([..."\"'”’»)]}）】」』》〉〕*_~`"]);
/** Quotation marks that open; `"` may do either. */
export const OPEN_QUOTES = new Set([..."“「『《"]);
/** Quotation marks that close. */
export const CLOSE_QUOTES = new Set([..."”」』》"]);

/** Whether the character can end a sentence. */
export function isEndMark(char: string): boolean {
  return isSentenceTerminal(char) || char === "…" || char === "；";
}

/**
 * Whether the character behind a comma shows that it is one, and no part of a number or time; `""` where that cannot
 * matter.
 */
export function goesOnAfterComma({ mark, before, hasSpace }: Candidate, next: string): boolean {
  if (isEndMark(next) || (isDigit(before) && isDigit(next) && !hasSpace)) return false;
  return WIDE_COMMAS.has(mark) || mark === "—" || hasSpace || (isCjk(next) && !isDigit(before));
}

/**
 * Whether a new sentence begins with `next`: `head` is the text up to the candidate, `tail` what follows up to and with
 * `next`.
 */
export function goesOnAfterEnd(
  { mark, before, hasSpace, isPoint }: Candidate,
  next: string,
  text: { readonly head: string; readonly tail: string },
): boolean {
  if (COMMAS.has(next)) return false;
  if (SURE_ENDS.has(mark)) return true;
  // Without a space it may be a part of a name or of code, as in `a.b` and `x !important`.
  if (!hasSpace && (before === "" || isSpace(before))) return false;
  if (!hasSpace && isPoint && (!isCjk(next) || isDigit(before))) return false;
  if (!hasSpace && !isPoint && !isLetter(next) && !isEmoji(next) && !OPEN_QUOTES.has(next)) return false;
  return endsSentence(text.head, text.tail);
}
