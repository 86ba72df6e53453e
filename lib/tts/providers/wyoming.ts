import { z } from "zod";
import { tcpUrl } from "../../net/mod.ts";
import type { SpeechSound } from "../contract.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { onePart, speakStreamed, type StreamedTextOptions } from "../streamed/speak_streamed.ts";
import { languagesOfPiper } from "./piper_voice.ts";
import { WyomingServer } from "./wyoming_server.ts";
import { WyomingWire } from "./wyoming_wire.ts";

/** A longer text is spoken in parts: the protocol has no bound of its own. */
const MAX_CHARS = 4_000;

/** A Wyoming server that speaks, as Home Assistant's add-on of Piper. */
export const wyoming: TtsProviderType = defineTtsProvider({
  type: "wyoming",
  about: "a Wyoming server that speaks, as Home Assistant's add-on of Piper",
  config: {
    url: tcpUrl.default("tcp://127.0.0.1:10200")
      .refine((url) => new URL(url).port !== "", "name the port, as in tcp://127.0.0.1:10200")
      .describe("the server; the protocol has no TLS and no accounts, so it belongs in your own network"),
    voice: z.string().min(1).optional()
      .describe(
        "its voice, such as en_US-lessac-medium; without it the server's own; earshot voices lists them",
      ),
    speaker: z.string().min(1).optional().describe("the speaker of a voice that has several"),
    languages: z.array(z.string().min(2)).min(1).optional()
      .describe(
        "the languages that the voice speaks (BCP 47), such as [en]; by default the one that its name begins with, or any",
      ),
    streaming: z.enum(["auto", "off"]).default("auto")
      .describe(
        "auto: a text is spoken while it is still being written, by the server where it can (which it says itself), " +
          "else each sentence as soon as it is whole; off: a text is spoken once it is whole",
      ),
  },
  check: ({ voice, speaker }, problem) => {
    if (speaker !== undefined && voice === undefined) problem("speaker", "name its voice, too");
  },
  tls: false,
  capabilities: ({ voice, languages, streaming }) => ({
    languages: languages ?? languagesOfPiper(voice),
    maxChars: MAX_CHARS,
    textIn: streaming === "off" ? "whole" : "streamed",
  }),
  open: ({ url, voice, speaker, streaming }, { service, clock }) => {
    const server = new WyomingServer({
      url,
      service,
      ...(voice !== undefined && { voice: { name: voice, ...(speaker !== undefined && { speaker }) } }),
    });
    const streamingOf = (text: { readonly isWhole: boolean }): StreamedTextOptions<SpeechSound> => ({
      service,
      clock,
      maxChars: MAX_CHARS,
      soundOf: (sounds) => server.watched(sounds),
      open: async (life) => ({ socket: await server.connect(life), wire: new WyomingWire(server, text) }),
    });
    return {
      speak: ({ text }, signal) => speakStreamed(onePart(text), streamingOf({ isWhole: true }), signal),
      ...(streaming === "auto" && {
        speakStream: (parts, _options, signal) =>
          speakStreamed(parts, streamingOf({ isWhole: false }), signal),
      }),
      voices: (signal) => server.voices(signal),
    };
  },
});
