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

/** The same with the port, also where it is the usual one: what somebody has to look at. */
export function addressOf(url: string): string {
  const host = hostOf(url);
  const parsed = URL.parse(url);
  if (parsed === null || parsed.port !== "") return host;
  return `${host}:${/^(wss|https):$/.test(parsed.protocol) ? 443 : 80}`;
}

/** Why a connection did not come about: the host, its port, and all that is said of the cause, from outside in. */
export function connectError(url: string, cause: unknown): EarshotError {
  const address = addressOf(url);
  const chain = chainOf(cause);
  const codes = chain.flatMap(({ code }) => code ?? []);
  const detail = detailOf(chain);
  if (codes.some((code) => CERTIFICATE_CODES.has(code) || /certificate|UnknownIssuer/i.test(code))) {
    return new EarshotError("net.certificate", `Cannot trust ${address}: ${detail}`, { cause });
  }
  return new EarshotError("net.unreachable", `Cannot reach ${address}: ${detail}`, { cause });
}

/** How much is said of causes, in characters; the outermost are left out first. */
const MAX_DETAIL = 200;
/** How deep causes are followed: some lead back to one another. */
const MAX_DEPTH = 5;

/** What one error says. */
interface Link {
  readonly message: string;
  readonly code?: string;
}

/** An error and its causes, from outside in. */
function chainOf(thrown: unknown, depth = 0): readonly Link[] {
  if (depth === MAX_DEPTH) return [];
  if (!(thrown instanceof Error)) return [{ message: String(thrown) }];
  const code = "code" in thrown && typeof thrown.code === "string" ? { code: thrown.code } : {};
  const inner = thrown.cause === undefined ? [] : chainOf(thrown.cause, depth + 1);
  return [{ message: thrown.message, ...code }, ...triedOf(thrown, depth), ...inner];
}

/** Several addresses that were tried say each why, side by side. */
function triedOf(thrown: Error, depth: number): readonly Link[] {
  const tried = thrown instanceof AggregateError ? thrown.errors : [];
  const chains = tried.map((error) => chainOf(error, depth + 1));
  if (chains.length === 0) return [];
  const message = chains.map((chain) => joined(chain)).join("; ");
  return [{ message }, ...chains.flat().map(({ code }) => ({ message: "", ...(code && { code }) }))];
}

/** What is said, each thing once. */
function joined(chain: readonly Link[]): string {
  const messages = chain.map(({ message }) => message).filter((message) => message !== "");
  const told = messages.filter((message, index) =>
    !messages.some((other, at) =>
      at !== index && other.includes(message) && (other !== message || at < index)
    )
  );
  while (told.length > 1 && told.join(": ").length > MAX_DETAIL) told.shift();
  return told.join(": ");
}

/** That as one line without secrets (`fetch` names the whole url, whose query may hold a key), and a code besides. */
function detailOf(chain: readonly Link[]): string {
  const said = joined(chain).replaceAll(URLS, (url) => addressOf(url));
  // A code is no secret, however long.
  const code = chain.findLast(({ code }) => code !== undefined && /^[A-Z]\w+$/.test(code))?.code;
  const besides = code === undefined || said.includes(code) ? "" : ` (${code})`;
  return `${safeDetail(said) || "no reason was given"}${besides}`;
}
