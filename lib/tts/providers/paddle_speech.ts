import { z } from "zod";
import { type PeerTrust, webSocketUrl } from "../../net/mod.ts";
import { connectionError, readReply, serviceError, type ServiceName } from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";

/** A longer text is spoken in parts. */
const MAX_CHARS = 500;

/** PaddleSpeech's streaming server over a WebSocket, of 1.2 and later. */
export const paddleSpeech: TtsProviderType = defineTtsProvider({
  type: "paddleSpeech",
  about: "PaddleSpeech's streaming server (protocol: websocket), version 1.2 and later",
  config: {
    url: webSocketUrl.default("ws://127.0.0.1:8092/paddlespeech/tts/streaming")
      .describe("the server; it has no accounts, so it belongs in your own network"),
    speakerId: z.int().min(0).max(10_000).default(0)
      .describe("the speaker (spk_id) of a model that has several"),
    languages: z.array(z.string().min(2)).min(1).default(["zh"])
      .describe(
        "the languages that its model speaks (BCP 47): the usual one Chinese alone, and of what is not it makes nothing, " +
          "without a word; [zh, en] for a mixed one",
      ),
    sampleRateHz: z.int().min(8_000).max(48_000).default(24_000)
      .describe(
        "samples a second of its sound, which only /paddlespeech/tts/streaming/samplerate says: 24000 of the usual models",
      ),
  },
  capabilities: ({ languages }) => ({ languages, maxChars: MAX_CHARS, textIn: "whole" }),
  open: ({ url, speakerId, sampleRateHz }, { service, trust }) => ({
    speak: ({ text }, signal) =>
      soundOfBody(bytesOf({ text, spk_id: speakerId }, { service, url, trust }, signal), {
        service,
        sampleRateHz,
      }),
  }),
});

/** Who is asked. */
interface PaddlePeer {
  readonly service: ServiceName;
  readonly url: string;
  readonly trust: PeerTrust;
}

const greeting = z.looseObject({ session: z.string() });
const answer = z.looseObject({ status: z.int(), audio: z.string().default("") });

/** The samples of one request over a connection of its own. */
async function* bytesOf(
  request: Readonly<Record<string, unknown>>,
  { service, url, trust }: PaddlePeer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  using socket = await PulledSocket.openWeb({ service, url, trust }, signal).catch((thrown) => {
    throw connectionError(service, thrown);
  });
  const next = async <T>(schema: z.ZodType<T>) => readReply(service, textOf(await socket.next()), schema);
  socket.send(JSON.stringify({ task: "tts", signal: "start" }));
  const { session } = await next(greeting);
  socket.send(JSON.stringify(request));
  for (;;) {
    const { status, audio } = await next(answer);
    switch (status) {
      case 1:
        yield soundOfBase64(service, audio);
        break;
      case 2:
        socket.send(JSON.stringify({ task: "tts", signal: "end", session }));
        return socket.close();
      default:
        throw serviceError(service, "failed", {
          detail:
            `it answered the status ${status} and no reason, as it does at a speakerId that its model does not ` +
            "have, or at what that cannot read",
        });
    }
  }
}

function textOf(message: string | Uint8Array): string {
  return typeof message === "string" ? message : new TextDecoder().decode(message);
}
