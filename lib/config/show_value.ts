import { looksSecret } from "../secrets/mod.ts";
import type { KeyPath } from "./yaml_source.ts";

/** Names whose values are never shown. */
const SECRET = /key|token|secret|password|credential/i;
/** What is no secret, wherever it stands. */
const WORDS = /^[a-z]{1,12}( [a-z]{1,12}){0,3}$/i;
/** The longest value that is shown, in characters. */
const MAX_SHOWN = 40;

/** Whether what stands at a path may be a secret. */
export function isSecretPath(path: KeyPath): boolean {
  return path.some((step) => typeof step === "string" && SECRET.test(step));
}

/** A key as it is shown: not at all where it may be a secret that was pasted there. */
export function showKey(key: string): string {
  return looksSecret(key) ? "..." : key;
}

/**
 * What a value is, for a message: as much of it as is no secret. Of a `misplaced` text, which may be anything, only
 * plain words are shown.
 */
export function showValue(
  value: unknown,
  { path, misplaced }: { readonly path: KeyPath; readonly misplaced: boolean },
): string {
  if (Array.isArray(value)) return "is a list";
  if (typeof value === "object") return value === null ? "is empty" : "is a map";
  if (isSecretPath(path)) return `is a ${typeof value}`;
  if (typeof value === "string" && (looksSecret(value) || (misplaced && !WORDS.test(value)))) {
    return "is text";
  }
  const text = typeof value === "string" ? JSON.stringify(withoutKeys(value)) : String(value);
  return `is ${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text}`;
}

/** A URL without the parts of it that may hold a key; any other text as it is. */
export function withoutKeys(text: string): string {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return text;
  return text.replace(/\/\/[^/?#]*@/, "//...@").replace(/[?#].*$/s, "?...");
}
