import { createHmac } from "node:crypto";

/** The base64 of an HMAC over UTF-8 text: how cloud services have their requests signed. */
export function hmacBase64(
  hash: "sha1" | "sha256",
  { secret, text }: { readonly secret: string; readonly text: string },
): string {
  return createHmac(hash, secret).update(text).digest("base64");
}

/** Percent-encoding by RFC 3986, which leaves only letters, digits and `-_.~`. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
