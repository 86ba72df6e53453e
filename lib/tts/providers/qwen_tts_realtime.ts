import { z } from "zod";
import { webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { dashscopeError, qwenUrl } from "../../service/mod.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import { onePart, speakStreamed, type StreamedTextOptions } from "../streamed/speak_streamed.ts";
import { qwenLanguageType } from "./qwen_tts_language.ts";
import { QWEN_TTS_RATE_HZ, QwenTtsWire } from "./qwen_tts_realtime_wire.ts";

/** The longest part of a text. */
const MAX_CHARS = 1_000;
/** As with CosyVoice, in ms: how long this one bears a pause is not documented. */
const MAX_PAUSE_MS = 20_000;

/** Qwen-TTS-Realtime of Aliyun Bailian: a text is spoken while it is being written. */
export const qwenTtsRealtime: TtsProviderType = defineTtsProvider({
  type: "qwenTtsRealtime",
  about: "Aliyun Bailian (DashScope): Qwen-TTS-Realtime",
  config: {
    url: webSocketUrl.default("wss://dashscope.aliyuncs.com/api-ws/v1/realtime")
      .describe("the service; outside of China wss://dashscope-intl.aliyuncs.com/api-ws/v1/realtime"),
    apiKey: secretSource.describe("the API key of Bailian"),
    model: z.string().min(1).default("qwen3-tts-flash-realtime").describe("the model"),
    voice: z.string().min(1).default("Cherry").describe("its voice"),
    languages: voiceLanguages,
    sendLanguage: z.boolean().default(true)
      .describe("whether the language of the text is sent; false lets the service find it out"),
    mode: z.enum(["server_commit", "commit"]).default("server_commit")
      .describe(
        "server_commit: the service decides when it speaks what it has; commit: each sentence at its end",
      ),
  },
  capabilities: ({ languages }) => ({
    languages: languages ?? "any",
    maxChars: MAX_CHARS,
    textIn: "streamed",
  }),
  open: ({ url, apiKey, model, voice, sendLanguage, mode }, { service, clock, trust }) => {
    const headers = { Authorization: `Bearer ${apiKey}` };
    const request = { service, url: qwenUrl(url, model), headers, trust };
    const streamingIn = (language: string): StreamedTextOptions => ({
      service,
      clock,
      soundOf: (bytes) => soundOfBody(bytes, { service, sampleRateHz: QWEN_TTS_RATE_HZ }),
      maxChars: MAX_CHARS,
      maxPauseMs: MAX_PAUSE_MS,
      open: async (signal) => {
        const socket = await PulledSocket.openWeb(request, signal).catch((thrown) => {
          throw dashscopeError(service, thrown);
        });
        const language_type = sendLanguage ? qwenLanguageType(language) : "Auto";
        return { socket, wire: new QwenTtsWire(service, { voice, mode, language_type }) };
      },
    });
    return {
      speak: ({ text, language }, signal) => speakStreamed(onePart(text), streamingIn(language), signal),
      speakStream: (parts, { language }, signal) => speakStreamed(parts, streamingIn(language), signal),
    };
  },
});
