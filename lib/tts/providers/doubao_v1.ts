import { z } from "zod";
import { HttpClient, httpUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { Settings } from "../../service/mod.ts";
import { oneFormat } from "../body/one_format.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import type { SpeechSound } from "../contract.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { isSpeakable } from "../text/clean_text.ts";
import { splitBytes } from "../text/split_bytes.ts";
import { bytesOverHttp, bytesOverSocket } from "./doubao_v1_answer.ts";

/** The longest text of one request, in bytes of UTF-8. */
const MAX_TEXT_BYTES = 1_024;

const ratio = z.number().min(0.1).max(3).default(1);

const config = {
  mode: z.enum(["http", "websocket"]).default("http")
    .describe("http gives the sound of a text at once, websocket while it is being made"),
  url: httpUrl.default("https://openspeech.bytedance.com/api/v1/tts")
    .describe(
      "the service, or one that speaks like it, such as https://api.302.ai/doubao/tts_hd; websocket adds /ws_binary",
    ),
  appId: z.string().min(1).optional().describe(
    "the app id, from the console; others than Volcengine need none",
  ),
  accessToken: secretSource.describe("the access token of the app"),
  authorization: z.enum(["Bearer;", "Bearer"]).default("Bearer;")
    .describe('how the token is introduced: "Bearer;" for Volcengine, Bearer for 302.ai and others'),
  cluster: z.string().min(1).default("volcano_tts").describe("the cluster: volcano_icl for cloned voices"),
  voice: z.string().min(1).default("BV001_streaming").describe("its voice (voice_type)"),
  languages: voiceLanguages,
  sampleRateHz: z.literal([8_000, 16_000, 24_000]).default(24_000).describe("samples a second of its sound"),
  speed: ratio.describe("how fast it speaks; 1 is usual"),
  volume: ratio.describe("how loud it speaks, 1 is usual; every answer leaves equally loud anyway"),
  pitch: ratio.describe("how high it speaks; 1 is usual"),
};

/** The voices of Doubao (Volcengine) before the large model, v1. */
export const doubaoV1: TtsProviderType = defineTtsProvider({
  type: "doubaoV1",
  about:
    "the voices of Doubao (Volcengine), v1, for older accounts, and services that speak like it, such as 302.ai",
  config,
  check: ({ mode, url, appId, authorization, voice }, problem) => {
    if (appId === undefined && authorization === "Bearer;") {
      problem("appId", "give the app id; for a service that is not Volcengine, write authorization: Bearer");
    }
    if (voice.includes("_uranus_")) problem("voice", "v1 has no voices of 2.0; type: doubao has them");
    if (mode === "websocket" && /\/ws_binary\/?$/.test(new URL(url).pathname)) {
      problem("url", "leave /ws_binary out: mode says it");
    }
  },
  capabilities: ({ languages }) => ({
    languages: languages ?? "any",
    maxChars: MAX_TEXT_BYTES,
    textIn: "whole",
  }),
  open: ({ mode, url, accessToken, authorization, ...settings }, { service, trust }) => {
    const http = new HttpClient(trust);
    const base = url.replace(/\/$/, "");
    const separator = authorization.endsWith(";") ? "" : " ";
    const peer = {
      service,
      url: mode === "http" ? base : `${base.replace(/^http/, "ws")}/ws_binary`,
      headers: { Authorization: `${authorization}${separator}${accessToken}` },
    };
    const bytesOf = (text: string, signal: AbortSignal) => {
      const operation = mode === "http" ? "query" : "submit";
      const request = { ...peer, text, body: JSON.stringify(fieldsOf(text, { ...settings, operation })) };
      return mode === "http"
        ? bytesOverHttp({ ...request, http }, signal)
        : bytesOverSocket({ ...request, trust }, signal);
    };
    return {
      speak: async function* ({ text }, signal): AsyncGenerator<SpeechSound, void> {
        const { sampleRateHz } = settings;
        for (const part of splitBytes(text, MAX_TEXT_BYTES)) {
          if (!isSpeakable(part)) continue;
          const bytes = oneFormat(service, bytesOf(part.trim(), signal));
          yield* soundOfBody(bytes, { service, sampleRateHz });
        }
      },
      close: () => http.close(),
    };
  },
});

function fieldsOf(
  text: string,
  { appId = "", cluster, voice, sampleRateHz, speed, volume, pitch, operation }:
    & Omit<Settings<typeof config>, "mode" | "url" | "accessToken" | "authorization" | "languages">
    & { readonly operation: "query" | "submit" },
): object {
  return {
    // The token that counts is the one of the header.
    app: { appid: appId, token: "any", cluster },
    user: { uid: "earshot" },
    audio: {
      voice_type: voice,
      encoding: "pcm",
      rate: sampleRateHz,
      speed_ratio: speed,
      volume_ratio: volume,
      pitch_ratio: pitch,
    },
    request: { reqid: crypto.randomUUID(), text, text_type: "plain", operation },
  };
}
