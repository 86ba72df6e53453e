import type { LlmImage } from "../../llm/mod.ts";

/** What files of each type begin with, as Latin-1; a `?` is any byte. */
const BEGINNINGS: readonly (readonly [LlmImage["mimeType"], string])[] = [
  ["image/jpeg", "\xff\xd8\xff"],
  ["image/png", "\x89PNG\r\n\x1a\n"],
  ["image/webp", "RIFF????WEBP"],
  ["image/gif", "GIF87a"],
  ["image/gif", "GIF89a"],
];

/** What an image is by its first bytes, whatever it is called; `undefined` for what is none. */
export function imageTypeOf(bytes: Uint8Array): LlmImage["mimeType"] | undefined {
  return BEGINNINGS.find(([, beginning]) =>
    bytes.length > beginning.length &&
    Array.from(beginning).every((char, at) => char === "?" || char.charCodeAt(0) === bytes[at])
  )?.[0];
}
