import { hmacBase64 } from "../../net/mod.ts";

/** How a URL of Tencent's is signed. */
export interface TencentUrlOptions {
  /** The secret, which signs. */
  readonly secretKey: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  /** What stands before the host in what is signed: nothing for recognition, `GET` for voices. Default: nothing. */
  readonly method?: "GET";
  /** The parameter that the signature is sent in. Default: `signature`. */
  readonly signedBy?: "signature" | "Signature";
}

/** A service's URL with its signature: parameters sorted, and not encoded in what is signed. */
export function signedTencentUrl(
  url: string,
  { secretKey, parameters, method, signedBy = "signature" }: TencentUrlOptions,
): string {
  const { host, pathname } = new URL(url);
  const sorted = Object.entries(parameters).sort(([left], [right]) => left < right ? -1 : 1);
  const query = sorted.map(([key, value]) => `${key}=${value}`).join("&");
  const text = `${method ?? ""}${host}${pathname}?${query}`;
  const signed = new URL(url);
  for (const [key, value] of sorted) signed.searchParams.set(key, String(value));
  signed.searchParams.set(signedBy, hmacBase64("sha1", { secret: secretKey, text }));
  return signed.href;
}
