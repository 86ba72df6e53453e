/** The most text that a device shows, in bytes of UTF-8: very long text has crashed devices. */
export const MAX_SHOWN_BYTES = 1024;

const encoder = new TextEncoder();

/**
 * Cuts text to at most `maxBytes` of UTF-8, between code points. Lone surrogates become U+FFFD, since the
 * firmware's JSON reader fails on them.
 */
export function boundText(text: string, maxBytes: number = MAX_SHOWN_BYTES): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read).toWellFormed();
}
