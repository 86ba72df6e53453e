/** Punctuation, signs such as emoji, spaces, and what is not seen at all, such as a variation selector. */
const IGNORED = /[\p{P}\p{S}\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A phrase as it is compared with others: without case, width, spaces, punctuation and signs. `""` where nothing else
 * is in it.
 */
export function bareText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(IGNORED, "");
}
