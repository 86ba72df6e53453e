import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { EarshotError } from "../../errors/mod.ts";

/** Whose token it is; one without an id counts as the empty text. */
export interface TokenSubject {
  /** The `Device-Id`. */
  readonly deviceId: string;
  /** The `Client-Id`. */
  readonly clientId?: string | undefined;
}

/** What a token is worth. */
export type TokenVerdict = "valid" | "invalid" | "expired";

const SIGNATURE_CHARS = 43;
const TOKEN = /^([\w-]{43})\.(\d{1,12})$/;

/**
 * Signs a token as the firmware's own servers do: base64url(HMAC-SHA256(key, `client_id|device_id|ts`)) without
 * padding, a dot, and the time in Unix seconds.
 *
 * @throws {EarshotError} `auth.not_approved` for an id with a `|`, which would let two devices share a token.
 */
export function issueToken(key: string, subject: TokenSubject, nowMs: number): string {
  if (hasBar(subject)) {
    throw new EarshotError("auth.not_approved", "Cannot give a token: an id of the device has a | in it");
  }
  const seconds = Math.trunc(nowMs / 1_000);
  return `${sign(key, subject, seconds)}.${seconds}`;
}

/** Checks a token against each key, in the same time whichever of them signed it. */
export function verifyToken(
  token: string,
  subject: TokenSubject,
  options: { readonly keys: readonly string[]; readonly lifeMs: number; readonly nowMs: number },
): TokenVerdict {
  const [, signature, seconds] = TOKEN.exec(token) ?? [];
  if (signature === undefined || seconds === undefined || hasBar(subject)) return "invalid";
  let genuine = false;
  for (const key of options.keys) {
    const expected = sign(key, subject, Number(seconds));
    // No short cut: every key is tried.
    genuine = same(signature, expected) || genuine;
  }
  if (!genuine) return "invalid";
  // A time to come was signed by us as well, on a machine whose clock was wrong.
  return options.nowMs - Number(seconds) * 1_000 > options.lifeMs ? "expired" : "valid";
}

function hasBar({ deviceId, clientId = "" }: TokenSubject): boolean {
  return deviceId.includes("|") || clientId.includes("|");
}

function sign(key: string, { deviceId, clientId = "" }: TokenSubject, seconds: number): string {
  return createHmac("sha256", key).update(`${clientId}|${deviceId}|${seconds}`).digest("base64url");
}

function same(signature: string, expected: string): boolean {
  const bytes = (text: string) =>
    Buffer.from(text.padEnd(SIGNATURE_CHARS).slice(0, SIGNATURE_CHARS), "latin1");
  return timingSafeEqual(bytes(signature), bytes(expected));
}
