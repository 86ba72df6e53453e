import { EarshotError } from "../errors/mod.ts";
import { safeDetail } from "./http_refusal.ts";

/** What node's TLS says of a certificate that it does not trust. */
const CERTIFICATE_CODES = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

const URLS = /\b(?:https?|wss?|tcp):\/\/[^\s()"'<>]+/g;

/** The host and port of a URL, which is all of it that a message shows: a query may hold a key. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "a malformed url";
}

/** Why a connection did not come about. */
export function connectError(url: string, cause: unknown): EarshotError {
  const host = hostOf(url);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  // `fetch` names the whole url, whose query may hold a key.
  const detail = messageOf(cause).replaceAll(URLS, (found) => hostOf(found));
  if (CERTIFICATE_CODES.has(code) || /certificate|UnknownIssuer/i.test(code)) {
    return new EarshotError("net.certificate", `Cannot trust ${host}: ${safeDetail(detail)}`, { cause });
  }
  // Up to Deno 2.7 a certificate that is not trusted only shows as a connection that ends.
  const perhaps = /^(wss|https):/.test(url) && code === "ECONNRESET"
    ? " (perhaps its certificate is not trusted here)"
    : "";
  return new EarshotError("net.unreachable", `Cannot reach ${host}: ${safeDetail(detail)}${perhaps}`, {
    cause,
  });
}

/** What lies deepest says most: `fetch` of Deno 2.9 itself only says that it failed. */
function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? messageOf(thrown.cause) : thrown.message;
}
