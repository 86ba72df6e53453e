import { isStageDirection, isTag } from "./stage_directions.ts";
import { hasWords } from "./characters.ts";

const RULE = /^\s*(?:[-*_=~+—]\s*){3,}$/u;
const TABLE_RULE = /^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$/;
const LINE_MARKS = /^\s*(?:>\s*)*(?:#{1,6}\s+|(?:[-*+•●▪◦·‣]\s+)?(?:\[[ xX]\]\s+)?)/u;
const IMAGE = /!\[[^\[\]]{0,1000}\]\([^()]{0,1000}(?:\([^()]{0,200}\)[^()]{0,200})?\)/g;
const LINK = /\[([^\[\]]{1,1000})\]\((?:[^()]{0,1000}(?:\([^()]{0,200}\)[^()]{0,200})?)\)/g;
/** `[x][1]`, and `[^1]` or `[1]` that stand for a source. */
const REFERENCE = /\[([^\[\]]{1,200})\]\[[^\[\]]{0,80}\]/g;
const SOURCE = /[\[【]\^?\d{1,3}(?:[,\s†-]+\d{0,3}[^\]】]{0,40})?[\]】]/g;
const URL =
  /<?(?:https?|ftp|wss?):\/\/([^\s<>"'`*|\\，。、；：？！（）《》“”‘’「」『』【】…\p{scx=Han}]+)>?/giu;
const BARE_WWW = /(?<![a-z0-9.@])www\.[^\s<>"'`*|\\，。、；：？！（）《》“”‘’【】…\p{scx=Han}]+/giu;
const MAIL = /<?mailto:([^\s<>]{1,200})>?/gi;
const BRACKETED = /[(（]([^()（）]{0,200})[)）]/g;
const SQUARE = /[\[【〔]([^\[\]【】〔〕]{0,200})[\]】〕]/g;
const STARRED = /(?<![\p{L}\p{N}*])\*([^*\n]{1,80})\*(?!\*)/gu;
/** A run that is no word of any language: a hash, Base64, the rest of an address. */
const NO_WORD = /(?=[a-z]*[\d\/+=_%&])[\w\/+=%&.~#?:;,@$-]{65,}/gi;
const FACES =
  /(?<![\p{L}\p{N}])(?:[:;=]['’]?-?[()DPpOo3*|\/]|[xX]D|\^_+\^|[Tt]_[Tt]|<3|>_<)(?![\p{L}\p{N}])/gu;
const EMPHASIS = /\*{2,}|~~|==(?=\S)|(?<=\S)==/g;
const LONE_STARS =
  /(?<![\p{L}\p{N}\s])\*|\*(?![\p{L}\p{N}\s])|(?<!\S)\*(?=[\p{L}\p{N}])|(?<=[\p{L}])\*(?=\s|$)/gu;
const UNDERSCORES = /(?<![\p{L}\p{N}])_+(?=\S)|(?<=\S)_+(?![\p{L}\p{N}])/gu;
const ESCAPED_MARK = /\\[*_~`]/g;
const ESCAPED = /\\([\p{P}\p{S}])/gu;
const RUNS = /([-=_*#~+|])\1{2,}/g;
const TILDES = /(?<!\d)[~～]+|[~～]+(?!\d)/g;
const PIPES = /\s*\|\s*/g;

/** What a rule, a table's or a line's, leaves: `""`; otherwise the line without Markdown, URLs and stage directions. */
export function plainLine(line: string, options: { readonly isWhole: boolean }): string {
  if (RULE.test(line) || (TABLE_RULE.test(line) && line.includes("-"))) return "";
  const unmarked = options.isWhole ? line.replace(LINE_MARKS, "") : line;
  return plainWords(isRow(line) ? pipesAsCommas(unmarked) : unmarked);
}

function isRow(line: string): boolean {
  return /^\s*\|/.test(line) || (line.match(/\|/g)?.length ?? 0) >= 2;
}

function pipesAsCommas(line: string): string {
  return line.trim().replace(/^\|\s*|\s*\|$/g, "").replaceAll(PIPES, ", ");
}

function plainWords(line: string): string {
  return line
    .replaceAll(ESCAPED_MARK, "")
    .replaceAll("`", "")
    .replaceAll(IMAGE, " ")
    .replaceAll(LINK, "$1")
    .replaceAll(REFERENCE, "$1")
    .replaceAll(SOURCE, "")
    .replaceAll(MAIL, "$1")
    .replaceAll(URL, (_, rest: string) => hostOf(rest))
    .replaceAll(BARE_WWW, (url) => hostOf(url))
    .replaceAll(NO_WORD, " ")
    .replaceAll(FACES, " ")
    .replaceAll(SQUARE, (_, words: string) => isTag(words) || !hasWords(words) ? " " : words)
    .replaceAll(BRACKETED, (all, words: string) => isStageDirection(words) || !hasWords(words) ? " " : all)
    .replaceAll(STARRED, (all, words: string) => isStageDirection(words, { isStarred: true }) ? " " : all)
    .replaceAll(EMPHASIS, "")
    .replaceAll(LONE_STARS, "")
    .replaceAll(UNDERSCORES, "")
    .replaceAll(ESCAPED, "$1")
    .replaceAll(TILDES, "")
    .replaceAll(RUNS, " ");
}

/** The host of an address, and the punctuation that followed the address. */
function hostOf(address: string): string {
  const [, url = address, after = ""] = /^(.*?)([.,;:!?)\]}]*)$/s.exec(address) ?? [];
  const host = url.split(/[/?#]/, 1)[0] ?? "";
  return host.replace(/^.*@/, "").replace(/:\d+$/, "").replace(/^www\./i, "") + after;
}
