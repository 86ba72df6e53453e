import { LetterToSound } from "./letter_to_sound.ts";
import { Pronouncer } from "./pronouncer.ts";
import { spokenText } from "./text/spoken_text.ts";
import { type Token, tokensOf } from "./tokens.ts";
import { WordList } from "./word_list.ts";

/** What is spoken in one go, in symbols: about 14 s. */
const MAX_STRETCH = 200;

/** Turns English text into the symbols that the voice reads. */
export class EnglishPhonemes {
  readonly #pronouncer: Pronouncer;

  /** `words` and `letters` are the files of `deno task pronunciation`. Throws for what is none. */
  constructor({ words, letters }: {
    readonly words: Uint8Array<ArrayBuffer>;
    readonly letters: Uint8Array<ArrayBuffer>;
  }) {
    this.#pronouncer = new Pronouncer(new WordList(words), new LetterToSound(letters));
  }

  /** The symbols of a text, a stretch for each sentence or what of a long one is spoken in one go. */
  of(text: string): readonly string[] {
    const tokens = tokensOf(spokenText(text), (word) => this.#pronouncer.knows(word));
    const said: string[] = [];
    // From the end, since some words sound by what comes after them.
    for (let at = tokens.length - 1; at >= 0; at--) {
      said.unshift(this.#say(tokens, at, said[0] ?? ""));
    }
    return stretchesOf(said);
  }

  #say(tokens: readonly Token[], at: number, next: string): string {
    const token = tokens[at];
    switch (token?.type) {
      case "pause":
        return token.mark;
      case "letters":
        return this.#pronouncer.spell(token.text, token);
      case "word":
        return this.#pronouncer.say(token.text, {
          before: wordAt(tokens, at - 1),
          after: wordAt(tokens, at + 1),
          pause: next === "" || isMark(next),
          vowel: /^[ˈˌ]?[AIOWYiuæɑɐɔəɛɜɪʊʌᵻ]/.test(next),
        });
    }
    return "";
  }
}

function wordAt(tokens: readonly Token[], at: number): string {
  const token = tokens[at];
  return token?.type === "word" ? token.text.toLowerCase() : "";
}

function isMark(symbols: string): boolean {
  return /^[.,!?;:…—]$/.test(symbols);
}

/** Words joined to sentences; a long one is cut at its pauses, or else between words. */
function stretchesOf(said: readonly string[]): readonly string[] {
  const stretches: string[] = [];
  let stretch = "";
  const end = () => {
    if (/[^\s.,!?;:…—]/.test(stretch)) stretches.push(/[.,!?;:…—]$/.test(stretch) ? stretch : `${stretch}.`);
    stretch = "";
  };
  for (const symbols of said) {
    if (isMark(symbols)) stretch += symbols === "—" ? " —" : symbols;
    else {
      if (stretch.length + symbols.length > MAX_STRETCH) end();
      stretch += (stretch === "" ? "" : " ") + symbols;
    }
    const isLong = /[,;:—]/.test(symbols) && stretch.length > MAX_STRETCH * 0.7;
    if (/^[.!?…]$/.test(symbols) || isMark(symbols) && isLong) end();
  }
  end();
  return stretches;
}
