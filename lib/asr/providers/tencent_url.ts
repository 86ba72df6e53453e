import { hmacBase64 } from "../../net/mod.ts";

/** A service's URL with its signature: parameters sorted, and not encoded in what is signed. */
export function signedTencentUrl(
  url: string,
  { secretKey, parameters }: {
    readonly secretKey: string;
    readonly parameters: Readonly<Record<string, string | number>>;
  },
): string {
  const { host, pathname } = new URL(url);
  const sorted = Object.entries(parameters).sort(([left], [right]) => left < right ? -1 : 1);
  const query = sorted.map(([key, value]) => `${key}=${value}`).join("&");
  const signature = hmacBase64("sha1", { secret: secretKey, text: `${host}${pathname}?${query}` });
  const signed = new URL(url);
  for (const [key, value] of sorted) signed.searchParams.set(key, String(value));
  signed.searchParams.set("signature", signature);
  return signed.href;
}
