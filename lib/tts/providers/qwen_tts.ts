import { z } from "zod";
import { type AnswerEvent, HttpClient, type HttpRefusal, httpUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import {
  dashscopeError,
  qwenMeaning,
  readOpenaiFault,
  readReply,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import { type HttpSpeaker, speakOverHttp } from "../body/speak_over_http.ts";
import type { SpeechSound } from "../contract.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { qwenLanguageType } from "./qwen_tts_language.ts";

/** What its samples have, in Hz. */
const SAMPLE_RATE_HZ = 24_000;
/** How much is read of an answer that is no sound, in bytes. */
const MAX_REPLY_BYTES = 65_536;
const EVENT_LIMITS = { maxLineLength: 16 * 2 ** 20, maxBytes: 48 * 2 ** 20 };

/** Qwen-TTS of Aliyun Bailian over HTTP: a text at a time. */
export const qwenTts: TtsProviderType = defineTtsProvider({
  type: "qwenTts",
  about: "Aliyun Bailian (DashScope): Qwen-TTS over HTTP",
  config: {
    url: httpUrl.default("https://dashscope.aliyuncs.com/api/v1")
      .describe("the service; outside of China https://dashscope-intl.aliyuncs.com/api/v1"),
    apiKey: secretSource.describe("the API key of Bailian"),
    model: z.string().min(1).default("qwen3-tts-flash").describe("the model"),
    voice: z.string().min(1).default("Cherry").describe("its voice"),
    languages: voiceLanguages,
    sendLanguage: z.boolean().default(true)
      .describe("whether the language of the text is sent; false lets the service find it out"),
    stream: z.boolean().default(true)
      .describe("whether the sound comes while it is made; else it is fetched once it is a file"),
    maxChars: z.int().min(50).max(2_000).default(500)
      .describe("the longest text of one request, in characters; a longer one is split"),
  },
  capabilities: ({ languages, maxChars }) => ({ languages: languages ?? "any", maxChars, textIn: "whole" }),
  open: ({ url, apiKey, model, voice, stream, sendLanguage }, { service, trust }) => {
    const http = new HttpClient(trust);
    // What comes decides: events with sound, or where the sound is.
    const speaker: HttpSpeaker = {
      service,
      http,
      sampleRateHz: SAMPLE_RATE_HZ,
      refusal: (refusal) => dashscopeError(service, refusal),
      events: { bytesOf: (events) => soundOfEvents(service, events), limits: EVENT_LIMITS },
      text: {
        soundOf: (message, signal) => soundAt(placeIn(service, message), { service, http }, signal),
        maxBytes: MAX_REPLY_BYTES,
      },
    };
    return {
      speak: ({ text, language }, signal) => {
        const language_type = sendLanguage ? qwenLanguageType(language) : "Auto";
        const request = {
          url: `${url.replace(/\/$/, "")}/services/aigc/multimodal-generation/generation`,
          headers: {
            Authorization: `Bearer ${apiKey}`,
            "Content-Type": "application/json",
            ...(stream && { "X-DashScope-SSE": "enable" }),
          },
          body: JSON.stringify({ model, input: { text, voice, language_type } }),
        };
        return speakOverHttp(request, speaker, { text, signal });
      },
      close: () => http.close(),
    };
  },
});

const reply = z.looseObject({
  output: z.looseObject({
    finish_reason: z.string().default(""),
    audio: z.looseObject({ data: z.string().default(""), url: z.string().default("") }).optional(),
  }).optional(),
});

/** What a message says of the sound. Throws what the service says that went wrong. */
function outputIn(
  service: ServiceName,
  message: string,
): { readonly ended: boolean; readonly data: string; readonly url: string } {
  const { output } = readReply(service, message, reply);
  if (output !== undefined) {
    const { finish_reason, audio: { data, url } = { data: "", url: "" } } = output;
    return { ended: finish_reason === "stop", data, url };
  }
  const fault = readOpenaiFault(message);
  if (`${fault.code}${fault.message}` !== "") {
    throw serviceError(service, ...qwenMeaning(fault, service.family));
  }
  throw serviceError(service, "protocol", { detail: "its message has no valid output" });
}

/** The bytes that events hold, up to the one that says that all was said. */
async function* soundOfEvents(
  service: ServiceName,
  events: AsyncIterable<AnswerEvent>,
): AsyncGenerator<Uint8Array, void> {
  for await (const event of events) {
    if (event.type === "comment") continue;
    const { ended, data } = outputIn(service, event.data);
    if (data !== "") yield soundOfBase64(service, data);
    if (ended) return;
  }
  throw serviceError(service, "disconnected", { detail: "its events end before the last one" });
}

/** Where the sound is, which is on another host: it gets no key. */
function placeIn(service: ServiceName, message: string): URL {
  const { url } = outputIn(service, message);
  const place = URL.parse(url);
  if (place !== null && /^https?:$/.test(place.protocol)) return place;
  throw serviceError(service, "protocol", { detail: "its answer does not say where the sound is" });
}

async function* soundAt(
  { href }: URL,
  { service, http }: Pick<HttpSpeaker, "service" | "http">,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  // The key is good: it is the file that is not there.
  const refusal = ({ status }: HttpRefusal) =>
    serviceError(service, "failed", { detail: `its sound was answered with ${status}` });
  const speaker = { service, http, sampleRateHz: SAMPLE_RATE_HZ, refusal };
  yield* speakOverHttp({ url: href }, speaker, { text: "", signal });
}
