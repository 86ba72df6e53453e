/** What stands around thoughts that a model writes into its answer, and around what it wants to be seen. */
const TAGS = [
  ...["think", "thinking", "thought"].flatMap((name) => [`<${name}>`, `</${name}>`]),
  "<|begin_of_box|>",
  "<|end_of_box|>",
];
const TAG = /<(\/?)(?:think|thinking|thought)>|<\|(?:begin|end)_of_box\|>/i;
const CLOSING = /<\/(?:think|thinking|thought)>/i;
const LONGEST_TAG = Math.max(...TAGS.map(({ length }) => length));
/** How much is held of what may be thoughts or the answer, in characters; an answer is not longer. */
const MAX_HELD_LENGTH = 65_536;

/**
 * Takes thoughts out of an answer that comes in pieces, wherever they are cut: `<think>`, `<thinking>`, `<thought>` and
 * what follows up to the closing tag. Tags of boxes go, what is in them stays; so does white space before the first word.
 */
export class ThinkTags {
  /** Whether what comes is a thought; `unknown` until the closing tag of one that was never opened. */
  #state: "answer" | "thought" | "unknown";
  /** What may be a thought or the answer. */
  #unknown = "";
  /** The end of what came, where a tag may begin. */
  #rest = "";
  #begun = false;

  /** `openingMissing`: the server leaves the first opening tag out, so everything is held up to the closing one. */
  constructor({ openingMissing = false }: { readonly openingMissing?: boolean } = {}) {
    this.#state = openingMissing ? "unknown" : "answer";
  }

  /** What of the answer is complete with the next piece; may be `""`. */
  push(piece: string): string {
    let answer = "";
    let text = this.#rest + piece;
    for (;;) {
      const tag = (this.#state === "answer" ? TAG : CLOSING).exec(text);
      const end = tag?.index ?? text.length - tailOf(text);
      if (this.#state === "answer") answer += text.slice(0, end);
      if (this.#state === "unknown" && this.#unknown.length < MAX_HELD_LENGTH) {
        this.#unknown += text.slice(0, end);
      }
      text = text.slice(end + (tag?.[0].length ?? 0));
      if (tag === null) break;
      // A closing tag by itself, or that of a box, says nothing about what follows.
      this.#state = this.#state === "answer" && tag[1] === "" ? "thought" : "answer";
    }
    this.#rest = text;
    return this.#told(answer);
  }

  /**
   * What is left of the answer once all has come. `whole`: the model came to its end by itself, so what was held and
   * never closed is no thought.
   */
  end({ whole }: { readonly whole: boolean }): string {
    const rest = this.#rest;
    this.#rest = "";
    if (this.#state === "answer") return this.#told(rest);
    if (this.#state === "thought" || !whole) return "";
    this.#state = "answer";
    const held = this.push(this.#unknown + rest);
    return held + this.end({ whole });
  }

  #told(answer: string): string {
    const text = this.#begun ? answer : answer.trimStart();
    this.#begun ||= text !== "";
    return text;
  }
}

/** How much of the end of a text may be the beginning of a tag, in characters. */
function tailOf(text: string): number {
  const from = text.lastIndexOf("<");
  if (from === -1 || text.length - from >= LONGEST_TAG) return 0;
  const tail = text.slice(from).toLowerCase();
  return TAGS.some((tag) => tag.startsWith(tail)) ? tail.length : 0;
}
