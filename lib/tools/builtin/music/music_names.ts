/** What music is found by. */
export interface MusicName {
  /** What people call it: the name of its file. */
  readonly title: string;
  /** The letters of the title alone. */
  readonly letters: string;
  /** The words of the title, and of the folders in which it is, as of an artist. */
  readonly words: ReadonlySet<string>;
}

/** The longest title, in UTF-16 units. */
const MAX_TITLE_CHARS = 100;
/** What is less like the name than this is not it. */
const LEAST_SCORE = 0.5;
/** A word of Han is a character: nothing separates words there. */
const WORDS = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu;

/** What a file is found by whose name, without its ending, is `name`, in these folders. */
export function nameOf(name: string, folders: readonly string[]): MusicName {
  const title = name.toWellFormed().replaceAll(/[\p{Cc}_\s]+/gu, " ").trim();
  return {
    title: title.length > MAX_TITLE_CHARS ? `${title.slice(0, MAX_TITLE_CHARS).toWellFormed()}…` : title,
    letters: wordsOf(title).join(""),
    words: new Set(wordsOf([...folders, title].join(" "))),
  };
}

/** Those that are called so, the likeliest first; of those that are as likely the shortest title. */
export function likeliest<Music extends MusicName>(all: readonly Music[], name: string): readonly Music[] {
  const asked = { letters: wordsOf(name).join(""), words: wordsOf(name) };
  if (asked.letters === "") return [];
  return all.map((music) => ({ music, score: scoreOf(music, asked) }))
    .filter(({ score }) => score >= LEAST_SCORE)
    .sort((one, other) => other.score - one.score || one.music.letters.length - other.music.letters.length)
    .map(({ music }) => music);
}

/** How like a name is, 0 to 1: equal, one in the other, how much of its words, how much of its pairs of letters. */
function scoreOf(
  { letters, words }: MusicName,
  asked: { readonly letters: string; readonly words: readonly string[] },
): number {
  if (letters === asked.letters) return 1;
  const [shorter, longer] = letters.length < asked.letters.length
    ? [letters, asked.letters]
    : [asked.letters, letters];
  if (isDistinct(shorter) && longer.includes(shorter)) return 0.9;
  const known = asked.words.filter((word) => words.has(word)).join("").length;
  return Math.max(0.8 * known / asked.letters.length, 0.8 * likeness(letters, asked.letters));
}

/** Whether letters say enough to be looked for within others. */
function isDistinct(letters: string): boolean {
  return letters.length >= (/\p{Script=Han}/u.test(letters) ? 2 : 4);
}

/** The share of pairs of neighbors that two texts have in common. */
function likeness(one: string, other: string): number {
  if (one.length < 2 || other.length < 2) return 0;
  const pairs = new Map<string, number>();
  for (let at = 0; at < one.length - 1; at++) {
    const pair = one.slice(at, at + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  let common = 0;
  for (let at = 0; at < other.length - 1; at++) {
    const pair = other.slice(at, at + 2);
    const left = pairs.get(pair) ?? 0;
    if (left === 0) continue;
    pairs.set(pair, left - 1);
    common++;
  }
  return 2 * common / (one.length + other.length - 2);
}

/** The words of a text, without case, accents and punctuation. */
function wordsOf(text: string): readonly string[] {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().match(WORDS) ?? [];
}
