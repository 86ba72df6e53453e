import { type Clock, systemClock } from "../lifecycle/mod.ts";
import { hasWords, isCjk, isDigit, isLetter, isNewline, isSpace, isWordPart } from "./characters.ts";
import {
  type Candidate,
  CLOSE_QUOTES,
  CLOSERS,
  COMMAS,
  goesOnAfterComma,
  goesOnAfterEnd,
  isEndMark,
  OPEN_QUOTES,
  POINTS,
  SURE_ENDS,
  WIDE_COMMAS,
} from "./candidate.ts";
import { closesFence, type Fence, MAX_FENCE_INDENT, openedFence } from "./fence.ts";
import { OpenSpans } from "./open_spans.ts";
import {
  ANY_WORDS,
  FIRST_AT_COMMA,
  LATER,
  LATER_AT_COMMA,
  NO_SIZE,
  type PieceSize,
  reaches,
} from "./piece_size.ts";
import { endsSentence } from "./sentence_end.ts";

/** Settings of a {@linkcode PieceCutter}. */
export interface PieceCutterOptions {
  readonly clock?: Clock;
  /** How long nothing has to follow a full stop until it counts as an end. */
  readonly waitMs?: number;
}

/** A block of code that is open. */
interface OpenFence extends Fence {
  readonly inFirstLine: boolean;
}

/** The longest piece, in UTF-16 units, unless something in it must not be cut. */
const MAX_PIECE_CHARS = 120;
/** A block of code is one piece up to here. */
const MAX_CODE_CHARS = 4000;
const MAX_CODE_LINE_CHARS = 500;
/** A grapheme cluster that is longer is not kept whole. */
const MAX_CLUSTER_CHARS = 1000;
/** From here on a comma is a better place for a hard cut than a later space. */
const GOOD_COMMA_CHARS = 40;
/** What is open from before here is not worth a piece of its own in front of it. */
const LEAST_BEFORE_SPAN_CHARS = 8;
/** How far the first letter after a full stop is looked for. */
const MAX_LOOK_AHEAD_CHARS = 40;

const HIGH_SURROGATE = /^[\ud800-\udbff]$/;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Cuts an answer into pieces that are spoken one by one, while it is still being written. All pieces joined are the
 * text, whatever it is. Where they are cut depends on the text alone and not on how it was split into deltas, but for the
 * pause: a full stop behind which nothing came for `waitMs` is an end.
 *
 * The work is linear in the text. What is held is one piece: at most 120 UTF-16 units, 1,000 with an address, 4,500 with
 * a block of code.
 */
export class PieceCutter {
  readonly #clock: Clock;
  readonly #waitMs: number;
  #text = "";
  /** How far the text has been looked at. */
  #scanned = 0;
  #before = "";
  #isFirst = true;
  #size: PieceSize = NO_SIZE;
  /** Where the line begins; negative when in a piece before. */
  #lineStart = 0;
  #quotes = 0;
  #quotesAtStart = 0;
  #spans = new OpenSpans();
  #fence: OpenFence | undefined;
  #candidate: Candidate | undefined;
  #lastComma = 0;
  #lastSpace = 0;
  #pushedMs = 0;

  /** A cutter for one answer, or for several one after the other. */
  constructor(options: PieceCutterOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#waitMs = options.waitMs ?? 300;
  }

  /** Takes what came of the answer; the pieces that are complete by it, often none. */
  push(delta: string): string[] {
    this.#text += delta;
    if (delta !== "") this.#pushedMs = this.#clock.nowMs();
    return this.#cut(false);
  }

  /**
   * When {@linkcode expired} has to be asked, on the clock, unless more comes first; `undefined` when no pause would end
   * a piece.
   */
  get dueMs(): number | undefined {
    return this.#endsAtPause() ? this.#pushedMs + this.#waitMs : undefined;
  }

