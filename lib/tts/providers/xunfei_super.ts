import { z } from "zod";
import { webSocketUrl } from "../../net/mod.ts";
import { readReply, type ServiceName, type Settings } from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { onePart, speakStreamed } from "../streamed/speak_streamed.ts";
import type { TextWire, TextWireEvent, WireMessage } from "../streamed/text_wire.ts";
import { BRACKET_NOTES, InertText } from "../text/inert_text.ts";
import { PieceOrder } from "./xunfei_super_order.ts";
import { checkXunfeiCode, xunfeiStreaming, xunfeiText, xunfeiVoiceKeys } from "./xunfei_voice.ts";

/** One request takes 64 KiB of UTF-8. */
const MAX_CHARS = 16_000;
/** The service ends a request that gets no text for 10 s. */
const MAX_PAUSE_MS = 7_000;

const config = {
  url: webSocketUrl.default("wss://cbm01.cn-huabei-1.xf-yun.com/v1/private/mcd9m97e6").describe(
    "the service",
  ),
  ...xunfeiVoiceKeys,
  voice: z.string().min(1).default("x5_lingxiaoxuan_flow")
    .describe("its voice (vcn), which the console has activated"),
  sampleRateHz: z.literal([8_000, 16_000, 24_000]).default(24_000)
    .describe("samples a second that are asked for"),
};

/** iFlytek's super-humanoid voices, which speak a text while it is being written. */
export const xunfeiSuper: TtsProviderType = defineTtsProvider({
  type: "xunfeiSuper",
  about: "iFlytek's super-humanoid voices, which speak a text while it is being written",
  config,
  capabilities: ({ languages }) => ({
    languages: languages ?? "any",
    maxChars: MAX_CHARS,
    textIn: "streamed",
  }),
  open: ({ url, apiKey, apiSecret, ...settings }, { service, clock, trust }) => {
    const streaming = xunfeiStreaming({
      service,
      clock,
      trust,
      url,
      keys: { apiKey, apiSecret },
      sampleRateHz: settings.sampleRateHz,
      maxChars: MAX_CHARS,
      maxPauseMs: MAX_PAUSE_MS,
      wire: () => new SuperWire(service, settings),
    });
    return {
      speak: ({ text }, signal) => speakStreamed(onePart(text), streaming, signal),
      speakStream: (parts, _options, signal) => speakStreamed(parts, streaming, signal),
    };
  },
});

/** What is asked for. */
type VoiceSettings = Omit<Settings<typeof config>, "url" | "apiKey" | "apiSecret">;

const reply = z.looseObject({
  header: z.looseObject({ code: z.int(), message: z.string().default("") }),
  payload: z.looseObject({
    audio: z.looseObject({
      status: z.int().default(1),
      seq: z.int().default(0),
      audio: z.string().default(""),
    }).optional(),
  }).optional(),
});

/** One text in parts, whose sound may come out of order. */
export class SuperWire implements TextWire {
  readonly #service: ServiceName;
  readonly #settings: VoiceSettings;
  readonly #inert = new InertText(BRACKET_NOTES);
  readonly #order = new PieceOrder();
  #seq = 0;

  /** Sends nothing yet. */
  constructor(service: ServiceName, settings: VoiceSettings) {
    this.#service = service;
    this.#settings = settings;
  }

  /** See {@linkcode TextWire}. */
  text(part: string): readonly string[] {
    return [this.#frame(this.#seq === 0 ? 0 : 1, this.#inert.next(part))];
  }

  /** See {@linkcode TextWire}. */
  finish(): readonly string[] {
    // Which part is the last was not known when it went out.
    return [this.#frame(2, " ")];
  }

  /** See {@linkcode TextWire}. */
  read(message: WireMessage): readonly TextWireEvent[] {
    if (typeof message !== "string") return [];
    const { header, payload } = readReply(this.#service, message, reply);
    checkXunfeiCode(this.#service, header);
    const audio = payload?.audio;
    if (audio === undefined) return [];
    const due = this.#order.push({ ...audio, bytes: soundOfBase64(this.#service, audio.audio) });
    const sounds = due.map((sound) => ({ type: "sound", sound }) as const);
    return this.#order.complete ? [...sounds, { type: "ended" }] : sounds;
  }

  /** See {@linkcode TextWire}. */
  closed(): readonly Uint8Array[] | undefined {
    return this.#order.rest();
  }

  #frame(status: 0 | 1 | 2, text: string): string {
    const { appId, voice, speed, volume, pitch, sampleRateHz } = this.#settings;
    return JSON.stringify({
      header: { app_id: appId, status },
      parameter: {
        tts: {
          vcn: voice,
          speed,
          volume,
          pitch,
          audio: { encoding: "raw", sample_rate: sampleRateHz, channels: 1, bit_depth: 16 },
        },
      },
      payload: {
        text: {
          encoding: "utf8",
          compress: "raw",
          format: "plain",
          status,
          seq: this.#seq++,
          text: xunfeiText(text),
        },
      },
    });
  }
}
