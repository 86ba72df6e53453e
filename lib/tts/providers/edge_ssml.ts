import { isSpeakable } from "../clean_text.ts";
import { splitText } from "../split_text.ts";

/** The longest text that the service takes, as it is escaped, in bytes. */
const MAX_TEXT_BYTES = 4_096;
/** What XML cannot hold. */
// deno-lint-ignore no-control-regex
const NO_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\p{Cs}]/gu;

/** How a voice speaks. */
export interface EdgeProsody {
  readonly voice: string;
  /** How much faster than usual. */
  readonly ratePercent: number;
  /** How much higher than usual. */
  readonly pitchHz: number;
  /** How much louder than usual. */
  readonly volumePercent: number;
}

/** A text as what SSML has between its tags, in parts that the service takes; none where there is nothing to speak. */
export function escapedParts(text: string): readonly string[] {
  return partsOf(text.replaceAll(NO_XML, " "), MAX_TEXT_BYTES);
}

/** Cut where sentences end, and before it is escaped: never within a character or an entity. */
function partsOf(text: string, maxChars: number): readonly string[] {
  return splitText(text, maxChars).flatMap((part) => {
    const escaped = escapeXml(part.trim());
    if (new TextEncoder().encode(escaped).length > MAX_TEXT_BYTES) return partsOf(part, maxChars >> 1);
    return isSpeakable(part) ? [escaped] : [];
  });
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The document that has a part spoken. Its language is always this one; the voice decides. */
export function ssmlOf(escaped: string, { voice, ratePercent, pitchHz, volumePercent }: EdgeProsody): string {
  return "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>" +
    `<voice name='${voice}'>` +
    `<prosody pitch='${signed(pitchHz)}Hz' rate='${signed(ratePercent)}%' volume='${
      signed(volumePercent)
    }%'>` +
    `${escaped}</prosody></voice></speak>`;
}

/** Without its sign, it would not be relative. */
function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value}`;
}
