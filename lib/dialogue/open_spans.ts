import { isCjk, isLetter, isNewline, isSpace, isWordPart } from "./characters.ts";

/** Markup that must not be cut, and brackets: what is open, outermost first. */
interface Span {
  readonly kind: "code" | "emphasis" | "bracket" | "link" | "url" | "html";
  /** Where it began, as an index into the text. */
  readonly start: number;
  /** What closes it: the marks of emphasis or code, else the kind of bracket. */
  readonly close: string;
}

/** A run of one mark, of which only the next character tells what it is. */
interface MarkRun {
  readonly mark: string;
  readonly start: number;
  readonly before: string;
}

const MARKS = new Set(["*", "_", "~", "`"]);
const OPENING: Readonly<Record<string, string>> = { "[": "]", "(": ")", "（": ")", "【": "】", "〔": "〕" };
const CLOSING: Readonly<Record<string, string>> = { "]": "]", ")": ")", "）": ")", "】": "】", "〕": "〕" };
/** What cannot be a part of a URL; a closing bracket is far more often behind one. */
const URL_END = /^[\s<>"'`)\]}*|\\，。、；：？！（）《》“”‘’「」『』【】…]$/u;
const URL_START = /(?:^|[^a-z0-9])(https?:\/\/|www\.)$/i;
/** The longest that is waited for to close, in UTF-16 units: of addresses, and of the rest. */
const MAX_ADDRESS_CHARS = 1000;
const MAX_SPAN_CHARS = 240;

/** Follows a text, character by character, and knows what of Markdown, HTML and URLs is open. A line's end closes all. */
export class OpenSpans {
  #stack: Span[] = [];
  #run: MarkRun | undefined;
  #tagStart: number | undefined;
  #bracketClosed: { readonly start: number; readonly end: number } | undefined;
  #lastEnd = 0;
  #lastStart = Infinity;

  /** Where the outermost open one began; `Infinity` when none is open. */
  get start(): number {
    return Math.min(
      this.#stack[0]?.start ?? Infinity,
      this.#run?.start ?? Infinity,
      this.#tagStart ?? Infinity,
    );
  }

  /** Where the last closed one began and ended. */
  get lastClosed(): { readonly start: number; readonly end: number } {
    return { start: this.#lastStart, end: this.#lastEnd };
  }

  /** The most UTF-16 units that what is open may take. */
  get maxChars(): number {
    const isAddress = this.#stack.some(({ kind }) => kind === "url" || kind === "link");
    return isAddress ? MAX_ADDRESS_CHARS : MAX_SPAN_CHARS;
  }

  /** Whether what is open may be silent, so that its letters do not count: a bracket, an address, a tag. */
  get maySilence(): boolean {
    return this.#stack.some(({ kind }) => kind !== "emphasis" && kind !== "code");
  }

  get #top(): Span | undefined {
    return this.#stack.at(-1);
  }

  /** Code that was taken for a block and goes on as a part of a line. */
  openCode(start: number, length: number): void {
    this.#stack = [{ kind: "code", start, close: "`".repeat(length) }];
    this.#run = undefined;
  }

  /**
   * Takes the character that begins at `index`, after `before`, which is `""` at the beginning. What ends before it is
   * closed then.
   */
  take(text: string, index: number, char: string, before: string): void {
    if (this.#run !== undefined && char !== this.#run.mark) this.#settle(this.#run, index, char);
    if (isNewline(char)) return this.#clear(index);
    if (this.#tagStart !== undefined) this.#openTag(index, char);
    const top = this.#top;
    if (top?.kind === "url" && (URL_END.test(char) || isCjk(char))) this.#pop(top, index);
    if (this.#top?.kind === "html") return this.#takeInTag(index, char);
    if (MARKS.has(char) && before !== "\\" && this.#top?.kind !== "url" && this.#top?.kind !== "link") {
      this.#run ??= { mark: char, start: index, before };
    } else if (this.#top?.kind !== "code") this.#takeBracket(text, index, char, before);
  }

  #takeBracket(text: string, index: number, char: string, before: string): void {
    const closing = CLOSING[char];
    if (closing !== undefined) {
      const at = this.#stack.findLastIndex(({ close }) => close === closing);
      const span = this.#stack[at];
      if (span === undefined) return;
      this.#stack.length = at + 1;
      this.#pop(span, index + char.length);
      if (char === "]") this.#bracketClosed = { start: span.start, end: index + 1 };
      return;
    }
    const close = OPENING[char];
    if (close !== undefined) return this.#openBracket({ index, char, before, close });
    if (char === "<") this.#tagStart = index;
    if ((char !== "/" && char !== ".") || this.#top?.kind === "url" || this.#top?.kind === "link") return;
    const scheme = URL_START.exec(text.slice(Math.max(0, index - 8), index + 1))?.[1];
    if (scheme === undefined) return;
    this.#stack.push({ kind: "url", start: index + 1 - scheme.length, close: "" });
  }

  #openBracket(
    at: { readonly index: number; readonly char: string; readonly before: string; readonly close: string },
  ): void {
    const { index, char, before, close } = at;
    const link = char === "(" && this.#bracketClosed?.end === index ? this.#bracketClosed : undefined;
    // A sad face, not a bracket.
    if (link === undefined && char === "(" && (before === ":" || before === ";")) return;
    const start = link?.start ?? (char === "[" && before === "!" ? index - 1 : index);
    this.#stack.push({ kind: link === undefined ? "bracket" : "link", start, close });
  }

  #openTag(index: number, char: string): void {
    const start = this.#tagStart;
    this.#tagStart = undefined;
    if (start === undefined || start !== index - 1) return;
    if (isLetter(char) || char === "/" || char === "!") this.#stack.push({ kind: "html", start, close: ">" });
  }

  #takeInTag(index: number, char: string): void {
    const span = this.#top;
    if (char === ">" && span !== undefined) this.#pop(span, index + 1);
  }

  /** What a run of marks was, now that the character after it is known. */
  #settle(run: MarkRun, end: number, after: string): void {
    this.#run = undefined;
    const length = end - run.start;
    const marks = run.mark.repeat(length);
    const top = this.#top;
    if (top?.kind === "code") {
      if (top.close === marks) this.#pop(top, end);
      return;
    }
    if (run.mark === "`") return void this.#stack.push({ kind: "code", start: run.start, close: marks });
    if (length > 3 || (run.mark === "~" && length !== 2)) return;
    const isWithin = run.mark === "_" || length === 1;
    const closes = run.before !== "" && !isSpace(run.before) && !(isWithin && isWordPart(after));
    const at = this.#stack.findLastIndex(({ close }) => close === marks);
    const span = this.#stack[at];
    if (closes && span !== undefined) {
      this.#stack.length = at + 1;
      this.#pop(span, end);
    } else if (!isSpace(after) && !(isWithin && isWordPart(run.before))) {
      this.#stack.push({ kind: "emphasis", start: run.start, close: marks });
    }
  }

  #pop(span: Span, end: number): void {
    this.#stack.pop();
    this.#lastStart = span.start;
    this.#lastEnd = end;
  }

  #clear(end: number): void {
    if (this.#stack.length > 0) [this.#lastStart, this.#lastEnd] = [this.#stack[0]?.start ?? Infinity, end];
    this.#stack = [];
    this.#run = undefined;
    this.#tagStart = undefined;
  }
}
