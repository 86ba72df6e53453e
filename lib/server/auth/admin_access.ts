import { createHash, timingSafeEqual } from "node:crypto";
import { LOOPBACK } from "../addresses/address_list.ts";
import { isOwnName } from "./origin.ts";

/** What a proxy adds; a request that carries any of it was made by somebody else than the TCP peer. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;

/** What {@linkcode adminVerdict} decides by. */
export interface AdminRules {
  /** The address from which the request came. */
  readonly peer: string;
  /** The admin token, if there is one. */
  readonly token: string | undefined;
  /** The token by which commands of this user know a running gateway, if it has one. */
  readonly operatorToken?: string | undefined;
  /** Whether only a token counts, and to be on this machine does not. */
  readonly tokenOnly?: boolean;
  /** Names that are ours, lower-cased. */
  readonly names: readonly string[];
}

/** What a request may see. */
export type AdminVerdict = "allowed" | "no_token" | "wrong_token";

/**
 * Whether a request may see what is inside: one with either token, or one that this machine makes for itself.
 * Through a proxy on this machine everybody would come from loopback, so what was forwarded does not count; nor
 * does a web page that had its own name point here.
 */
export function adminVerdict(
  request: Request,
  { peer, token, operatorToken, tokenOnly = false, names }: AdminRules,
): AdminVerdict {
  const given = /^bearer +(\S+)$/i.exec(request.headers.get("authorization")?.trim() ?? "")?.[1];
  if (given !== undefined && operatorToken !== undefined && same(given, operatorToken)) return "allowed";
  if (given !== undefined && token !== undefined) return same(given, token) ? "allowed" : "wrong_token";
  if (tokenOnly) return given === undefined ? "no_token" : "wrong_token";
  const local = LOOPBACK.has(peer) && FORWARDED.every((name) => !request.headers.has(name));
  return local && isOwnName(new URL(request.url).hostname, names) ? "allowed" : "no_token";
}

/** In a time that tells nothing of either. */
function same(given: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
