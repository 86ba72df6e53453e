import { createHash, createHmac } from "node:crypto";

/** What is signed of a request to Tencent Cloud's API. */
export interface TencentSigning {
  /** The host with its port, as the request names it. */
  readonly host: string;
  /** The first part of the host's name, such as `tts`. */
  readonly service: string;
  /** The secret, which signs. */
  readonly secretKey: string;
  readonly contentType: string;
  readonly body: string;
  /** The time, in s since 1970. */
  readonly timestamp: number;
}

/** The signature of a POST by the scheme TC3-HMAC-SHA256, over host, content type and body, in hex. */
export function tencentSignature(
  { host, service, secretKey, contentType, body, timestamp }: TencentSigning,
): string {
  const request = [
    "POST",
    "/",
    "",
    `content-type:${contentType}\nhost:${host}\n`,
    "content-type;host",
    sha256(body),
  ].join("\n");
  const date = dateOf(timestamp);
  const text = ["TC3-HMAC-SHA256", timestamp, `${date}/${service}/tc3_request`, sha256(request)].join("\n");
  const key = [date, service, "tc3_request"].reduce<string | Uint8Array>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `TC3${secretKey}`,
  );
  return createHmac("sha256", key).update(text).digest("hex");
}

/** Options of {@linkcode signedTencentRequest}. */
export interface TencentRequestOptions {
  readonly url: string;
  /** The first part of the host's name, such as `tts`. */
  readonly service: string;
  /** The id of the secret, which is sent. */
  readonly secretId: string;
  /** The secret, which signs. */
  readonly secretKey: string;
  readonly action: string;
  /** The version of the API, such as `2019-08-23`. */
  readonly version: string;
  readonly region: string;
  readonly parameters: unknown;
  /** The signature holds for some minutes around it. */
  readonly now: Date;
}

/** A request to Tencent Cloud's API 3.0, signed. */
export function signedTencentRequest(
  { url, service, secretId, secretKey, action, version, region, parameters, now }: TencentRequestOptions,
): { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const contentType = "application/json; charset=utf-8";
  const body = JSON.stringify(parameters);
  const timestamp = Math.floor(now.getTime() / 1_000);
  const { host } = new URL(url);
  const signature = tencentSignature({ host, service, secretKey, contentType, body, timestamp });
  const credential = `${secretId}/${dateOf(timestamp)}/${service}/tc3_request`;
  return {
    url,
    headers: {
      "Authorization": `TC3-HMAC-SHA256 Credential=${credential}, ` +
        `SignedHeaders=content-type;host, Signature=${signature}`,
      "Content-Type": contentType,
      "X-TC-Action": action,
      "X-TC-Version": version,
      "X-TC-Timestamp": String(timestamp),
      "X-TC-Region": region,
    },
    body,
  };
}

/** The day in UTC. */
function dateOf(timestamp: number): string {
  return new Date(1_000 * timestamp).toISOString().slice(0, 10);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
