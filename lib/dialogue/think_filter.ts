const OPEN = /<(?:think|thinking|thought|reasoning)\s*>/i;
const CLOSE = /<\/(?:think|thinking|thought|reasoning)\s*>/i;

/** Drops what a model thinks aloud between tags, over any number of pieces; a missing opening tag is borne. */
export class ThinkFilter {
  #isThinking = false;

  /** What is left of a piece. */
  filter(piece: string): string {
    let rest = piece;
    let kept = "";
    while (rest !== "") {
      const close = CLOSE.exec(rest);
      const open = this.#isThinking ? null : OPEN.exec(rest);
      if (open !== null && (close === null || open.index < close.index)) {
        kept += rest.slice(0, open.index);
        rest = rest.slice(open.index + open[0].length);
        this.#isThinking = true;
      } else if (close !== null) {
        // What stands before it was thought, with or without the opening tag.
        if (!this.#isThinking) kept = "";
        rest = rest.slice(close.index + close[0].length);
        this.#isThinking = false;
      } else {
        return this.#isThinking ? kept : kept + rest;
      }
    }
    return kept;
  }
}
