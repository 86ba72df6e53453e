/** What names within a network end with. */
const PRIVATE_SUFFIXES = [".local", ".lan", ".home.arpa", ".internal", ".localhost"] as const;

/** Whether a URL leads to this machine or into this network, as its host is written: nobody is asked. */
export function isLocalUrl(url: string): boolean {
  const host = new URL(url).hostname.toLowerCase().replace(/\.$/, "");
  if (host.startsWith("[")) return isLocalIpv6(host.slice(1, -1));
  const [, a, b] = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host) ?? [];
  if (a !== undefined && b !== undefined) return isLocalIpv4(Number(a), Number(b));
  return !host.includes(".") || PRIVATE_SUFFIXES.some((suffix) => host.endsWith(suffix));
}

/** Loopback, private, and what a machine without DHCP takes. */
function isLocalIpv4(a: number, b: number): boolean {
  return a === 127 || a === 10 || a === 0 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) ||
    (a === 169 && b === 254);
}

function isLocalIpv6(address: string): boolean {
  const [, high] = /^::ffff:([\da-f]{1,4}):[\da-f]{1,4}$/.exec(address) ?? [];
  if (high === undefined) return address === "::1" || address === "::" || /^(f[cd]|fe[89ab])/.test(address);
  const bits = Number.parseInt(high, 16);
  return isLocalIpv4(bits >> 8, bits & 0xff);
}
