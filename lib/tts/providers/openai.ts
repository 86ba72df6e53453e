import { z } from "zod";
import { type AnswerEvent, HttpClient, httpUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import {
  checkReply,
  openaiFault,
  openaiMeaning,
  openaiRefusal,
  readReply,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import { listAt } from "../body/list_at.ts";
import { type HttpSpeaker, speakOverHttp } from "../body/speak_over_http.ts";
import type { SpeechText } from "../contract.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";

/** What the fields of the request are called that have a key of their own. */
const OWN_FIELDS = new Set([
  "model",
  "input",
  "voice",
  "voice_id",
  "response_format",
  "speed",
  "instructions",
  "stream_format",
  "sample_rate",
]);
/** One event holds what a server had ready, sometimes all of it. */
const EVENT_LIMITS = { maxLineLength: 16 * 2 ** 20, maxBytes: 48 * 2 ** 20 };
/** What follows the last event of a stream on some servers. */
const DONE = "[DONE]";

/** OpenAI's speech over HTTP, and every server that speaks like it. */
export const openai: TtsProviderType = defineTtsProvider({
  type: "openai",
  about:
    "OpenAI's speech over HTTP, and servers that speak like it: Kokoro-FastAPI, speaches, openedai-speech, LocalAI, " +
    "SiliconFlow, Coze",
  config: {
    url: httpUrl.default("https://api.openai.com/v1")
      .describe("the service, or a server that speaks like it, such as http://192.168.1.20:8880/v1"),
    path: z.string().startsWith("/").default("/audio/speech")
      .describe("the path of its speech below the url"),
    apiKey: secretSource.optional().describe("the API key; servers of your own need none"),
    model: z.string().min(1).default("gpt-4o-mini-tts").describe("the model that speaks"),
    voice: z.string().min(1).default("alloy")
      .describe("its voice, such as af_heart for Kokoro; Kokoro also mixes them: af_bella(2)+af_sky"),
    voiceKey: z.enum(["voice", "voice_id"]).default("voice")
      .describe("the field that the voice is sent in: voice_id for Coze"),
    languages: voiceLanguages,
    speed: z.number().min(0.25).max(4).optional().describe("how fast it speaks, 0.25 to 4; 1 is usual"),
    instructions: z.string().min(1).optional()
      .describe("how it should speak, in words, where the model understands them"),
    format: z.enum(["pcm", "wav", "mp3", "opus"]).default("pcm")
      .describe("what is asked for; whatever comes is known by its first bytes"),
    sampleRateHz: z.int().min(8_000).max(48_000).default(24_000)
      .describe("samples a second of sound that does not say it itself"),
    sendSampleRate: z.boolean().default(false)
      .describe(
        "whether sampleRateHz is also asked for (sample_rate), as SiliconFlow, Coze and speaches understand",
      ),
    streamFormat: z.enum(["audio", "sse"]).default("audio")
      .describe("sse has the sound come in events, where the service can"),
    maxChars: z.int().min(50).max(10_000).default(4_096)
      .describe("the longest text of one request, in characters; a longer one is split"),
    extra: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()])).default({})
      .describe("further fields of the request, such as { stream: true } or { gain: 2 }"),
  },
  check: ({ extra }, problem) => {
    for (const field of Object.keys(extra)) {
      if (OWN_FIELDS.has(field)) problem("extra", `${field} has a key of its own beside extra`);
    }
  },
  capabilities: ({ languages, maxChars }) => ({ languages: languages ?? "any", maxChars, textIn: "whole" }),
  open: ({ url, path, apiKey, ...settings }, { service, trust }) => {
    const http = new HttpClient(trust);
    const base = url.replace(/\/$/, "");
    const authorization = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
    const speaker: HttpSpeaker = {
      service,
      http,
      sampleRateHz: settings.sampleRateHz,
      refusal: (refusal) => openaiRefusal(service, refusal),
      events: { bytesOf: (events) => soundOfEvents(service, events), limits: EVENT_LIMITS },
    };
    return {
      speak: (speech, signal) => {
        const request = {
          url: `${base}${path}`,
          headers: { ...authorization, "Content-Type": "application/json" },
          body: JSON.stringify(fieldsOf(speech, settings)),
        };
        return speakOverHttp(request, speaker, { text: speech.text, signal });
      },
      voices: async (signal) => {
        const list = await listAt({ url: `${base}/audio/voices`, headers: authorization }, speaker, signal);
        return list === undefined ? [] : checkReply(service, list.json, voiceList).voices;
      },
      close: () => http.close(),
    };
  },
});

/** What is asked for besides the text. */
interface SpeechSettings {
  readonly model: string;
  readonly voice: string;
  readonly voiceKey: "voice" | "voice_id";
  readonly speed?: number | undefined;
  readonly instructions?: string | undefined;
  readonly format: string;
  readonly sampleRateHz: number;
  readonly sendSampleRate: boolean;
  readonly streamFormat: "audio" | "sse";
  readonly extra: Readonly<Record<string, unknown>>;
}

/** What is left out is what a server has as its default, and some refuse what they do not know. */
function fieldsOf({ text }: SpeechText, settings: SpeechSettings): Readonly<Record<string, unknown>> {
  const { model, voice, voiceKey, speed, instructions, format, streamFormat, extra } = settings;
  return {
    ...extra,
    model,
    input: text,
    [voiceKey]: voice,
    response_format: format,
    ...(speed !== undefined && { speed }),
    ...(instructions !== undefined && { instructions }),
    ...(settings.sendSampleRate && { sample_rate: settings.sampleRateHz }),
    ...(streamFormat === "sse" && { stream_format: streamFormat }),
  };
}

const event = z.looseObject({
  type: z.string().default(""),
  audio: z.string().default(""),
  error: openaiFault.optional(),
});

/** The bytes that events hold; one that says that all was said ends them. */
async function* soundOfEvents(
  service: ServiceName,
  events: AsyncIterable<AnswerEvent>,
): AsyncGenerator<Uint8Array, void> {
  for await (const read of events) {
    if (read.type === "comment") continue;
    if (read.data === DONE) return;
    const { type, audio, error } = readReply(service, read.data, event);
    if (error !== undefined) throw serviceError(service, ...openaiMeaning(error, service.family));
    if (type === "speech.audio.done") return;
    if (type === "speech.audio.delta") yield soundOfBase64(service, audio);
  }
  throw serviceError(service, "disconnected", { detail: "its events end before the last one" });
}

/** As Kokoro-FastAPI, speaches and others list them. */
const voiceList = z.looseObject({
  voices: z.array(z.union([
    z.string().transform((name) => ({ name })),
    z.looseObject({ id: z.string() }).transform(({ id }) => ({ name: id })),
    z.looseObject({ voice_id: z.string() }).transform((voice) => ({ name: voice.voice_id })),
    z.looseObject({ name: z.string() }).transform(({ name }) => ({ name })),
  ])),
});
