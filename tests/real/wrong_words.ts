import { spokenText } from "../../lib/engine/english/text/spoken_text.ts";

/** Words that the recognizer writes as two, or with a hyphen. */
const JOINED = /\b(to|good|e)[- ](day|morrow|night|bye|mail)\b/g;

/** The words of a text as they sound: numbers in words, and letters that are spelled in one. */
export function soundedWords(text: string): readonly string[] {
  return spokenText(text)
    .replaceAll(/\b(?:[A-Za-z]\.){2,}/g, (letters) => letters.replaceAll(".", ""))
    .replaceAll(/(?<=\w)\.(?=\w)/g, " dot ")
    .toLowerCase()
    .replaceAll(JOINED, "$1$2")
    .replaceAll(/\b[a-z](?: [a-z]\b)+/g, (letters) => letters.replaceAll(" ", ""))
    .replaceAll(/\bo\b/g, "oh")
    .match(/[a-z']+/g) ?? [];
}

/** What was heard otherwise than it was said: `said > heard` for each word, with nothing where one is missing. */
export function wrongWords(said: string, heard: string): readonly string[] {
  const [expected, found] = [soundedWords(said), soundedWords(heard)];
  // How many words are wrong at least from each place to the ends.
  const rest = Array.from({ length: expected.length + 1 }, () => new Array<number>(found.length + 1).fill(0));
  const restAt = (at: number, other: number) => rest[at]?.[other] ?? Infinity;
  for (let at = expected.length; at >= 0; at--) {
    for (let other = found.length; other >= 0; other--) {
      const row = rest[at];
      if (row === undefined || at === expected.length && other === found.length) continue;
      const same = expected[at] === found[other] ? 0 : 1;
      row[other] = Math.min(
        restAt(at + 1, other + 1) + same,
        restAt(at + 1, other) + 1,
        restAt(at, other + 1) + 1,
      );
    }
  }
  const wrong: string[] = [];
  for (let at = 0, other = 0; at < expected.length || other < found.length;) {
    const best = restAt(at, other);
    const [word = "", heardWord = ""] = [expected[at], found[other]];
    if (
      at < expected.length && other < found.length &&
      best === restAt(at + 1, other + 1) + Number(word !== heardWord)
    ) {
      if (word !== heardWord) wrong.push(`${word} > ${heardWord}`);
      at++;
      other++;
    } else if (at < expected.length && best === restAt(at + 1, other) + 1) {
      wrong.push(`${word} > `);
      at++;
    } else {
      wrong.push(` > ${heardWord}`);
      other++;
    }
  }
  return wrong;
}
