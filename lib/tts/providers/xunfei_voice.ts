import { z } from "zod";
import { type ConnectionHandlers, openSocket, type PeerTrust } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import {
  serviceError,
  type ServiceName,
  signedXunfeiUrl,
  xunfeiFault,
  type XunfeiKeys,
} from "../../service/mod.ts";

const level = z.int().min(0).max(100).default(50);

/** What both kinds of iFlytek's voices are told. */
export const xunfeiVoiceKeys = {
  appId: z.string().min(1).describe("the id of the application, from the console"),
  apiKey: secretSource.describe("the APIKey of the application"),
  apiSecret: secretSource.describe("the APISecret of the application"),
  languages: z.array(z.string().min(2)).min(1).optional()
    .describe("the languages that the voice speaks (BCP 47), such as [zh, en]; by default it may be any"),
  speed: level.describe("how fast it speaks, 0 to 100; 50 is usual"),
  volume: level.describe("how loud it speaks, 0 to 100; every answer leaves equally loud anyway"),
  pitch: level.describe("how high it speaks, 0 to 100; 50 is usual"),
};

/** Opens a connection with a URL that is signed now. */
export function xunfeiConnect(
  url: string,
  keys: XunfeiKeys & { readonly trust: PeerTrust },
): (handlers: ConnectionHandlers, signal: AbortSignal) => ReturnType<typeof openSocket> {
  const { trust } = keys;
  return (handlers, signal) =>
    openSocket({ url: signedXunfeiUrl(url, { ...keys, now: new Date() }), trust }, handlers, signal);
}

/** Throws what a code says that went wrong. */
export function checkXunfeiCode(
  service: ServiceName,
  { code, message }: { readonly code: number; readonly message: string },
): void {
  if (code !== 0) throw serviceError(service, xunfeiFault(code), { detail: `${code} ${message}` });
}

/** The sound in a reply; throws `tts.protocol` where it is none. */
export function xunfeiSound(service: ServiceName, base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch (cause) {
    throw serviceError(service, "protocol", { detail: "its sound is no base64", cause });
  }
}

/** A text as it is sent. */
export function xunfeiText(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
