const COMMENTS = /<!--[\s\S]*?(?:-->|$)/g;
const SILENT = /<(script|style|svg|head|audio|video|math)\b[^<>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi;
const BREAKS = /<\/?(?:br|p|div|li|ul|ol|tr|h[1-6]|blockquote)\b[^<>]*>/gi;
/** Tags of any kind, SSML's too, and one that the text's end cuts off, but not `a <b`. */
const TAGS =
  /<[/!?]?[\p{L}_][^<>]{0,1000}>|<[/!?]?[\p{L}_][^<>]{0,1000}=["'][^<>]{0,1000}$|<[/!?][\p{L}_]*$|<\/?>/gu;
/** MiniMax reads it as a pause. */
const PAUSES = /<#[\d.]*#>/g;
const ENTITY = /&(?:#(\d{1,10})|#x([\da-f]{1,8})|([a-z]{2,8}));/gi;
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ensp: " ",
  emsp: " ",
  thinsp: " ",
  copy: "©",
  reg: "®",
  trade: "™",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  laquo: "«",
  raquo: "»",
  deg: "°",
  times: "×",
  divide: "÷",
  plusmn: "±",
  euro: "€",
  pound: "£",
  yen: "¥",
  cent: "¢",
  middot: "·",
  bull: "•",
  frac12: "½",
  eacute: "é",
  uuml: "ü",
  ouml: "ö",
  auml: "ä",
  szlig: "ß",
  larr: "←",
  rarr: "→",
  le: "≤",
  ge: "≥",
  ne: "≠",
};
/** Text is seldom encoded more than twice. */
const MAX_DECODINGS = 3;

/** Text without HTML: tags are dropped, those that break a line become `\n`, entities are decoded. */
export function htmlText(text: string): string {
  let plain = withoutTags(text);
  for (let times = 0; times < MAX_DECODINGS && plain.includes("&"); times++) {
    const decoded = plain.replaceAll(ENTITY, decode);
    if (decoded === plain) break;
    plain = withoutTags(decoded);
  }
  return plain;
}

function withoutTags(text: string): string {
  if (!text.includes("<")) return text;
  return text.replaceAll(COMMENTS, "").replaceAll(SILENT, " ").replaceAll(PAUSES, " ").replaceAll(
    BREAKS,
    "\n",
  )
    .replaceAll(TAGS, "");
}

function decode(_entity: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? " ";
  const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number.parseInt(decimal, 10);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : " ";
}
