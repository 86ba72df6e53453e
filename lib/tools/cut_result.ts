/** How much of a result a model is told, in bytes of UTF-8. */
export const MAX_RESULT_BYTES = 4_096;

const MARK = "… [cut: the result is longer]";
const encoder = new TextEncoder();

/** A result as a model is told it: at most 4 KB of well-formed text, with a mark where that is not all. */
export function cutResult(result: string): { readonly text: string; readonly cut: boolean } {
  // Nothing behind this counts, and a text of megabytes is not gone through.
  const start = result.slice(0, MAX_RESULT_BYTES + 1);
  // deno-lint-ignore no-control-regex
  const text = start.toWellFormed().replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, " ");
  if (encoder.encode(text).length <= MAX_RESULT_BYTES) return { text, cut: false };
  const room = MAX_RESULT_BYTES - encoder.encode(MARK).length;
  const { read } = encoder.encodeInto(text, new Uint8Array(room));
  return { text: `${text.slice(0, read)}${MARK}`, cut: true };
}
