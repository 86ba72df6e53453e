import { z } from "zod";
import type { EarshotError } from "../../errors/mod.ts";
import { HttpClient, HttpRefusal, httpUrl } from "../../net/mod.ts";
import { checkReply, jsonOf, type ServiceName } from "../../service/mod.ts";
import { listAt } from "../body/list_at.ts";
import { type HttpSpeaker, refusalOf, speakOverHttp } from "../body/speak_over_http.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";

/** The model loses the thread in longer texts. */
const MAX_CHARS = 500;

/** IndexTTS behind index-tts-vllm's server, or a streaming build of it. */
export const indexTts: TtsProviderType = defineTtsProvider({
  type: "indexTts",
  about: "IndexTTS behind the server of index-tts-vllm, or a build of it that streams",
  config: {
    url: httpUrl.default("http://127.0.0.1:11996")
      .describe("the server; it has no accounts, so it belongs in your own network"),
    voice: z.string().min(1)
      .describe("its voice: a character of the server's assets/speaker.json; earshot voices lists them"),
    languages: z.array(z.string().min(2)).min(1).default(["zh", "en"])
      .describe("the languages that it speaks (BCP 47)"),
    sampleRateHz: z.int().min(8_000).max(48_000).default(24_000)
      .describe("samples a second of sound without a header, which builds that stream may send"),
  },
  capabilities: ({ languages }) => ({ languages, maxChars: MAX_CHARS, textIn: "whole" }),
  open: ({ url, voice, sampleRateHz }, { service, trust }) => {
    const http = new HttpClient(trust);
    const base = url.replace(/\/$/, "");
    const speaker: HttpSpeaker = {
      service,
      http,
      sampleRateHz,
      refusal: (refusal, text) => meaningOf(service, refusal, { text, voice }),
    };
    return {
      speak: ({ text }, signal) =>
        speakOverHttp(
          {
            url: `${base}/tts`,
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ text, character: voice }),
          },
          speaker,
          { text, signal },
        ),
      voices: async (signal) => {
        const list = await listAt({ url: `${base}/audio/voices` }, { service, http }, signal);
        if (list === undefined) return [];
        return Object.keys(checkReply(service, list.json, characters)).map((name) => ({ name }));
      },
      close: () => http.close(),
    };
  },
});

const failure = z.looseObject({ error: z.string() });

/** What goes wrong within has the status 500 and the trace of the program, of which the last line says what it was. */
function meaningOf(
  service: ServiceName,
  refusal: HttpRefusal,
  { text, voice }: { readonly text: string; readonly voice: string },
): EarshotError {
  const read = failure.safeParse(jsonOf(refusal.body));
  const words = read.success ? read.data.error.trimEnd().split("\n").at(-1) ?? "" : "";
  // Older builds look the character up without asking whether it is there.
  const isUnknown = refusal.status === 404 && read.success || words === `KeyError: '${voice}'`;
  return refusalOf(service, refusal, {
    text,
    words,
    ...(isUnknown &&
      { fault: "config", remedy: `earshot voices ${service.name} lists the characters that it has` }),
  });
}

/** Recordings by character, or nothing. */
const characters = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown()).max(0)]);
