import { z } from "zod";
import type { EarshotError } from "../../errors/mod.ts";
import { HttpClient, HttpRefusal, httpUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { checkReply, jsonOf, type ServiceName } from "../../service/mod.ts";
import { listAt } from "../body/list_at.ts";
import { type HttpSpeaker, refusalOf, speakOverHttp } from "../body/speak_over_http.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";

/** A longer text is spoken in parts; an operator may have set a bound of the server's own. */
const MAX_CHARS = 1_000;
const SERVER_URL = "http://127.0.0.1:8080";
const CLOUD_URL = "https://api.fish.audio";
/** What the cloud is asked for, in Hz. */
const CLOUD_RATE_HZ = 24_000;
/** What the fields of the request are called that have a key of their own, or are settled. */
const OWN_FIELDS = new Set(["text", "format", "sample_rate", "reference_id", "streaming"]);

/** Fish Speech: a server of one's own, or Fish Audio's cloud. */
export const fishSpeech: TtsProviderType = defineTtsProvider({
  type: "fishSpeech",
  about: "Fish Speech: a server of your own, or Fish Audio's cloud",
  config: {
    api: z.enum(["server", "cloud"]).default("server").describe(
      "a server of your own, or Fish Audio's cloud",
    ),
    url: httpUrl.default(SERVER_URL).describe(`the server; the cloud is at ${CLOUD_URL}`),
    apiKey: secretSource.optional()
      .describe("the API key; a server of your own has one if it was started with --api-key"),
    voice: z.string().min(1).optional()
      .describe(
        "the id of its voice (reference_id): in the cloud a model's; of your own server a folder in its references/, and " +
          "one that is not there is a voice by chance, without a word: earshot voices lists those that it has",
      ),
    model: z.string().min(1).optional()
      .describe("the cloud's model, such as s1; by default the one that the cloud takes"),
    languages: z.array(z.string().min(2)).min(1).optional()
      .describe("the languages that it speaks (BCP 47), such as [zh, en]; by default it may be any"),
    streaming: z.boolean().default(true)
      .describe("your own server: whether a text's sound comes part by part, rather than at once"),
    extra: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()])).default({})
      .describe("further fields of the request, such as { temperature: 0.7, latency: balanced }"),
  },
  check: ({ api, url, apiKey, model, extra }, problem) => {
    if (api === "cloud" && url === SERVER_URL) problem("url", `say where the cloud is: ${CLOUD_URL}`);
    if (api === "cloud" && apiKey === undefined) problem("apiKey", "the cloud needs one");
    if (api === "server" && model !== undefined) {
      problem(
        "model",
        "your own server has the model that it was started with; leave this out, or set api: cloud",
      );
    }
    for (const field of Object.keys(extra)) {
      if (OWN_FIELDS.has(field)) {
        problem("extra", `${field} has a key of its own beside extra, or is settled`);
      }
    }
  },
  capabilities: ({ languages }) => ({ languages: languages ?? "any", maxChars: MAX_CHARS, textIn: "whole" }),
  open: ({ api, url, apiKey, voice, model, streaming, extra }, { service, trust }) => {
    const http = new HttpClient(trust);
    const base = url.replace(/\/$/, "");
    const authorization = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
    const speaker: HttpSpeaker = {
      service,
      http,
      refusal: (refusal, text) => meaningOf(service, refusal, text),
      ...(api === "cloud" && { sampleRateHz: CLOUD_RATE_HZ }),
    };
    const settled = api === "cloud"
      ? { format: "pcm", sample_rate: CLOUD_RATE_HZ }
      // It streams nothing else.
      : { format: "wav", streaming };
    return {
      speak: ({ text }, signal) =>
        speakOverHttp(
          {
            url: `${base}/v1/tts`,
            headers: {
              ...authorization,
              "Content-Type": "application/json",
              ...(model !== undefined && { model }),
            },
            body: JSON.stringify({
              ...extra,
              ...settled,
              ...(voice !== undefined && { reference_id: voice }),
              text,
            }),
          },
          speaker,
          { text, signal },
        ),
      ...(api === "server" && {
        voices: async (signal) => {
          const request = {
            url: `${base}/v1/references/list`,
            // It answers in MessagePack unless it is told.
            headers: { ...authorization, Accept: "application/json" },
          };
          const list = await listAt(request, speaker, signal);
          // An older one has none.
          if (list === undefined) return [];
          return checkReply(service, list.json, references).reference_ids.map((name) => ({ name }));
        },
      }),
      close: () => http.close(),
    };
  },
});

const failure = z.looseObject({ message: z.string() });

/** Both say what is wrong in `message`; beside it the server has the status's name as `error`. */
function meaningOf(service: ServiceName, refusal: HttpRefusal, text: string): EarshotError {
  const read = failure.safeParse(jsonOf(refusal.body));
  const words = read.success ? { words: read.data.message } : {};
  const isTooLong = refusal.status === 400 && read.success && /too long/i.test(read.data.message);
  return refusalOf(service, refusal, { text, ...words, ...(isTooLong && { fault: "bad_input" }) });
}

const references = z.looseObject({ reference_ids: z.array(z.string()) });
