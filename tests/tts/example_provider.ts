import { z } from "zod";
import { HttpClient, HttpRefusal, httpUrl } from "../../lib/net/mod.ts";
import { secretSource } from "../../lib/secrets/mod.ts";
import { connectionError, serviceError } from "../../lib/service/mod.ts";
import { brokenOff } from "../../lib/tts/body/broken_off.ts";
import { defineTtsProvider, type TtsProviderType } from "../../lib/tts/provider.ts";
import { soundOfBody } from "../../lib/tts/body/sound_of_body.ts";

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
    return {
      speak: async function* ({ text, language }, signal) {
        const response = await http.fetch({
          url: new URL("/say", url).href,
          headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
          body: JSON.stringify({ input: text, language, voice }),
        }, signal).catch((thrown) => {
          // 400 is the text's fault here, not the config's.
          if (!(thrown instanceof HttpRefusal) || thrown.status !== 400) {
            throw connectionError(service, thrown);
          }
          throw serviceError(service, "bad_input", { detail: thrown.body, cause: thrown });
        });
        if (response.body === null) return;
        const contentType = response.headers.get("content-type");
        try {
          yield* soundOfBody(response.body, { service, contentType, sampleRateHz: 24_000 });
        } catch (thrown) {
          throw brokenOff(service, thrown, signal);
        }
      },
      close: () => http.close(),
    };
  },
});
