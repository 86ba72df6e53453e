import { z } from "zod";
import { HttpClient, type HttpRequest, httpUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { checkReply, jsonOf, type ServiceName, type Settings } from "../../service/mod.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { type HttpSpeaker, speakOverHttp } from "../body/speak_over_http.ts";
import type { VoiceInfo } from "../contract.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import { speakStreamed, type StreamedTextOptions } from "../streamed/speak_streamed.ts";
import { ANGLE_TAGS, BRACKET_NOTES, InertText } from "../text/inert_text.ts";
import { elevenlabsFaultIn, elevenlabsRefusal } from "./elevenlabs_fault.ts";
import { ElevenlabsWire } from "./elevenlabs_wire.ts";

/** Half of what the models take that take least. */
const MAX_CHARS = 5_000;
/** The service ends a request that gets no text for 20 s. */
const MAX_PAUSE_MS = 15_000;

const config = {
  url: httpUrl.default("https://api.elevenlabs.io")
    .describe("the service, or where data stays in one region: https://api.eu.residency.elevenlabs.io"),
  apiKey: secretSource.describe("the API key"),
  voice: z.string().regex(/^[\w-]+$/, "give the id of a voice, which has letters and digits")
    .default("JBFqnCBsd6RMkjVDRZzb").describe("the id of its voice; `earshot voices` lists them"),
  model: z.string().min(1).default("eleven_flash_v2_5")
    .describe("the model that speaks; eleven_v3 takes no text while it is being written"),
  languages: voiceLanguages,
  stability: z.number().min(0).max(1).optional().describe("how even it sounds, 0 to 1"),
  similarity: z.number().min(0).max(1).optional().describe(
    "how close it keeps to the original voice, 0 to 1",
  ),
  style: z.number().min(0).max(1).optional().describe("how much it exaggerates its style, 0 to 1"),
  speed: z.number().min(0.7).max(1.2).optional().describe("how fast it speaks, 0.7 to 1.2; 1 is usual"),
  sampleRateHz: z.literal([8_000, 16_000, 22_050, 24_000, 44_100]).default(24_000)
    .describe("samples a second that are asked for; 44,100 not every account has"),
};

/** ElevenLabs: a text that is there over HTTP, and one that is being written over a WebSocket. */
export const elevenlabs: TtsProviderType = defineTtsProvider({
  type: "elevenlabs",
  about: "ElevenLabs, also of a text while it is being written",
  config,
  capabilities: ({ languages, model }) => ({
    languages: languages ?? "any",
    maxChars: MAX_CHARS,
    textIn: model.startsWith("eleven_v3") ? "whole" : "streamed",
  }),
  open: ({ url, apiKey, voice, model, sampleRateHz, ...settings }, { service, clock, trust }) => {
    const http = new HttpClient(trust);
    const base = url.replace(/\/$/, "");
    const target = `${base}/v1/text-to-speech/${voice}`;
    const query = new URLSearchParams({ output_format: `pcm_${sampleRateHz}` });
    const headers = { "xi-api-key": apiKey };
    const voiceSettings = settingsOf(settings);
    const socketUrl = `${target.replace(/^http/, "ws")}/stream-input?${query}&${new URLSearchParams({
      model_id: model,
    })}`;
    const speaker: HttpSpeaker = {
      service,
      http,
      sampleRateHz,
      refusal: (refusal) => elevenlabsRefusal(service, refusal),
      faultOf: (json) => elevenlabsFaultIn(service, json),
    };
    const streaming: StreamedTextOptions = {
      service,
      clock,
      maxChars: MAX_CHARS,
      maxPauseMs: MAX_PAUSE_MS,
      soundOf: (bytes) => soundOfBody(bytes, { service, sampleRateHz }),
      open: async (life) => {
        const request = { service, url: socketUrl, headers, trust };
        const socket = await PulledSocket.openWeb(request, life).catch((thrown) => {
          throw elevenlabsRefusal(service, thrown);
        });
        return { socket, wire: new ElevenlabsWire(service, voiceSettings) };
      },
    };
    return {
      speak: ({ text }, signal) => {
        const inert = new InertText(ANGLE_TAGS, BRACKET_NOTES).next(text);
        const request = {
          url: `${target}/stream?${query}`,
          headers: { ...headers, "Content-Type": "application/json" },
          body: JSON.stringify({ text: inert, model_id: model, ...voiceSettings }),
        };
        return speakOverHttp(request, speaker, { text, signal });
      },
      speakStream: (parts, _options, signal) => speakStreamed(parts, streaming, signal),
      voices: (signal) => listVoices({ url: `${base}/v1/voices`, headers }, { service, http }, signal),
      close: () => http.close(),
    };
  },
});

/** What is not set is what the voice has of its own. */
function settingsOf(
  { stability, similarity, style, speed }: Pick<
    Settings<typeof config>,
    "stability" | "similarity" | "style" | "speed"
  >,
): Readonly<Record<string, unknown>> {
  const settings = {
    ...(stability !== undefined && { stability }),
    ...(similarity !== undefined && { similarity_boost: similarity }),
    ...(style !== undefined && { style }),
    ...(speed !== undefined && { speed }),
  };
  return Object.keys(settings).length === 0 ? {} : { voice_settings: settings };
}

const voiceList = z.looseObject({
  voices: z.array(z.looseObject({
    voice_id: z.string(),
    name: z.string().default(""),
    labels: z.record(z.string(), z.string()).nullish(),
  })),
});

async function listVoices(
  request: HttpRequest,
  { service, http }: { readonly service: ServiceName; readonly http: HttpClient },
  signal: AbortSignal,
): Promise<readonly VoiceInfo[]> {
  const body = await http.text(request, signal).catch((thrown) => {
    throw elevenlabsRefusal(service, thrown);
  });
  return checkReply(service, jsonOf(body), voiceList).voices.map(({ voice_id, name, labels }) => {
    const { language, ...more } = labels ?? {};
    const about = [name, ...Object.values(more)].filter((word) => word !== "").join(", ");
    return { name: voice_id, ...(language !== undefined && { language }), ...(about !== "" && { about }) };
  });
}