  /** The piece that a pause ends, when it has been long enough. */
  expired(nowMs: number = this.#clock.nowMs()): string[] {
    const dueMs = this.dueMs;
    if (dueMs === undefined || nowMs < dueMs) return [];
    return [this.#take(this.#text.length)];
  }

  /** The end of the text: what is left of it. Then the cutter is as new. */
  flush(): string[] {
    const pieces = this.#cut(true);
    if (this.#text !== "") pieces.push(this.#text);
    this.#text = "";
    this.#isFirst = true;
    this.#fence = undefined;
    this.#quotes = 0;
    this.#restart("");
    this.#lineStart = 0;
    return pieces;
  }

  #cut(isEnd: boolean): string[] {
    const pieces: string[] = [];
    while (this.#scanned < this.#text.length) {
      const char = String.fromCodePoint(this.#text.codePointAt(this.#scanned) ?? 0);
      // The other half may still come.
      if (!isEnd && HIGH_SURROGATE.test(char) && this.#scanned + 1 === this.#text.length) break;
      const at = this.#step(char, this.#scanned);
      if (at !== undefined && at > 0) {
        pieces.push(this.#take(at));
        continue;
      }
      this.#scanned += char.length;
      this.#before = char;
    }
    return pieces;
  }

  /** Takes the text up to `at` out, and begins anew behind it. */
  #take(at: number): string {
    const piece = this.#text.slice(0, at);
    this.#text = this.#text.slice(at);
    if (hasWords(piece)) this.#isFirst = false;
    this.#quotes = this.#quotesAtStart;
    for (const char of piece) this.#countQuote(char);
    this.#restart(piece);
    return piece;
  }

  #restart(piece: string): void {
    const before = String.fromCodePoint(piece.codePointAt(piece.length - 1) ?? 0);
    this.#before = piece === "" ? "" : before;
    this.#lineStart = isNewline(before) ? 0 : -1;
    this.#scanned = 0;
    this.#size = NO_SIZE;
    this.#quotesAtStart = this.#quotes;
    this.#spans = new OpenSpans();
    this.#candidate = undefined;
    this.#lastComma = 0;
    this.#lastSpace = 0;
  }

  /** Looks at the character that begins at `index`; where a piece ends, when that is known now. */
  #step(char: string, index: number): number | undefined {
    const end = index + char.length;
    if (this.#fence !== undefined) return this.#stepInFence(this.#fence, { char, index, end });
    if (this.#opensFence(char, index, end)) {
      return hasWords(this.#text.slice(0, this.#lineStart)) ? this.#closeFence() : undefined;
    }
    this.#spans.take(this.#text, index, char, this.#before);
    if (isNewline(char)) {
      this.#candidate = undefined;
      this.#quotes = 0;
      this.#lineStart = end;
      if (this.#isEnough(this.#size)) return end;
    } else {
      const at = this.#resolve(char, index, end) ?? this.#propose(char, index, end);
      if (at !== undefined) return at;
      this.#count(char);
    }
    return end > MAX_PIECE_CHARS ? this.#hardCut(index, end) : undefined;
  }

  #count(char: string): void {
    this.#countQuote(char);
    if (isSpace(char) && this.#spans.start === Infinity) this.#lastSpace = this.#scanned + char.length;
    if (!isWordPart(char) || this.#spans.maySilence) return;
    const { cjk, other } = this.#size;
    this.#size = isCjk(char) ? { cjk: cjk + 1, other } : { cjk, other: other + 1 };
  }

  #countQuote(char: string): void {
    if (OPEN_QUOTES.has(char)) this.#quotes++;
    else if (CLOSE_QUOTES.has(char)) this.#quotes = Math.max(0, this.#quotes - 1);
    else if (isNewline(char)) this.#quotes = 0;
  }

  /** What the character makes of the candidate before it. */
  #resolve(char: string, index: number, end: number): number | undefined {
    const candidate = this.#candidate;
    if (candidate === undefined) return undefined;
    if (candidate.at === index) {
      const isSame = !candidate.hasSpace &&
        (candidate.type === "sentence" ? isEndMark(char) : char === "—" && candidate.mark === char);
      if (isSpace(char) || isSame || (CLOSERS.has(char) && !candidate.hasSpace)) {
        candidate.at = end;
        candidate.hasSpace = isSpace(char);
        if (!isSame) return undefined;
        candidate.mark = char;
        candidate.isPoint &&= POINTS.has(char);
        return candidate.type === "sentence" && this.#isSure(candidate, end) ? end : undefined;
      }
    }
    const { type, isPoint, hasSpace, at } = candidate;
    if (type === "sentence" && isPoint && hasSpace && !isLetter(char) && !COMMAS.has(char)) {
      // An abbreviation goes on in lower case, perhaps behind a number.
      if (end - at > MAX_LOOK_AHEAD_CHARS || SURE_ENDS.has(char)) this.#candidate = undefined;
      return undefined;
    }
    this.#candidate = undefined;
    const confirmed = type === "comma"
      ? this.#isComma(candidate, char)
      : this.#isSentence(candidate, char, end);
    return confirmed ? at : undefined;
  }

  /** Whether the character may end a piece: it becomes the candidate, or does so at once. */
  #propose(char: string, index: number, end: number): number | undefined {
    const type = isEndMark(char) ? "sentence" : COMMAS.has(char) ? "comma" : undefined;
    if (type === undefined || this.#candidate !== undefined || this.#isInRow(index)) return undefined;
    const candidate: Candidate = {
      type,
      mark: char,
      isPoint: POINTS.has(char),
      before: this.#before,
      size: this.#size,
      at: end,
      hasSpace: false,
    };
    this.#candidate = candidate;
    if (type === "sentence") return this.#isSure(candidate, end) ? end : undefined;
    if (!WIDE_COMMAS.has(char) || isDigit(this.#before) || this.#quotes > 0) return undefined;
    this.#candidate = undefined;
    return this.#isComma(candidate, "") ? end : undefined;
  }

  /** Whether it ends a sentence whatever follows. */
  #isSure({ mark, size }: Candidate, end: number): boolean {
    // An ellipsis of Chinese is two of them.
    if (!SURE_ENDS.has(mark) || (mark === "…" && this.#before !== "…")) return false;
    return this.#quotes === 0 && this.#isEnough(size) && !this.#isWithinSpan(end);
  }

  #isSentence(candidate: Candidate, next: string, end: number): boolean {
    const { at, size } = candidate;
    if (!this.#isEnough(size) || this.#isWithinSpan(at)) return false;
    return goesOnAfterEnd(candidate, next, {
      head: this.#text.slice(0, at),
      tail: this.#text.slice(at, end),
    });
  }

  /** Whether a comma is one, and the piece ends there. */
  #isComma(candidate: Candidate, next: string): boolean {
    if (this.#isWithinSpan(candidate.at) || !goesOnAfterComma(candidate, next)) return false;
    this.#lastComma = candidate.at;
    return reaches(candidate.size, this.#isFirst ? FIRST_AT_COMMA : LATER_AT_COMMA);
  }

  #isEnough(size: PieceSize): boolean {
    return reaches(size, this.#isFirst ? ANY_WORDS : LATER);
  }

  #isWithinSpan(at: number): boolean {
    const { start, end } = this.#spans.lastClosed;
    return this.#spans.start < at || (start < at && at < end);
  }

  /** Whether the line is a row of a table. */
  #isInRow(index: number): boolean {
    return this.#lineStart >= 0 && this.#lineStart < index && this.#text.charAt(this.#lineStart) === "|";
  }

  #endsAtPause(): boolean {
    const candidate = this.#candidate;
    if (candidate === undefined || candidate.type !== "sentence" || candidate.at !== this.#text.length) {
      return false;
    }
    const { isPoint, before, at, size } = candidate;
    // A slow model writes "3", ".", "14" with pauses that are as long.
    if (this.#fence !== undefined || (isPoint && isDigit(before))) return false;
    if (!this.#isEnough(size) || this.#isWithinSpan(at)) return false;
    return endsSentence(this.#text.slice(0, at), "");
  }

  /** Where a piece that is too long is cut; `undefined` while something is open that must not be. */
  #hardCut(index: number, end: number): number | undefined {
    if (this.#lastComma >= GOOD_COMMA_CHARS) return this.#lastComma;
    if (this.#lastSpace > 0 || this.#lastComma > 0) return this.#lastSpace || this.#lastComma;
    const { start, lastClosed, maxChars } = this.#spans;
    if (start !== Infinity) {
      if (start >= LEAST_BEFORE_SPAN_CHARS) return start;
      return end < maxChars ? undefined : this.#clusterStart(index, end);
    }
    if (lastClosed.start < MAX_PIECE_CHARS && lastClosed.end > MAX_PIECE_CHARS) return lastClosed.end;
    return this.#clusterStart(MAX_PIECE_CHARS, end);
  }

  /** The last place up to `limit` that is not within a grapheme cluster. */
  #clusterStart(limit: number, end: number): number | undefined {
    // A cluster that long is rare, and asking at each of its characters would not be linear.
    if (end > limit + 8 && end % 64 > 1) return undefined;
    const start = graphemes.segment(this.#text.slice(0, end)).containing(limit)?.index ?? 0;
    if (start > 0) return start;
    return end >= MAX_CLUSTER_CHARS ? end : undefined;
  }

  #opensFence(char: string, index: number, end: number): boolean {
    if ((char !== "`" && char !== "~") || this.#lineStart < 0 || index - this.#lineStart > MAX_FENCE_INDENT) {
      return false;
    }
    const line = this.#text.slice(this.#lineStart, end);
    const fence = openedFence(line);
    if (fence === undefined || line.indexOf(fence.mark) + fence.length < line.length) return false;
    this.#fence = { ...fence, inFirstLine: true };
    this.#spans = new OpenSpans();
    this.#candidate = undefined;
    return true;
  }

  /** The text before the block is a piece of its own; behind it the block opens again. */
  #closeFence(): number {
    this.#fence = undefined;
    return this.#lineStart;
  }

  #stepInFence(
    fence: OpenFence,
    at: { readonly char: string; readonly index: number; readonly end: number },
  ): number | undefined {
    const { char, index, end } = at;
    const line = () => this.#text.slice(this.#lineStart, index);
    if (isNewline(char)) {
      const isClosed = !fence.inFirstLine && this.#lineStart >= 0 && closesFence(line(), fence);
      this.#fence = isClosed ? undefined : { ...fence, inFirstLine: false };
      this.#lineStart = end;
      return isClosed || end >= MAX_CODE_CHARS ? end : undefined;
    }
    if (fence.inFirstLine && this.#lineStart >= 0 && char === fence.mark) {
      const length = openedFence(line() + char)?.length ?? fence.length;
      if (length > fence.length) this.#fence = { ...fence, length };
      else if (char === "`") {
        // Code within a line, with three marks.
        this.#fence = undefined;
        this.#spans.openCode(this.#lineStart, fence.length);
        this.#spans.take(this.#text, index, char, this.#before);
        return undefined;
      }
    }
    return end >= MAX_CODE_CHARS + MAX_CODE_LINE_CHARS ? this.#clusterStart(index, end) : undefined;
  }
}
