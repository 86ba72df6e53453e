/** What XML cannot hold. */
// deno-lint-ignore no-control-regex
const NO_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\p{Cs}]/gu;

/** How a voice of Microsoft's speaks. */
export interface MicrosoftProsody {
  readonly voice: string;
  /** How much faster than usual, in percent. */
  readonly ratePercent: number;
  /** How much higher than usual, in Hz. */
  readonly pitchHz: number;
  /** How much louder than usual, in percent. */
  readonly volumePercent: number;
  /** How it feels, such as `cheerful`, where it can. Default: as usual. */
  readonly style?: string | undefined;
}

/** A text without what XML cannot hold. */
export function xmlText(text: string): string {
  return text.replaceAll(NO_XML, " ");
}

/** A text as it stands between tags: never a tag or an entity itself. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The document that has an escaped text spoken. Its language is always this one; the voice decides. */
export function ssmlOf(
  escaped: string,
  { voice, ratePercent, pitchHz, volumePercent, style }: MicrosoftProsody,
): string {
  const prosody = `<prosody pitch='${signed(pitchHz)}Hz' rate='${signed(ratePercent)}%' volume='${
    signed(volumePercent)
  }%'>${escaped}</prosody>`;
  const inner = style === undefined
    ? prosody
    : `<mstts:express-as style='${style}'>${prosody}</mstts:express-as>`;
  const mstts = style === undefined ? "" : " xmlns:mstts='http://www.w3.org/2001/mstts'";
  return `<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis'${mstts} xml:lang='en-US'>` +
    `<voice name='${voice}'>${inner}</voice></speak>`;
}

/** Without its sign, it would not be relative. */
function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value}`;
}
