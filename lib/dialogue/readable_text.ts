// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/**
 * Text as any service can be sent it: well-formed (no unpaired surrogate), without control characters but for tab and
 * line breaks, without space around it. Some servers refuse the whole request otherwise.
 */
export function sendable(text: string): string {
  return readable(text).trim();
}

/** The same with the space around it. */
export function readable(text: string): string {
  return text.toWellFormed().replace(CONTROLS, " ");
}

/** The same on one line, cut at so many UTF-16 units; for names. */
export function cleanLine(text: string, maxChars: number): string {
  return cutChars(sendable(text).replace(/\s+/g, " "), maxChars).trimEnd();
}

/** The first `maxChars` UTF-16 units of a text, less one where that would halve a character. */
export function cutChars(text: string, maxChars: number): string {
  const cut = text.slice(0, Math.max(0, maxChars));
  return cut.isWellFormed() || cut.length === text.length ? cut : cut.replace(/[\ud800-\udbff]$/, "");
}

/** As much of a text as so many bytes of UTF-8 hold. */
export function cutBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(0, maxBytes)));
  return text.slice(0, read);
}
