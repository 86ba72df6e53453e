import { isIP } from "node:net";
import { EarshotError } from "../../errors/mod.ts";

/** What this machine is called in its network, as far as it knows, and the name that devices are told. */
export function ownNames(publicUrl: string | undefined): string[] {
  const names = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  try {
    const name = Deno.hostname().toLowerCase();
    return [...names, name, `${name}.local`];
  } catch {
    return names; // the permission was not given; addresses still do
  }
}

/** The longest origin that an error repeats, in characters. */
const MAX_SHOWN = 100;

/** Names below these belong to the network in which they are asked for: nobody outside can make one point here. */
const PRIVATE_SUFFIXES = [".local", ".lan", ".home.arpa", ".internal", ".localhost"] as const;

/** Which web pages may connect. */
export interface OriginRules {
  /** Origins that are welcome besides our own: `https://voice.example`, `null` for files, `*` for all. */
  readonly allowed: readonly string[];
  /** Names that are ours, lower-cased. */
  readonly names: readonly string[];
  /** The WebSocket URL that devices are told, where the config has one; its host's pages are ours. */
  readonly publicUrl?: string | undefined;
  /** The host that was asked for, where a trusted proxy tells another one than the request. */
  readonly host?: string | null | undefined;
}

/**
 * Refuses web pages of other sites, which would open a socket from the browser of whoever looks at them. Devices send no `Origin`, but some
 * libraries make one up of the URL that they were given, so the names that OTA tells have to pass. Ours is an origin
 * that names the very host it connects to, by an address or by a name that nobody outside can own, and that of
 * `publicUrl`: any other name could be made to point here by its owner.
 *
 * @throws {EarshotError} `auth.origin`
 */
export function requireOrigin(headers: Headers, rules: OriginRules): void {
  const origin = headers.get("origin");
  if (origin === null) return;
  if (rules.allowed.some((allowed) => allowed === "*" || allowed.toLowerCase() === origin.toLowerCase())) {
    return;
  }
  const page = URL.parse(origin);
  if (page !== null && page.host !== "") {
    const reached = hostOf(rules.host ?? headers.get("host"), page.protocol);
    if (page.host === reached && (isOwnName(page.hostname, rules.names) || isPrivateName(page.hostname))) {
      return;
    }
    const told = rules.publicUrl === undefined ? null : new URL(rules.publicUrl).host;
    if (page.host === hostOf(told, page.protocol)) return;
  }
  const shown = JSON.stringify(origin.slice(0, MAX_SHOWN));
  throw new EarshotError(
    "auth.origin",
    `Cannot let the page in: its origin ${shown} is not this gateway's; if you know it, server.allowedOrigins: [${shown}]`,
  );
}

/** Whether a host can only be this machine: an address, `localhost`, or one of its names. */
export function isOwnName(hostname: string, names: readonly string[]): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(bare) !== 0 || bare === "localhost" || names.includes(bare);
}

/** Whether a name means something in its own network only: one label, or below a suffix that nobody can buy. */
function isPrivateName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  return /^[a-z0-9_-]+$/.test(name) || PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

/** A `Host` header in the spelling of a URL of that protocol, without its default port. */
function hostOf(host: string | null, protocol: string): string | undefined {
  return host === null ? undefined : URL.parse(`${protocol}//${host}`)?.host;
}
