import { isIP } from "node:net";

/** A host name without the brackets that an IPv6 address has in a URL, which stand around it there once. */
export function withoutBrackets(hostname: string): string {
  const [, inside] = /^\[(.*)\]$/.exec(hostname) ?? [];
  return inside !== undefined && isIP(inside) === 6 ? inside : hostname;
}

/** What is wrong with an address to listen on, and what would be right; `undefined` where it is one. */
export function hostnameFault(text: string): string | undefined {
  const hostname = withoutBrackets(text);
  if (isIP(hostname) !== 0) return undefined;
  if (hostname === "*") return "give 0.0.0.0 for every IPv4 interface, or :: for every interface";
  if (/^[a-z]+:\/\//i.test(hostname)) return "give the address alone, without a scheme and a path";
  const [, port] = /^(?:[^:]+|\[.*\]):(\d+)$/.exec(hostname) ?? [];
  if (port !== undefined) return `give the address alone; the port belongs into server.port: ${port}`;
  if (!isName(hostname)) {
    return "give an address such as 0.0.0.0, 192.168.1.10 or ::, or the name of this machine";
  }
  return undefined;
}

/** Whether it may be the name of a machine; what has only digits and dots would be an address, and is none. */
function isName(hostname: string): boolean {
  return /^[\p{L}\d_]([\p{L}\d_.-]*[\p{L}\d_])?\.?$/u.test(hostname) && !/^[\d.]+$/.test(hostname) &&
    hostname.length <= 253;
}
