import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { HttpClient, openSocket, type PeerTrust, webSocketUrl } from "../../net/mod.ts";
import { checkReply, configKeyOf, jsonOf, type ServiceName } from "../../service/mod.ts";
import type { SpeechSound, SpeechText, VoiceInfo } from "../contract.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { PulledSocket } from "../pulled_socket.ts";
import { soundOfBody } from "../sound_of_body.ts";
import { EdgeAccess, freshId } from "./edge_access.ts";
import { configFrame, readEdgeMessage, ssmlFrame } from "./edge_frames.ts";
import { type EdgeProsody, escapedParts, ssmlOf } from "./edge_ssml.ts";
import { EDGE_TOKEN_KINDS, edgeTokenSource } from "./edge_token.ts";

/** The service counts bytes of escaped text: what has more of them than characters is split once more. */
const MAX_CHARS = 4_096;
/** How often a part is asked for that gets no sound: what cannot be spoken gets none, and now and then what can. */
const MAX_SILENT = 2;
/** The language that a voice's name begins with, its script included. */
const LOCALE = /^[a-z]{2,3}(-[A-Z][a-z]{3})?-[A-Z]{2}(?=-)/;

/** The voices that Microsoft Edge reads pages aloud with. Nobody but Edge is meant to use them. */
export const edge: TtsProviderType = defineTtsProvider({
  type: "edge",
  about:
    "the voices of Microsoft Edge, without an account: an unofficial access, which Microsoft may end any day",
  config: {
    url: webSocketUrl.default("wss://speech.platform.bing.com/consumer/speech/synthesize/readaloud")
      .describe("the service"),
    voice: z.string()
      .regex(
        /^[a-z]{2,3}(-[A-Z][a-z]{3})?-[A-Z]{2}(-[A-Za-z\d]+)+$/,
        "give a voice such as zh-CN-XiaoxiaoNeural",
      )
      .default("zh-CN-XiaoxiaoNeural")
      .describe("its voice, which begins with its language"),
    languages: z.array(z.string().min(2)).min(1).optional()
      .describe(
        "the languages that the voice speaks (BCP 47), such as [zh, en]; by default the one of its name, or any for a " +
          "Multilingual voice",
      ),
    ratePercent: z.int().min(-90).max(200).default(0)
      .describe("how much faster it speaks than usual, in percent, -90 to 200"),
    pitchHz: z.int().min(-100).max(100).default(0)
      .describe("how much higher it speaks than usual, in Hz, -100 to 100"),
    volumePercent: z.int().min(-100).max(100).default(0)
      .describe("how much louder it speaks than usual, in percent; every answer leaves equally loud anyway"),
    version: z.string().regex(/^\d+-\d+(\.\d+){3}$/, "give a version such as 1-143.0.3650.75")
      .default("1-143.0.3650.75")
      .describe("the Edge that it passes for: the kind of its token, and its version"),
  },
  check: ({ version }, problem) => {
    if (edgeTokenSource(version) === undefined) {
      problem(
        "version",
        `its token cannot be made here; those that can begin with ${EDGE_TOKEN_KINDS.join(", ")}`,
      );
    }
  },
  capabilities: ({ voice, languages }) => ({
    languages: languages ?? languagesOf(voice),
    maxChars: MAX_CHARS,
    textIn: "whole",
  }),
  open: ({ url, version, ...prosody }, { service, trust }) => {
    const tokens = edgeTokenSource(version);
    if (tokens === undefined) {
      throw new EarshotError(
        "config.invalid",
        `Cannot use ${configKeyOf(service)}.version: it has no token here`,
      );
    }
    const http = new HttpClient(trust);
    const base = url.replace(/\/$/, "");
    const access = new EdgeAccess({ service, version, tokens });
    return {
      speak: (speech, signal) => speak(speech, { service, trust, base, access, prosody }, signal),
      voices: (signal) =>
        listVoices({ url: `${base.replace(/^ws/, "http")}/voices/list`, service, access, http }, signal),
      close: () => http.close(),
    };
  },
});

/** What a voice's name says of what it speaks. */
function languagesOf(voice: string): readonly string[] | "any" {
  const locale = LOCALE.exec(voice)?.[0];
  if (locale === undefined || voice.includes("Multilingual")) return "any";
  // Those of Hong Kong speak Cantonese.
  return locale === "zh-HK" ? [locale, "yue"] : [locale];
}

/** Who is asked, and how it should speak. */
interface EdgePeer {
  readonly service: ServiceName;
  readonly trust: PeerTrust;
  readonly base: string;
  readonly access: EdgeAccess;
  readonly prosody: EdgeProsody;
}

async function* speak(
  { text }: SpeechText,
  peer: EdgePeer,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  for (const part of escapedParts(text)) {
    yield* soundOfBody(bytesOf(ssmlOf(part, peer.prosody), peer, signal), { service: peer.service });
  }
}

/** The MP3 of a document, or nothing. */
async function* bytesOf(ssml: string, peer: EdgePeer, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  let silent = true;
  for (let tries = 0; silent && tries < MAX_SILENT; tries++) {
    for await (const bytes of ask(ssml, peer, signal)) {
      silent = false;
      yield bytes;
    }
  }
}

/** A socket takes one document. */
async function* ask(
  ssml: string,
  { service, trust, base, access }: EdgePeer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  using socket = await access.enter(({ proof, clientToken, headers }) => {
    const query = new URLSearchParams({
      TrustedClientToken: clientToken,
      ConnectionId: freshId(),
      ...proof,
    });
    // Without permessage-deflate, which Edge offers: MP3 does not become smaller.
    const request = { url: `${base}/edge/v1?${query}`, headers, trust };
    return PulledSocket.open({
      service,
      connect: (handlers, life) => openSocket(request, handlers, life),
    }, signal);
  }, signal);
  const now = new Date();
  socket.send(configFrame(now));
  socket.send(ssmlFrame(ssml, { requestId: freshId(), now }));
  for (;;) {
    const message = readEdgeMessage(service, await socket.next());
    if (message.type === "audio") yield message.bytes;
    if (message.type === "end") return socket.close();
  }
}

const names = z.array(z.string()).default([]);
const voiceList = z.array(z.looseObject({
  ShortName: z.string(),
  Locale: z.string().optional(),
  Gender: z.string().optional(),
  VoiceTag: z.looseObject({ ContentCategories: names, VoicePersonalities: names }).prefault({}),
}));

async function listVoices(
  { url, service, access, http }: Pick<EdgePeer, "service" | "access"> & {
    readonly url: string;
    readonly http: HttpClient;
  },
  signal: AbortSignal,
): Promise<readonly VoiceInfo[]> {
  const body = await access.enter(({ proof, clientToken, headers }) => {
    const query = new URLSearchParams({ trustedclienttoken: clientToken, ...proof });
    return http.text({ url: `${url}?${query}`, headers }, signal);
  }, signal);
  return checkReply(service, jsonOf(body), voiceList).map(({ ShortName: name, Locale, Gender, VoiceTag }) => {
    const about = [Gender ?? "", ...VoiceTag.VoicePersonalities, ...VoiceTag.ContentCategories]
      .map((word) => word.trim()).filter((word) => word !== "").join(", ");
    return { name, ...(Locale !== undefined && { language: Locale }), ...(about !== "" && { about }) };
  });
}
