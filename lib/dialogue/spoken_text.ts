import { hasWords, isCjk } from "./characters.ts";
import { seenText } from "./seen_text.ts";
import { closesFence, type Fence, openedFence } from "./fence.ts";
import { htmlText } from "./html_text.ts";
import { languageOf } from "./language_of.ts";
import { plainLine } from "./plain_line.ts";
import { ThinkFilter } from "./think_filter.ts";

/** Said in place of the first block of code of an answer, by language; in others nothing is said. */
const ON_SCREEN: Readonly<Record<string, string>> = {
  en: "The code is on the screen.",
  zh: "代码在屏幕上。",
  ja: "コードは画面にあります。",
  ko: "코드는 화면에 있습니다.",
  de: "Der Code steht auf dem Bildschirm.",
  fr: "Le code est à l'écran.",
  es: "El código está en la pantalla.",
  it: "Il codice è sullo schermo.",
  pt: "O código está na tela.",
  ru: "Код на экране.",
};
/** How signs that could open a tag are said. */
const COMPARED: Readonly<Record<string, readonly [less: string, more: string]>> = {
  en: [" less than ", " greater than "],
  zh: ["小于", "大于"],
};

const INLINE_CODE = /(?<!`)(`{1,3})(?!`)([^`\n]{1,1000})\1(?!`)/g;
const AUTOLINK = /<((?:https?:\/\/|mailto:|[\w.+-]+@)[^<>\s]{1,1000})>/gi;
const HEADING = /^\s*#{1,6}\s/;
/** At the beginning of a piece these belonged to the one before. */
const LEADING = /^[\s,.;:!?，。、；：！？…)）\]】》」』”’·•]+(?!\d)/u;
const ARROWS = /[-=]+>|<[-=]+(?![\d])/g;
const REPEATED = /([!?！？。，,；;])\1{2,}/g;
const SPACE_BEFORE_MARK = / +([,.;!?，。、；：！？])(?!\d)/g;
const ENTITY_LIKE = /&(?=[#\w]{1,10};)/g;
const SENTENCE_OPEN = /[\p{L}\p{N}\p{M}"'”’»)\]）】」』》%°℃$€]$/u;

/** Makes of each piece of one answer what is said of it. */
export class SpokenText {
  readonly #languages: readonly [string, ...string[]];
  readonly #thoughts = new ThinkFilter();
  #language: string;
  #fence: Fence | undefined;
  #isLineStart = true;
  #toldOfCode = false;

  /** `languages` are those of the agent (BCP 47), the usual one first. */
  constructor(languages: readonly [string, ...string[]]) {
    this.#languages = languages;
    this.#language = languages[0];
  }

  /**
   * What is spoken of the next piece: plain words in one line, with at least one letter or digit; `""` for nothing. No
   * Markdown, tags, `<` or `>`, emoji, control characters, unpaired surrogates or zero-width marks. Numbers and units
   * stay as they are written.
   */
  speak(piece: string): string {
    const { text, hasCode } = this.#withoutCode(this.#thoughts.filter(seenText(piece)));
    const words = this.#words(text);
    if (words !== "") {
      this.#language = languageOf(words, this.#languages, { before: this.#language }) ?? this.#language;
    }
    const notice = hasCode && !this.#toldOfCode ? byLanguage(ON_SCREEN, this.#language) ?? "" : "";
    if (hasCode) this.#toldOfCode = true;
    return [words, notice].filter((part) => part !== "").join(" ");
  }

  #withoutCode(text: string): { readonly text: string; readonly hasCode: boolean } {
    const kept: string[] = [];
    let hasCode = this.#fence !== undefined && text.trim() !== "";
    for (const [index, line] of text.split("\n").entries()) {
      const isWhole = index > 0 || this.#isLineStart;
      if (this.#fence !== undefined) {
        if (isWhole && closesFence(line, this.#fence)) this.#fence = undefined;
        continue;
      }
      this.#fence = isWhole ? blockOf(line) : undefined;
      if (this.#fence === undefined) kept.push(line);
      else hasCode = true;
    }
    return { text: kept.join("\n"), hasCode };
  }

  #words(text: string): string {
    const isLineStart = this.#isLineStart;
    if (text !== "") this.#isLineStart = text.endsWith("\n");
    const plain = htmlText(
      text.replaceAll(INLINE_CODE, (_all, _marks, code: string) => code.replaceAll(/[<>]/g, " "))
        .replaceAll(AUTOLINK, " $1 "),
    );
    const words = joinLines(
      plain.split("\n").map((line, index) => {
        const isWhole = index > 0 || isLineStart;
        return {
          text: plainLine(line, { isWhole }),
          isHeading: isWhole && HEADING.test(line),
          isBlank: line.trim() === "",
        };
      }),
    );
    // What was decoded may be an emoji or a control character again.
    const clean = this.#withoutAngles(seenText(words)).replaceAll(REPEATED, "$1").replaceAll(/\s+/g, " ")
      .replace(LEADING, "").replaceAll(SPACE_BEFORE_MARK, "$1").replaceAll(ENTITY_LIKE, " ").trim();
    return hasWords(clean) ? clean : "";
  }

  #withoutAngles(words: string): string {
    if (!/[<>]/.test(words)) return words;
    const language = languageOf(words, this.#languages, { before: this.#language }) ?? this.#language;
    const [less, more] = byLanguage(COMPARED, language) ?? [" ", " "];
    return words.replaceAll(ARROWS, (arrow) => arrow === "<=" ? "≤" : " ")
      .replaceAll(">=", "≥").replaceAll(/[<>]{2,}/g, " ")
      .replaceAll(/(?<=[\p{L}\p{N})]\s*)[<>](?=\s*[\p{L}\p{N}(-])/gu, (sign) => sign === "<" ? less : more)
      .replaceAll(/[<>]/g, " ");
  }
}

/** The fence that a whole line opens; three marks around code within a line are none. */
function blockOf(line: string): Fence | undefined {
  const fence = openedFence(line);
  if (fence?.mark !== "`") return fence;
  return /`/.test(line.slice(line.indexOf("`") + fence.length)) ? undefined : fence;
}

interface Line {
  readonly text: string;
  readonly isHeading: boolean;
  readonly isBlank: boolean;
}

/** One line of all: a line's end is a pause, that of a paragraph or heading a longer one. */
function joinLines(lines: readonly Line[]): string {
  let joined = "";
  let isEnd = false;
  for (const { text, isHeading, isBlank } of lines) {
    const words = text.trim();
    if (words === "") {
      isEnd ||= isBlank;
      continue;
    }
    joined = joined === "" ? words : `${joined}${pauseAfter(joined, isEnd)}${words}`;
    isEnd = isHeading;
  }
  return joined;
}

function pauseAfter(text: string, isEnd: boolean): string {
  if (!SENTENCE_OPEN.test(text)) return " ";
  const isWide = isCjk(text.replaceAll(/[^\p{L}\p{N}]/gu, "").slice(-1));
  if (isWide) return isEnd ? "。" : "，";
  return isEnd ? ". " : ", ";
}

function byLanguage<T>(table: Readonly<Record<string, T>>, language: string): T | undefined {
  return table[language.split("-", 1)[0]?.toLowerCase() ?? ""];
}
