/** A word, letters that are spelled, or a pause. */
export type Token =
  | { readonly type: "word"; readonly text: string }
  /** Capital letters; `plural` where an s follows. */
  | { readonly type: "letters"; readonly text: string; readonly plural: boolean }
  /** A mark that the voice knows. */
  | { readonly type: "pause"; readonly mark: string };

/** Capitals that are spelled although they also make a word. */
const SPELLED = new Set(
  ("AC AI AM AP API BBC CD CEO CIA CO DC DIY DJ DNA DVD EU FAQ FBI FM GPS HD HR HQ IBM ID IP IT LA MP NHS OS PC PDF PM PR " +
    "RGB SD SUV TV UFO UI UK UN URL US USA USB VIP VPN WC XL").split(" "),
);
const PIECE = /(?:\b[A-Za-z]\.){2,}|[A-Za-z]+(?:'[A-Za-z]+)*'?|\.{3}|[.,!?;:()"—]/g;
const MARKS: Readonly<Record<string, string>> = { "...": "…", "(": ",", ")": ",", '"': "" };

/** Cuts a text that is in words into words, letters and pauses. `isWord` says whether a word is in the dictionary. */
export function tokensOf(text: string, isWord: (word: string) => boolean): readonly Token[] {
  const tokens: Token[] = [];
  const shouted = /[A-Z]/.test(text) && !/[a-z]{2}/.test(text) && text.trim().includes(" ");
  for (const [piece] of text.matchAll(PIECE)) {
    if (/^[A-Za-z']/.test(piece)) tokens.push(...wordTokens(piece, { isWord, shouted }));
    else addPause(tokens, MARKS[piece] ?? piece);
  }
  return tokens;
}

/** Of several marks in a row the strongest counts. */
function addPause(tokens: Token[], mark: string): void {
  const last = tokens.at(-1);
  if (mark === "" || last === undefined) return;
  if (last.type !== "pause") tokens.push({ type: "pause", mark });
  else if (strength(mark) > strength(last.mark)) tokens[tokens.length - 1] = { type: "pause", mark };
}

function strength(mark: string): number {
  return ",—:;….!?".indexOf(mark);
}

function wordTokens(
  piece: string,
  { isWord, shouted }: { readonly isWord: (word: string) => boolean; readonly shouted: boolean },
): readonly Token[] {
  const word = (text: string): Token => ({ type: "word", text });
  const letters = (text: string, plural = false): Token => ({
    type: "letters",
    text: text.toUpperCase(),
    plural,
  });
  if (piece.includes(".")) return [letters(piece.replaceAll(".", ""))];
  const [, capitals = "", ending = ""] = /^([A-Z]{2,})('?s)?$/.exec(piece) ?? [];
  if (capitals !== "" && isSpelled(capitals, { isWord, shouted })) return [letters(capitals, ending !== "")];
  const lower = piece.toLowerCase();
  if (/^[b-hj-z]$/i.test(piece)) return [letters(piece)];
  if (capitals !== "" || isWord(lower) || !/[a-z][A-Z]/.test(piece)) return [word(piece)];
  // A name of several words in one, such as DeepSeek.
  const parts = piece.match(/[A-Z]{2,}(?![a-z])|[A-Z]?[a-z']+|[A-Z]/g) ?? [];
  return parts.flatMap((part) => wordTokens(part, { isWord, shouted }));
}

function isSpelled(
  capitals: string,
  { isWord, shouted }: { readonly isWord: (word: string) => boolean; readonly shouted: boolean },
): boolean {
  if (shouted && isWord(capitals.toLowerCase())) return false;
  if (SPELLED.has(capitals) || !/[AEIOUY]/.test(capitals)) return true;
  return !isWord(capitals.toLowerCase()) && (capitals.length < 5 || /[^AEIOUY]{4}/.test(capitals));
}
