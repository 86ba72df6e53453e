import { splitText } from "./split_text.ts";

/**
 * A text in parts that a service takes which counts bytes of UTF-8, cut as {@linkcode splitText} does it: where
 * sentences end, and never within a character unless it is longer than a part.
 */
export function splitBytes(text: string, maxBytes: number): readonly string[] {
  return partsOf(text, { maxBytes, maxChars: maxBytes });
}

function partsOf(
  text: string,
  { maxBytes, maxChars }: { readonly maxBytes: number; readonly maxChars: number },
): readonly string[] {
  return splitText(text, maxChars).flatMap((part) =>
    maxChars === 1 || new TextEncoder().encode(part).length <= maxBytes
      ? [part]
      : partsOf(part, { maxBytes, maxChars: maxChars >> 1 })
  );
}
