/** Tells where a JSON object that comes in pieces is closed, without reading anything twice. It is not checked otherwise. */
export class JsonEnd {
  #depth = 0;
  #inText = false;
  #escaped = false;
  #begun = false;

  /** Whether a value was opened and is closed. */
  get reached(): boolean {
    return this.#begun && this.#depth <= 0 && !this.#inText;
  }

  /** Reads the next piece. */
  push(piece: string): void {
    for (const character of piece) this.#read(character);
  }

  #read(character: string): void {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false;
      else if (character === "\\") this.#escaped = true;
      else if (character === '"') this.#inText = false;
    } else if (character === '"') {
      this.#inText = true;
    } else if (character === "{" || character === "[") {
      this.#begun = true;
      this.#depth++;
    } else if (character === "}" || character === "]") {
      this.#depth--;
    }
  }
}
