import { hmacBase64 } from "../../net/mod.ts";

/** The keys of an iFlytek application. */
export interface XunfeiKeys {
  /** The key, which is sent. */
  readonly apiKey: string;
  /** The secret, which signs. */
  readonly apiSecret: string;
}

/** The signature over host, date and request line. `date` is in the format of RFC 1123. */
export function xunfeiSignature(
  apiSecret: string,
  { host, path, date }: { readonly host: string; readonly path: string; readonly date: string },
): string {
  return hmacBase64("sha256", {
    secret: apiSecret,
    text: `host: ${host}\ndate: ${date}\nGET ${path} HTTP/1.1`,
  });
}

/** A service's URL with its signature, which holds for 300 s around `now`. */
export function signedXunfeiUrl(
  url: string,
  { apiKey, apiSecret, now }: XunfeiKeys & { readonly now: Date },
): string {
  const signed = new URL(url);
  const { host, pathname: path } = signed;
  const date = now.toUTCString();
  const signature = xunfeiSignature(apiSecret, { host, path, date });
  const authorization = `api_key="${apiKey}", algorithm="hmac-sha256", ` +
    `headers="host date request-line", signature="${signature}"`;
  signed.searchParams.set("authorization", btoa(authorization));
  signed.searchParams.set("date", date);
  signed.searchParams.set("host", host);
  return signed.href;
}
