import { withoutSecrets } from "../secrets/mod.ts";

/** How much of a result a model is told, in bytes of UTF-8. */
export const MAX_RESULT_BYTES = 4_096;

/** How much of a longer text is looked at. */
const MAX_READ_CHARS = 65_536;
const MARK = "… [cut: the result is longer]";
const encoder = new TextEncoder();

/**
 * A result as a model is told it: at most 4 KB of well-formed text, with a mark where that is not all, and without any
 * secret of the config, which a server may repeat.
 */
export function cutResult(result: string): { readonly text: string; readonly cut: boolean } {
  // A text of megabytes is not gone through; a secret is taken out before it could be cut in two.
  const start = withoutSecrets(result.slice(0, MAX_READ_CHARS)).slice(0, MAX_RESULT_BYTES + 1);
  // deno-lint-ignore no-control-regex
  const text = start.toWellFormed().replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, " ");
  if (result.length <= MAX_READ_CHARS && encoder.encode(text).length <= MAX_RESULT_BYTES) {
    return { text, cut: false };
  }
  const room = MAX_RESULT_BYTES - encoder.encode(MARK).length;
  const { read } = encoder.encodeInto(text, new Uint8Array(room));
  return { text: `${text.slice(0, read)}${MARK}`, cut: true };
}
