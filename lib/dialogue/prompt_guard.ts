import { bareText } from "../protocol/mod.ts";
import { isChinese } from "./prompt_words.ts";

/** What is guarded, and how much of it may be said on end, in letters and digits. */
interface Guarded {
  readonly bare: string;
  readonly mostChars: number;
}

/** So much of our own rules is said by nobody who was not told to repeat them; Chinese says as much in fewer characters. */
const OF_RULES = { latin: 40, chinese: 16 } as const;
/** An agent's own words may be facts that are asked for, such as opening hours: much more of them may be repeated. */
const OF_PROMPT = { latin: 160, chinese: 60 } as const;

/** Options of {@linkcode PromptGuard}. */
export interface PromptGuardOptions {
  /** The agent's own words. */
  readonly prompt: string;
  /** What is added to them. */
  readonly rules: readonly string[];
  /** The usual language (BCP 47) of both. */
  readonly language: string;
}

/** Finds out whether an answer repeats its instructions word for word, as one does that somebody has talked into it. */
export class PromptGuard {
  readonly #guarded: readonly Guarded[];
  #said = "";

  /** Has read nothing of an answer. */
  constructor({ prompt, rules, language }: PromptGuardOptions) {
    const script = isChinese(language) ? "chinese" : "latin";
    this.#guarded = [
      ...rules.map((rule) => ({ bare: bareText(rule), mostChars: OF_RULES[script] })),
      { bare: bareText(prompt), mostChars: OF_PROMPT[script] },
    ].filter(({ bare, mostChars }) => bare.length >= mostChars);
  }

  /** Takes the next piece of the answer; whether it goes on repeating them for longer than is allowed. */
  leaks(text: string): boolean {
    const bare = bareText(text);
    const leaks = this.#guarded.some(({ bare: guarded, mostChars }) => {
      const read = `${this.#said.slice(-(mostChars - 1))}${bare}`;
      for (let at = 0; at + mostChars <= read.length; at++) {
        if (guarded.includes(read.slice(at, at + mostChars))) return true;
      }
      return false;
    });
    this.#said = `${this.#said}${bare}`.slice(-OF_PROMPT.latin);
    return leaks;
  }
}
