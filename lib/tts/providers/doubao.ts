import { z } from "zod";
import { HttpClient, httpUrl } from "../../net/mod.ts";
import { doubaoAccountFault, doubaoHeaders, doubaoKeys } from "../../service/mod.ts";
import { oneFormat } from "../body/one_format.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import { onePart, speakStreamed, type StreamedTextOptions } from "../streamed/speak_streamed.ts";
import type { TextWire } from "../streamed/text_wire.ts";
import { speakOverHttp } from "./doubao_http.ts";
import { refusedBy } from "./doubao_peer.ts";
import { DoubaoSessionWire, DoubaoWholeWire } from "./doubao_wire.ts";

/** Where each way to ask for speech is, below the URL. */
const PATHS = {
  bidirectional: "/bidirection",
  websocket: "/unidirectional/stream",
  http: "/unidirectional",
  sse: "/unidirectional/sse",
} as const;

/** The voices of Doubao (Volcengine), v3. */
export const doubao: TtsProviderType = defineTtsProvider({
  type: "doubao",
  about: "the voices of Doubao (Volcengine), v3",
  config: {
    mode: z.enum(["bidirectional", "websocket", "http", "sse"]).default("bidirectional")
      .describe(
        "bidirectional speaks a text while it is being written; the others take a sentence at once, over a WebSocket or HTTP",
      ),
    url: httpUrl.default("https://openspeech.bytedance.com/api/v3/tts")
      .describe("the service, without the path of the mode"),
    ...doubaoKeys,
    resourceId: z.string().min(1).default("seed-tts-2.0")
      .describe(
        "what was bought: seed-tts-2.0 for voices with uranus in their names, seed-tts-1.0 or seed-tts-1.0-concurr for " +
          "those before, seed-icl-1.0 or seed-icl-2.0 for cloned ones",
      ),
    voice: z.string().min(1).default("zh_female_vv_uranus_bigtts")
      .describe("its voice (speaker), of the kind that resourceId names"),
    model: z.string().min(1).optional().describe("the version of the voice's model, where it has several"),
    languages: voiceLanguages,
    sampleRateHz: z.literal([8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])
      .default(24_000).describe("samples a second of its sound"),
    ratePercent: z.int().min(-50).max(100).default(0)
      .describe("how much faster it speaks than usual, in percent, -50 to 100"),
    volumePercent: z.int().min(-50).max(100).default(0)
      .describe("how much louder it speaks than usual, in percent; every answer leaves equally loud anyway"),
    emotion: z.string().min(1).optional().describe("its mood, such as happy, where the voice has several"),
    additions: z.record(
      z.string().min(1),
      z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
    ).default({})
      .describe(
        "further settings of the service, such as { explicit_language: en } or { context_texts: [speak softly] }",
      ),
    maxChars: z.int().min(50).max(10_000).default(1_000)
      .describe("the longest text of one request, in characters; a longer one is split"),
  },
  check: (block, problem) => {
    const fault = doubaoAccountFault(block);
    if (fault !== undefined) problem("apiKey", fault);
    const { pathname } = new URL(block.url);
    const path = Object.values(PATHS).toReversed().find((one) => pathname.replace(/\/$/, "").endsWith(one));
    if (path !== undefined) problem("url", `leave ${path} out: mode says it`);
  },
  capabilities: ({ mode, languages, maxChars }) => ({
    languages: languages ?? "any",
    maxChars,
    textIn: mode === "bidirectional" ? "streamed" : "whole",
  }),
  open: ({ mode, url, apiKey, appKey, accessToken, resourceId, ...settings }, { service, clock, trust }) => {
    const overHttp = `${url.replace(/\/$/, "")}${PATHS[mode]}`;
    const peer = {
      service,
      url: mode === "http" || mode === "sse" ? overHttp : overHttp.replace(/^http/, "ws"),
      headers: () => doubaoHeaders({ apiKey, appKey, accessToken }, resourceId),
      settings,
    };
    const closed = new AbortController();
    const streamingOver = (wire: () => TextWire): StreamedTextOptions => ({
      service,
      clock,
      maxChars: settings.maxChars,
      soundOf: (bytes) =>
        soundOfBody(oneFormat(service, bytes), { service, sampleRateHz: settings.sampleRateHz }),
      open: async (life) => {
        const request = { service, url: peer.url, headers: peer.headers(), trust };
        const socket = await PulledSocket.openWeb(request, life).catch((thrown) => {
          throw refusedBy(peer, { thrown });
        });
        return { socket, wire: wire() };
      },
      closed: closed.signal,
    });
    switch (mode) {
      case "bidirectional": {
        const streaming = streamingOver(() => new DoubaoSessionWire(peer));
        return {
          speak: ({ text }, signal) => speakStreamed(onePart(text), streaming, signal),
          speakStream: (parts, _options, signal) => speakStreamed(parts, streaming, signal),
          close: () => closed.abort(),
        };
      }
      case "websocket": {
        const streaming = streamingOver(() => new DoubaoWholeWire(peer));
        return { speak: ({ text }, signal) => speakStreamed(onePart(text), streaming, signal) };
      }
      case "http":
      case "sse": {
        const http = new HttpClient(trust);
        return {
          speak: ({ text }, signal) => speakOverHttp(text, { ...peer, http }, signal),
          close: () => http.close(),
        };
      }
    }
  },
});
