import { isSpeakable } from "../text/clean_text.ts";
import { splitText } from "../text/split_text.ts";
import type { PartReader } from "../part_reader.ts";

/** A sentence that is shorter waits for the next one: it may be no end, as after "Dr." */
const MIN_CHARS = 12;
/** Where sentences end, as far as the text has come. */
const ENDS = /[.!?…]["'”’)\]]*\s+|[。！？；]["'”’」』）]*/gu;

/** A text that is being written, sentence by sentence: each as soon as it is whole, and at most `maxChars` long. */
export async function* wholeSentences(
  parts: PartReader,
  { begun = "", maxChars, signal }: {
    /** What came of it already. */
    readonly begun?: string;
    readonly maxChars: number;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<string, void> {
  let held = begun;
  for (;;) {
    const whole = held.slice(0, wholeLength(held));
    held = held.slice(whole.length);
    yield* speakable(whole, maxChars);
    const part = await parts.next(signal);
    if (part === undefined) return yield* speakable(held, maxChars);
    held += part;
    if (held.length > maxChars) {
      const [first = "", ...rest] = splitText(held, maxChars);
      yield* speakable(first, maxChars);
      held = rest.join("");
    }
  }
}

/** How much of a text is whole sentences that are worth a request. */
function wholeLength(text: string): number {
  let length = 0;
  for (const { 0: found, index } of text.matchAll(ENDS)) {
    const end = index + found.length;
    const isSure = end >= MIN_CHARS || /[。！？；]/.test(found);
    if (isSure && isSpeakable(text.slice(0, end))) length = end;
  }
  return length;
}

function speakable(text: string, maxChars: number): readonly string[] {
  return splitText(text, maxChars).map((part) => part.trim()).filter((part) => isSpeakable(part));
}
