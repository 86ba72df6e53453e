import { isSpeakable } from "../text/clean_text.ts";
import { splitText } from "../text/split_text.ts";
import { escapeXml, xmlText } from "./microsoft_ssml.ts";

/** The longest text that the service takes, as it is escaped, in bytes. */
const MAX_TEXT_BYTES = 4_096;

/** A text as what SSML has between its tags, in parts that the service takes; none where there is nothing to speak. */
export function escapedParts(text: string): readonly string[] {
  return partsOf(xmlText(text), MAX_TEXT_BYTES);
}

/** Cut where sentences end, and before it is escaped: never within a character or an entity. */
function partsOf(text: string, maxChars: number): readonly string[] {
  return splitText(text, maxChars).flatMap((part) => {
    const escaped = escapeXml(part.trim());
    if (new TextEncoder().encode(escaped).length > MAX_TEXT_BYTES) return partsOf(part, maxChars >> 1);
    return isSpeakable(part) ? [escaped] : [];
  });
}
