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

/** Options of {@linkcode requireOrigin}. */
export interface OriginRules {
  /** Origins that are welcome besides our own: `https://voice.example`, `null` for files, `*` for all. */
  readonly allowed: readonly string[];
  /** Names that are ours, lower-cased. */
  readonly names: readonly string[];
}

/**
 * Refuses a web page of somebody else that opens a socket in its visitor's name. Devices send no `Origin`. Ours
 * is one that names the very host it connects to, by an address, `localhost` or a name of this machine: any other
 * name could be made to point here by its owner.
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
  if (page !== null && page.host === hostOf(headers.get("host"), page.protocol)) {
    if (isOwnName(page.hostname, rules.names)) return;
  }
  throw new EarshotError(
    "auth.origin",
    `Cannot let the page in: its origin ${JSON.stringify(origin.slice(0, MAX_SHOWN))} is not this gateway's`,
  );
}

/** Whether a host can only be this machine: an address, `localhost`, or one of its names. */
export function isOwnName(hostname: string, names: readonly string[]): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(bare) !== 0 || bare === "localhost" || names.includes(bare);
}

/** A `Host` header in the spelling of a URL of that protocol, without its default port. */
function hostOf(host: string | null, protocol: string): string | undefined {
  return host === null ? undefined : URL.parse(`${protocol}//${host}`)?.host;
}
