import { createHmac } from "node:crypto";
import { issueToken, type TokenSubject, type TokenVerdict, verifyToken } from "./device_token.ts";

/**
 * How long a token for photos is good, in ms: as long as a conversation may go on. It opens nothing while its device is
 * not connected.
 */
export const PHOTO_TOKEN_LIFE_MS = 24 * 60 * 60 * 1_000;

/**
 * Signs a token with which a device may have photos looked at. It is none with which it may connect, and the other way
 * round: the key is another one.
 *
 * @throws {EarshotError} `auth.not_approved` as `issueToken`
 */
export function issuePhotoToken(key: string, subject: TokenSubject, nowMs: number): string {
  return issueToken(keyFor("photos", key), subject, nowMs);
}

/** Checks a token for photos against each key. */
export function verifyPhotoToken(
  token: string,
  subject: TokenSubject,
  { keys, nowMs }: { readonly keys: readonly string[]; readonly nowMs: number },
): TokenVerdict {
  const derived = keys.map((key) => keyFor("photos", key));
  return verifyToken(token, subject, { keys: derived, lifeMs: PHOTO_TOKEN_LIFE_MS, nowMs });
}

/** What signs for one purpose. No device token signs such a text, as each of theirs has two bars. */
function keyFor(purpose: string, key: string): string {
  return createHmac("sha256", key).update(purpose).digest("base64url");
}
