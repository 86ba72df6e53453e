import { serviceError, type ServiceName } from "../../service/mod.ts";

/** The longest object, in characters: one may hold all of a text's sound. */
const MAX_OBJECT_CHARS = 16 * 2 ** 20;

/** What ends a stretch of an object outside and within a string: the rest is of no interest here. */
const OUTSIDE = /["{}]/g;
const INSIDE = /["\\]/g;

/**
 * The texts of JSON objects that stand back to back, or with white space between them, wherever the bytes are cut. An
 * object that is not whole at the end is left out: who reads it knows by its last one whether all has come.
 *
 * @throws {EarshotError} `protocol` of the service's family where something else stands between them, or one is too
 *   long; and what `pieces` throws
 */
export async function* jsonObjects(
  service: ServiceName,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void> {
  const objects = new ObjectCutter(service);
  const decoder = new TextDecoder();
  for await (const piece of pieces) yield* objects.push(decoder.decode(piece, { stream: true }));
}

/** Finds where an object ends: where as many braces were closed as were opened, those in strings aside. */
class ObjectCutter {
  readonly #service: ServiceName;
  /** What has come of the object; joined once it is whole, since a long one comes in many pieces. */
  #parts: string[] = [];
  #lengthChars = 0;
  #depth = 0;
  #inString = false;
  /** Whether the next character is escaped, in a piece that has not come yet. */
  #escaped = false;

  constructor(service: ServiceName) {
    this.#service = service;
  }

  *push(text: string): Generator<string, void> {
    let from = 0;
    let at = 0;
    if (this.#escaped && text !== "") {
      this.#escaped = false;
      at = 1;
    }
    for (;;) {
      if (this.#depth === 0) {
        at = from = this.#beginIn(text, at);
        if (at === text.length) return;
      }
      const sign = nextIn(text, { at, signs: this.#inString ? INSIDE : OUTSIDE });
      if (sign === undefined) break;
      at = sign + 1;
      switch (text[sign]) {
        case '"':
          this.#inString = !this.#inString;
          break;
        case "\\":
          this.#escaped = at === text.length;
          at++;
          break;
        case "{":
          this.#depth++;
          break;
        default:
          if (--this.#depth > 0) break;
          this.#keep(text.slice(from, at));
          yield this.#take();
      }
    }
    this.#keep(text.slice(from));
  }

  /** Where the next object begins; nothing but white space may stand before it. */
  #beginIn(text: string, from: number): number {
    const [space = ""] = /^[\s\ufeff]*/.exec(text.slice(from, from + 1_024)) ?? [];
    const at = from + space.length;
    if (at === text.length || text[at] === "{") return at;
    if (space.length === 1_024) return this.#beginIn(text, at);
    throw serviceError(this.#service, "protocol", { detail: "it sent something that is not JSON" });
  }

  #keep(part: string): void {
    this.#parts.push(part);
    this.#lengthChars += part.length;
    if (this.#lengthChars <= MAX_OBJECT_CHARS) return;
    throw serviceError(this.#service, "protocol", { detail: "it sends a message without end" });
  }

  #take(): string {
    const text = this.#parts.join("");
    this.#parts = [];
    this.#lengthChars = 0;
    return text;
  }
}

function nextIn(
  text: string,
  { at, signs }: { readonly at: number; readonly signs: RegExp },
): number | undefined {
  signs.lastIndex = at;
  return signs.exec(text)?.index;
}
