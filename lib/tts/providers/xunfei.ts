import { z } from "zod";
import { webSocketUrl } from "../../net/mod.ts";
import { readReply, type ServiceName, type Settings } from "../../service/mod.ts";
import { BRACKET_NOTES, InertText } from "../text/inert_text.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { type SpeechTalk, type SpeechTalkReply, spokenAsWritten, whole } from "../written_speech.ts";
import { checkXunfeiCode, xunfeiConnect, xunfeiSound, xunfeiText, xunfeiVoiceKeys } from "./xunfei_voice.ts";

/** The service takes 8,000 bytes of UTF-8. */
const MAX_CHARS = 2_000;

const config = {
  url: webSocketUrl.default("wss://tts-api.xfyun.cn/v2/tts").describe("the service"),
  ...xunfeiVoiceKeys,
  voice: z.string().min(1).default("xiaoyan").describe("its voice (vcn), as the console names it"),
  sampleRateHz: z.literal([8_000, 16_000]).default(16_000).describe("samples a second that are asked for"),
};

/** iFlytek's speech of a sentence (v2/tts). */
export const xunfei: TtsProviderType = defineTtsProvider({
  type: "xunfei",
  about: "iFlytek's speech, a sentence at a time (v2)",
  config,
  capabilities: ({ languages }) => ({ languages: languages ?? "any", maxChars: MAX_CHARS, textIn: "whole" }),
  open: ({ url, apiKey, apiSecret, ...settings }, { service, clock, trust }) => {
    const request = () => ({
      connect: xunfeiConnect(url, { apiKey, apiSecret, trust }),
      talk: new XunfeiTalk(service, settings),
    });
    const options = { service, clock, request, sampleRateHz: settings.sampleRateHz };
    return { speak: ({ text }, signal) => spokenAsWritten(whole(text), options, signal) };
  },
});

/** What is asked for. */
type VoiceSettings = Omit<Settings<typeof config>, "url" | "apiKey" | "apiSecret">;

const reply = z.looseObject({
  code: z.int(),
  message: z.string().default(""),
  data: z.looseObject({ status: z.int().default(1), audio: z.string().default("") }).optional(),
});

/** The last reply. */
const LAST = 2;

class XunfeiTalk implements SpeechTalk {
  readonly #service: ServiceName;
  readonly #settings: VoiceSettings;

  constructor(service: ServiceName, settings: VoiceSettings) {
    this.#service = service;
    this.#settings = settings;
  }

  write(text: string): readonly string[] {
    const { appId, voice, speed, volume, pitch, sampleRateHz } = this.#settings;
    const frame = {
      common: { app_id: appId },
      business: {
        aue: "raw",
        auf: `audio/L16;rate=${sampleRateHz}`,
        vcn: voice,
        speed,
        volume,
        pitch,
        tte: "UTF8",
      },
      data: { status: LAST, text: xunfeiText(new InertText(BRACKET_NOTES).next(text)) },
    };
    return [JSON.stringify(frame)];
  }

  /** The frame has said that it is the only one. */
  finish(): readonly string[] {
    return [];
  }

  read(message: string | Uint8Array): SpeechTalkReply {
    if (typeof message !== "string") return {};
    const { data, ...verdict } = readReply(this.#service, message, reply);
    checkXunfeiCode(this.#service, verdict);
    if (data === undefined) return {};
    return { sound: [xunfeiSound(this.#service, data.audio)], ended: data.status === LAST };
  }
}
