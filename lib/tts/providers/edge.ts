import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { HttpClient, type PeerTrust, webSocketUrl } from "../../net/mod.ts";
import { configKeyOf, type ServiceName } from "../../service/mod.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import type { SpeechSound, SpeechText, VoiceInfo } from "../contract.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import { EdgeAccess, freshId } from "./edge_access.ts";
import { configFrame, readEdgeMessage, ssmlFrame } from "./edge_frames.ts";
import { escapedParts } from "./edge_ssml.ts";
import { EDGE_TOKEN_KINDS, edgeTokenSource } from "./edge_token.ts";
import { type MicrosoftProsody, ssmlOf } from "./microsoft_ssml.ts";
import { languagesOfVoice, microsoftVoiceKeys, microsoftVoices } from "./microsoft_voices.ts";

/** The service counts bytes of escaped text: what has more of them than characters is split once more. */
const MAX_CHARS = 4_096;
/** How often a part is asked for that gets no sound: what cannot be spoken gets none, and now and then what can. */
const MAX_SILENT = 2;

/** The voices that Microsoft Edge reads pages aloud with. Nobody but Edge is meant to use them. */
export const edge: TtsProviderType = defineTtsProvider({
  type: "edge",
  about:
    "the voices of Microsoft Edge, without an account: an unofficial access, which Microsoft may end any day",
  config: {
    url: webSocketUrl.default("wss://speech.platform.bing.com/consumer/speech/synthesize/readaloud")
      .describe("the service"),
    ...microsoftVoiceKeys,
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
    languages: languages ?? languagesOfVoice(voice),
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

/** Who is asked, and how it should speak. */
interface EdgePeer {
  readonly service: ServiceName;
  readonly trust: PeerTrust;
  readonly base: string;
  readonly access: EdgeAccess;
  readonly prosody: MicrosoftProsody;
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
    return PulledSocket.openWeb({ service, url: `${base}/edge/v1?${query}`, headers, trust }, signal);
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
  return microsoftVoices(service, body);
}
