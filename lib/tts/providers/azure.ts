import { z } from "zod";
import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import { HttpClient, HttpRefusal, httpUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { connectionError, faultOfStatus, serviceError, type ServiceName } from "../../service/mod.ts";
import { type HttpSpeaker, speakOverHttp } from "../body/speak_over_http.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { escapeXml, ssmlOf, xmlText } from "./microsoft_ssml.ts";
import { languagesOfVoice, microsoftVoiceKeys, microsoftVoices } from "./microsoft_voices.ts";

/** The service cuts after 10 minutes: that is 1.7 characters a second. */
const MAX_CHARS = 1_000;
/** Without a name of its caller, it refuses. */
const USER_AGENT = "Earshot";

/** Where the service is: the url, or what the region stands for. */
function addressOf(
  { region, url }: { readonly region?: string | undefined; readonly url?: string | undefined },
): string {
  return url ?? `https://${region}.tts.speech.microsoft.com`;
}

/** Azure AI Speech over HTTP. */
export const azure: TtsProviderType = defineTtsProvider({
  type: "azure",
  about: "Azure AI Speech, or a container of it",
  config: {
    region: z.string().regex(/^[a-z]+[a-z\d]*$/, "give a region such as westeurope").optional()
      .describe("the region of the resource, such as westeurope; it stands for the url"),
    url: httpUrl.optional()
      .describe(
        "the service where no region leads there, such as https://chinanorth2.tts.speech.azure.cn, or a container",
      ),
    apiKey: secretSource.optional().describe("the key of the resource; a container of your own needs none"),
    ...microsoftVoiceKeys,
    style: z.string().regex(/^[a-z][a-z-]*$/, "give a style such as cheerful").optional()
      .describe("how it feels, such as cheerful, where the voice can"),
    sampleRateHz: z.literal([8_000, 16_000, 24_000, 48_000]).default(24_000)
      .describe("samples a second that are asked for"),
  },
  check: ({ region, url, apiKey }, problem) => {
    if (region === undefined && url === undefined) problem("region", "give the region, or the url");
    if (region !== undefined && url !== undefined) {
      problem("url", "the region says it already: give one of both");
    }
    if (region !== undefined && apiKey === undefined) problem("apiKey", "give the key of the resource");
  },
  address: addressOf,
  capabilities: ({ voice, languages }) => ({
    languages: languages ?? languagesOfVoice(voice),
    maxChars: MAX_CHARS,
    textIn: "whole",
  }),
  open: ({ region, url, apiKey, sampleRateHz, ...prosody }, { service, trust }) => {
    const http = new HttpClient(trust);
    const base = addressOf({ region, url }).replace(/\/$/, "");
    const headers = {
      "User-Agent": USER_AGENT,
      ...(apiKey !== undefined && { "Ocp-Apim-Subscription-Key": apiKey }),
    };
    const speaker: HttpSpeaker = {
      service,
      http,
      sampleRateHz,
      refusal: (refusal) => refused(service, refusal),
    };
    return {
      speak: ({ text }, signal) => {
        const request = {
          url: `${base}/cognitiveservices/v1`,
          headers: {
            ...headers,
            "Content-Type": "application/ssml+xml",
            "X-Microsoft-OutputFormat": `raw-${sampleRateHz / 1_000}khz-16bit-mono-pcm`,
          },
          body: ssmlOf(escapeXml(xmlText(text)), prosody),
        };
        return speakOverHttp(request, speaker, { text, signal });
      },
      voices: async (signal) => {
        const request = { url: `${base}/cognitiveservices/voices/list`, headers };
        const body = await http.text(request, signal).catch((thrown) => {
          throw refused(service, thrown);
        });
        return microsoftVoices(service, body);
      },
      close: () => http.close(),
    };
  },
});

function refused(service: ServiceName, thrown: unknown): EarshotError {
  if (!(thrown instanceof HttpRefusal)) return connectionError(service, thrown);
  const { status, body } = thrown;
  // A free resource whose month is spent is forbidden, as a wrong key is not.
  const fault: ServiceFault = status === 403 && /quota/i.test(body) ? "quota" : faultOfStatus(status);
  return serviceError(service, fault, { detail: `it answered ${status} ${body}`, cause: thrown });
}
