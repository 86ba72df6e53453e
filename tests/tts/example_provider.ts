import { z } from "zod";
import { HttpClient, httpUrl } from "../../lib/net/mod.ts";
import { secretSource } from "../../lib/secrets/mod.ts";
import { type HttpSpeaker, refusalOf, speakOverHttp } from "../../lib/tts/body/speak_over_http.ts";
import { defineTtsProvider, type TtsProviderType } from "../../lib/tts/provider.ts";

/** A server that takes a text and answers with sound. */
export const example: TtsProviderType = defineTtsProvider({
  type: "example",
  about: "the voice of docs/adding-a-provider.md",
  config: {
    url: httpUrl.default("https://127.0.0.1:9002").describe("the server"),
    apiKey: secretSource.describe("the key of the account"),
    voice: z.string().min(1).default("anna").describe("its voice"),
  },
  capabilities: () => ({ languages: ["en", "de"], maxChars: 500, textIn: "whole" }),
  open: ({ url, apiKey, voice }, { service, trust }) => {
    const http = new HttpClient(trust);
    const speaker: HttpSpeaker = {
      service,
      http,
      sampleRateHz: 24_000,
      // 400 is the text's fault here, not the config's.
      refusal: (refusal, text) =>
        refusalOf(service, refusal, { text, ...(refusal.status === 400 && { fault: "bad_input" }) }),
    };
    return {
      speak: ({ text, language }, signal) => {
        const request = {
          url: new URL("/say", url).href,
          headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
          body: JSON.stringify({ input: text, language, voice }),
        };
        return speakOverHttp(request, speaker, { text, signal });
      },
      close: () => http.close(),
    };
  },
});
