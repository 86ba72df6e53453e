import { z } from "zod";
import { HttpClient, httpUrl } from "../../net/mod.ts";
import { readKey, secretSource } from "../../secrets/mod.ts";
import { configKeyOf, jsonOf, openaiRefusal, serviceError, type ServiceName } from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import { errorOfBody, soundOfBody } from "../body/sound_of_body.ts";
import { type HttpSpeaker, speakOverHttp } from "../body/speak_over_http.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { unquoteRefusal } from "../text/unquote.ts";
import { requestOf } from "./http_template.ts";
import { LANGUAGE_PLACEHOLDER, templateFaults, TEXT_PLACEHOLDERS } from "./http_template_faults.ts";

/** The longest JSON that may hold sound, in bytes: 8 minutes at 24 kHz. */
const MAX_JSON_BYTES = 32 * 2 ** 20;

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const fields = z.record(z.string().min(1), scalar);

/** Any server that takes a text in a request and answers with sound. */
export const http: TtsProviderType = defineTtsProvider({
  type: "http",
  about:
    "any server that takes a text over HTTP and answers with sound: its request is written in the config",
  config: {
    url: httpUrl.describe("where the request goes, such as http://192.168.1.20:5000/tts"),
    method: z.enum(["GET", "POST", "PUT"]).optional().describe("by default POST with form or json, else GET"),
    headers: z.record(z.string().min(1), z.string()).default({})
      .describe('what the headers are besides the usual ones, such as { Authorization: "Bearer {key}" }'),
    query: fields.default({})
      .describe(
        'what is added to the url, such as { text: "{text}" }; {text} and {language} stand for what is spoken',
      ),
    form: fields.optional()
      .describe(
        "the fields of a form; with the header Content-Type: multipart/form-data it is sent in parts",
      ),
    json: z.record(z.string().min(1), z.unknown()).optional()
      .describe(
        'the JSON that is sent, such as { input: "{text}", voice: anna }, with placeholders in its texts',
      ),
    secrets: z.record(z.string().min(1), secretSource).default({})
      .describe(
        "secrets by the names of their placeholders: { key: { env: NAME } } is put in where {key} stands",
      ),
    audioField: z.string().regex(
      /^\w+(\.\w+)*$/,
      "give a name, or names with dots between them, such as data.audio",
    )
      .optional().describe(
        "where a server has its sound that answers with JSON, in base64, such as data.audio",
      ),
    sampleRateHz: z.int().min(8_000).max(48_000).default(24_000)
      .describe("samples a second of sound that does not say it itself"),
    languages: voiceLanguages,
    maxChars: z.int().min(50).max(10_000).default(1_000)
      .describe("the longest text of one request, in characters; a longer one is split"),
  },
  check: ({ secrets, ...template }, problem) => {
    for (const { key, message } of templateFaults(template, Object.keys(secrets))) problem(key, message);
  },
  capabilities: ({ languages, maxChars }) => ({ languages: languages ?? "any", maxChars, textIn: "whole" }),
  open: async ({ secrets, audioField, sampleRateHz, ...template }, { service, trust }) => {
    const keys = await Promise.all(
      Object.entries(secrets).map(async ([name, source]) =>
        [name, await readKey(`${configKeyOf(service)}.secrets.${name}`, source)] as const
      ),
    );
    const client = new HttpClient(trust);
    const speaker: HttpSpeaker = {
      service,
      http: client,
      sampleRateHz,
      ...(audioField !== undefined && {
        text: {
          soundOf: (text) => {
            const bytes = [soundIn(text, { service, audioField })];
            return soundOfBody(ReadableStream.from(bytes), { service, sampleRateHz });
          },
          maxBytes: MAX_JSON_BYTES,
        },
      }),
    };
    return {
      speak: ({ text, language }, signal) => {
        const values = new Map([
          ...keys,
          ...TEXT_PLACEHOLDERS.map((name) => [name, text] as const),
          [LANGUAGE_PLACEHOLDER, language] as const,
        ]);
        const request = requestOf(template, values);
        const { url } = request;
        return speakOverHttp(request, {
          ...speaker,
          refusal: (refusal) => openaiRefusal(service, unquoteRefusal(refusal, { url, said: text })),
        }, { text, signal });
      },
      close: () => client.close(),
    };
  },
});

/** The sound that JSON holds; without it, what the JSON says of a fault. */
function soundIn(
  text: string,
  { service, audioField }: { readonly service: ServiceName; readonly audioField: string },
): Uint8Array {
  let value = jsonOf(text);
  for (const name of audioField.split(".")) {
    value = typeof value === "object" && value !== null && Object.hasOwn(value, name)
      ? Reflect.get(value, name)
      : undefined;
  }
  if (typeof value === "string") return soundOfBase64(service, value);
  const fault = errorOfBody(service, text);
  if (fault.code !== "tts.protocol") throw fault;
  throw serviceError(service, "protocol", { detail: `its answer has no sound at ${audioField}` });
}
