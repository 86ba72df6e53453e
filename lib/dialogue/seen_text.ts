const CONTROLS = /(?![\n\t])[\p{Cc}\p{Co}\p{Cn}\ufffd\ufffc]/gu;
const SURROGATES = /\p{Surrogate}/gu;
const LINE_ENDS = /\r\n?|[\u2028\u2029\u0085]/g;
const KEYCAPS = /([0-9])\ufe0f?\u20e3/g;
const EMOJI = /\p{RGI_Emoji}|[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u20e3]/gv;
/** A joiner is part of how these scripts are written; anywhere else it is not seen. */
const JOINER =
  /(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]\p{M}*)[\u200c\u200d](?=[\p{L}\p{M}])/u;
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Text without what is not seen or is no character: control characters other than line ends and tabs, unpaired
 * surrogates, zero-width marks, emoji. Line ends become `\n`.
 */
export function seenText(text: string): string {
  const seen = text
    .replaceAll(LINE_ENDS, "\n")
    .replaceAll(SURROGATES, "")
    .replaceAll(CONTROLS, "")
    .replaceAll(KEYCAPS, "$1 ")
    .replaceAll("‼", "!!")
    .replaceAll("⁉", "!?")
    .replaceAll(EMOJI, " ");
  return seen.replaceAll(
    UNSEEN,
    (mark, at: number) =>
      JOINER.test(seen.slice(Math.max(0, at - 4), at + 3)) && (mark === "\u200c" || mark === "\u200d")
        ? mark
        : "",
  );
}
