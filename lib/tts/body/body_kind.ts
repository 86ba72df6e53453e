import { isMp3 } from "../../audio/mod.ts";

/** What the body of an answer is. */
export type BodyKind = "empty" | "wav" | "ogg" | "mp3" | "events" | "error" | "foreign" | "pcm";

/** How many bytes tell most kinds apart. */
export const HEAD_BYTES = 16;

/** Kinds of sound that nobody reads here. */
const FOREIGN_TYPE = /^(audio\/(x-)?(aac|flac|m4a|mp4|webm|amr)|video\/)/i;
const TEXT_TYPE = /^(text\/|application\/(problem\+)?json)/i;

/** What a body is, by its first bytes, then by what its Content-Type says; what else there is, is samples. */
export function bodyKindOf(head: Uint8Array, contentType: string): BodyKind {
  if (head.length === 0) return "empty";
  if (beginsWith(head, "RIFF")) return "wav";
  if (beginsWith(head, "OggS")) return "ogg";
  if (isMp3(head)) return "mp3";
  // A sample may look like a brace, but not eight of them like text.
  const text = textOf(head);
  if (/^\ufeff?(data|event|id|retry|): ?[\w{"]/.test(text)) return "events";
  if (isText(text) && (/^\s*[{<]/.test(text) || TEXT_TYPE.test(contentType) || head.length >= HEAD_BYTES)) {
    return "error";
  }
  if (beginsWith(head, "fLaC") || beginsWith(head, "\x1a\x45\xdf\xa3") || FOREIGN_TYPE.test(contentType)) {
    return "foreign";
  }
  return "pcm";
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES));
}

function isText(text: string): boolean {
  // The last character may be cut.
  // deno-lint-ignore no-control-regex
  return !/[\x00-\x08\x0e-\x1f\x7f\ufffd]/.test(text.replace(/\ufffd{1,3}$/, ""));
}

function beginsWith(bytes: Uint8Array, letters: string): boolean {
  for (let i = 0; i < letters.length; i++) if (bytes[i] !== letters.charCodeAt(i)) return false;
  return true;
}
