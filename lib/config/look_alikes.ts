/** What a text has that only looks like what YAML and keys are made of. */
export interface LookAlikes {
  /** What it has, such as `a full-width colon (：)`, each kind once. */
  readonly names: string;
  /** The same text with what was meant in its place. */
  readonly plain: string;
  /** Where the first one stands in the text. */
  readonly index: number;
  /** What was meant by the first one. */
  readonly meant: string;
}

/** A character that was not meant. */
interface LookAlike {
  readonly name: string;
  readonly meant: string;
}

/** Kinds that are told by name, each with its characters and what is meant by them. */
const KINDS: readonly (readonly [name: string, characters: string, meant: string])[] = [
  ["a full-width colon", "：﹕︓∶꞉", ":"],
  ["a full-width comma", "，﹐､、﹑", ","],
  ["a full-width full stop", "。．｡", "."],
  ["full-width brackets", "【［〔", "["],
  ["full-width brackets", "】］〕", "]"],
  ["full-width braces", "｛﹛", "{"],
  ["full-width braces", "｝﹜", "}"],
  ["curly quotes", "“”„‟«»＂", '"'],
  ["curly quotes", "‘’‚‛‹›＇", "'"],
  ["a dash that is no hyphen", "‐‑‒–—―−﹣－", "-"],
  ["a full-width space", "\u3000", " "],
  ["a no-break space", "\u00a0\u202f", " "],
  ["an unusual space", "\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u205f", " "],
  ["a zero-width space", "\u200b\u200c\u200d\u2060", ""],
  ["a byte order mark", "\ufeff", ""],
  ["an invisible mark", "\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""],
];

/** Letters of other alphabets that look like these, in the same order. */
const CYRILLIC = "асеіјорѕухԁһАВСЕНІЈКМОРЅТХ";
const LATIN = "aceijopsyxdhABCEHIJKMOPSTX";

const BY_CHARACTER: ReadonlyMap<string, LookAlike> = new Map([
  ...KINDS.flatMap(([name, characters, meant]) =>
    Array.from(characters, (character) => [character, { name, meant }] as const)
  ),
  ...Array.from(
    CYRILLIC,
    (letter, index) =>
      [letter, { name: "a Cyrillic letter that looks like a Latin one", meant: LATIN[index] ?? "" }] as const,
  ),
]);

/** A MAC or IPv6 address, whose colons are its own. */
const ADDRESS = /^[\da-f]{0,4}:[\da-f]{0,4}:[\da-f:.]*$/i;

/** What is not seen, or only as a gap; nobody means it at either end of a value. */
const UNSEEN = /^[\p{Z}\p{Cf}]$/u;

/** What a text has that was typed with an input method or a word processor, or `undefined`. */
export function lookAlikesIn(text: string): LookAlikes | undefined {
  const firsts = new Map<string, string>();
  let first: { readonly index: number; readonly meant: string } | undefined;
  let plain = "";
  let at = 0;
  for (const character of text) {
    const found = lookAlike(character);
    if (found !== undefined) {
      if (!firsts.has(found.name)) firsts.set(found.name, shown(character));
      first ??= { index: at, meant: found.meant };
    }
    plain += found?.meant ?? character;
    at += character.length;
  }
  if (first === undefined) return undefined;
  return { ...first, names: Array.from(firsts, (each) => each.join(" ")).join(" and "), plain };
}

/** What is at either end of a text and cannot be seen, or `undefined`. */
export function unseenEndOf(text: string): LookAlikes | undefined {
  const ends = [text.slice(0, 1), text.slice(-1)].filter((end) => end !== " " && UNSEEN.test(end));
  return lookAlikesIn(ends.join(""));
}

/** Whether all of a text stands in quotes that are none for YAML, and so would be part of it. */
export function isInCurlyQuotes(text: string): boolean {
  return /^[“”„‟«»＂‘’‚‛‹›＇][^“”„‟«»＂‘’‚‛‹›＇]*[“”„‟«»＂‘’‚‛‹›＇]$/.test(text);
}

/** A key and its value that YAML took for one text, for want of its colon and space. */
export interface Joined {
  /** The key. */
  readonly key: string;
  /** What stands there instead of a colon and a space. */
  readonly what: string;
}

/**
 * A text that is a key with a value for whoever wrote it, as `port：8000`, `port:8000` or `port=8000`. What follows
 * the key is not told: it may be a secret.
 */
export function joinedIn(text: string): Joined | undefined {
  if (ADDRESS.test(text)) return undefined;
  const [, written, mark = ""] = /^\s*([^\s：﹕︓∶꞉:=]+)\s*([：﹕︓∶꞉]|[:=](?![/\\])|\s(?=\S))/u.exec(text) ??
    [];
  if (written === undefined) return undefined;
  const key = lookAlikesIn(written)?.plain ?? written;
  if (!/^\p{L}[\p{L}\w.-]*$/u.test(key)) return undefined;
  const found = lookAlike(mark);
  if (mark === ":") return { key, what: "no space after its colon" };
  if (mark === "=") return { key, what: "an equals sign" };
  return found === undefined ? undefined : { key, what: `${found.name} ${shown(mark)}` };
}

/** What is wrong with a {@linkcode Joined}, and what would be right. */
export function howToPart({ key, what }: Joined): string {
  return `${what} after "${key}"; YAML wants a colon and a space, \`${key}: \``;
}

function lookAlike(character: string): LookAlike | undefined {
  const known = BY_CHARACTER.get(character);
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0xff01 || code > 0xff5e) return undefined;
  const meant = String.fromCharCode(code - 0xfee0);
  const name = /\d/.test(meant)
    ? "full-width digits"
    : /[a-z]/i.test(meant)
    ? "full-width letters"
    : "a full-width sign";
  return { name, meant };
}

/** A character itself, or its number where nobody sees it. */
function shown(character: string): string {
  if (!UNSEEN.test(character)) return `(${character})`;
  return `(U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")})`;
}
