import { z } from "zod";
import { webSocketUrl } from "../../net/mod.ts";
import { readReply, type ServiceName, type Settings } from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { onePart, speakStreamed } from "../streamed/speak_streamed.ts";
import type { TextWire, TextWireEvent, WireMessage } from "../streamed/text_wire.ts";
import { BRACKET_NOTES, InertText } from "../text/inert_text.ts";
import { checkXunfeiCode, xunfeiStreaming, xunfeiText, xunfeiVoiceKeys } from "./xunfei_voice.ts";

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
    const streaming = xunfeiStreaming({
      service,
      clock,
      trust,
      url,
      keys: { apiKey, apiSecret },
      sampleRateHz: settings.sampleRateHz,
      maxChars: MAX_CHARS,
      wire: () => new XunfeiWire(service, settings),
    });
    return { speak: ({ text }, signal) => speakStreamed(onePart(text), streaming, signal) };
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

/** One sentence. */
export class XunfeiWire implements TextWire {
  readonly #service: ServiceName;
  readonly #settings: VoiceSettings;

  /** Sends nothing yet. */
  constructor(service: ServiceName, settings: VoiceSettings) {
    this.#service = service;
    this.#settings = settings;
  }

  /** See {@linkcode TextWire}. */
  text(text: string): readonly string[] {
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

  /** See {@linkcode TextWire}: the frame has said that it is the only one. */
  finish(): readonly string[] {
    return [];
  }

  /** See {@linkcode TextWire}. */
  read(message: WireMessage): readonly TextWireEvent[] {
    if (typeof message !== "string") return [];
    const { data, ...verdict } = readReply(this.#service, message, reply);
    checkXunfeiCode(this.#service, verdict);
    if (data === undefined) return [];
    const sound = { type: "sound", sound: soundOfBase64(this.#service, data.audio) } as const;
    return data.status === LAST ? [sound, { type: "ended" }] : [sound];
  }
}
