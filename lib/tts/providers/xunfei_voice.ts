import { z } from "zod";
import type { PeerTrust } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import {
  serviceError,
  type ServiceName,
  signedXunfeiUrl,
  xunfeiFault,
  type XunfeiKeys,
} from "../../service/mod.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { voiceLanguages } from "../language.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import type { StreamedTextOptions } from "../streamed/speak_streamed.ts";
import type { TextWire } from "../streamed/text_wire.ts";

const level = z.int().min(0).max(100).default(50);

/** What both kinds of iFlytek's voices are told. */
export const xunfeiVoiceKeys = {
  appId: z.string().min(1).describe("the id of the application, from the console"),
  apiKey: secretSource.describe("the APIKey of the application"),
  apiSecret: secretSource.describe("the APISecret of the application"),
  languages: voiceLanguages,
  speed: level.describe("how fast it speaks, 0 to 100; 50 is usual"),
  volume: level.describe("how loud it speaks, 0 to 100; every answer leaves equally loud anyway"),
  pitch: level.describe("how high it speaks, 0 to 100; 50 is usual"),
};

/** Options of {@linkcode xunfeiStreaming}. */
export interface XunfeiStreamingOptions extends Omit<StreamedTextOptions, "soundOf" | "open"> {
  readonly url: string;
  readonly keys: XunfeiKeys;
  readonly trust: PeerTrust;
  readonly sampleRateHz: number;
  readonly wire: () => TextWire;
}

/** How both kinds speak: each request on a connection of its own, with a URL that is signed when it opens. */
export function xunfeiStreaming(
  { url, keys, trust, sampleRateHz, wire, ...options }: XunfeiStreamingOptions,
): StreamedTextOptions {
  const { service } = options;
  return {
    ...options,
    soundOf: (bytes) => soundOfBody(bytes, { service, sampleRateHz }),
    open: async (life) => {
      const request = { service, url: signedXunfeiUrl(url, { ...keys, now: new Date() }), trust };
      return { socket: await PulledSocket.openWeb(request, life), wire: wire() };
    },
  };
}

/** Throws what a code says that went wrong. */
export function checkXunfeiCode(
  service: ServiceName,
  { code, message }: { readonly code: number; readonly message: string },
): void {
  if (code !== 0) throw serviceError(service, xunfeiFault(code), { detail: `${code} ${message}` });
}

/** A text as it is sent. */
export function xunfeiText(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
