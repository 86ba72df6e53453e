import { z } from "zod";
import { openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { DASHSCOPE_KEPT_MS, dashscopeError } from "../../service/mod.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { KeptSockets } from "../socket/kept_sockets.ts";
import { onePart, speakStreamed, type StreamedTextOptions } from "../streamed/speak_streamed.ts";
import { DashscopeSpeechWire } from "./dashscope_wire.ts";

/** Far below the 20,000 that the service takes: what one text becomes is bounded, too. */
const MAX_CHARS = 2_000;
/** The service gives a text up that pauses for 23 s, in ms. */
const MAX_PAUSE_MS = 20_000;

/** CosyVoice of Aliyun Bailian: a text is spoken while it is being written. */
export const dashscope: TtsProviderType = defineTtsProvider({
  type: "dashscope",
  about: "Aliyun Bailian (DashScope): CosyVoice",
  config: {
    url: webSocketUrl.default("wss://dashscope.aliyuncs.com/api-ws/v1/inference")
      .describe(
        "the service; outside of China wss://dashscope-intl.aliyuncs.com/api-ws/v1/inference, or that of your " +
          "workspace, wss://WORKSPACE.cn-beijing.maas.aliyuncs.com/api-ws/v1/inference",
      ),
    apiKey: secretSource.describe("the API key of Bailian"),
    model: z.string().min(1).default("cosyvoice-v3-flash")
      .describe("the model, such as cosyvoice-v3-flash, cosyvoice-v3-plus or cosyvoice-v2"),
    voice: z.string().min(1).default("longanyang")
      .describe("its voice; each version of the model has its own"),
    languages: voiceLanguages,
    sampleRateHz: z.literal([8_000, 16_000, 22_050, 24_000, 44_100, 48_000]).default(24_000)
      .describe("samples a second that are asked for"),
    volume: z.int().min(0).max(100).default(50)
      .describe("how loud it speaks; every answer leaves equally loud anyway"),
    rate: z.number().min(0.5).max(2).default(1).describe("how fast it speaks, 0.5 to 2; 1 is usual"),
    pitch: z.number().min(0.5).max(2).default(1).describe("how high it speaks, 0.5 to 2; 1 is usual"),
    instruction: z.string().min(1).optional()
      .describe("how it should speak, in words, where the voice understands them"),
    sendLanguage: z.boolean().default(false)
      .describe("whether the language of the text is sent as a hint, which cosyvoice-v3 understands"),
  },
  capabilities: ({ languages }) => ({
    languages: languages ?? "any",
    maxChars: MAX_CHARS,
    textIn: "streamed",
  }),
  open: ({ url, apiKey, ...voice }, { service, clock, trust }) => {
    const request = { url, headers: { Authorization: `Bearer ${apiKey}` }, trust };
    const sockets = new KeptSockets({
      service,
      clock,
      idleMs: DASHSCOPE_KEPT_MS,
      connect: (handlers, life) => openSocket(request, handlers, life),
    });
    const streamingIn = (language: string): StreamedTextOptions => ({
      service,
      clock,
      soundOf: (bytes) => soundOfBody(bytes, { service, sampleRateHz: voice.sampleRateHz }),
      maxChars: MAX_CHARS,
      maxPauseMs: MAX_PAUSE_MS,
      open: async (signal) => {
        const opened = await sockets.open(signal).catch((thrown) => {
          throw dashscopeError(service, thrown);
        });
        return { ...opened, wire: new DashscopeSpeechWire({ ...voice, service, language }) };
      },
    });
    return {
      speak: ({ text, language }, signal) => speakStreamed(onePart(text), streamingIn(language), signal),
      speakStream: (parts, { language }, signal) => speakStreamed(parts, streamingIn(language), signal),
      close: () => sockets.close(),
    };
  },
});
