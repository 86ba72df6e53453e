import { createHash } from "node:crypto";
import { z } from "zod";
import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import { type AnswerEvent, HttpClient, httpUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import {
  jsonOf,
  readReply,
  refusalError,
  serviceError,
  type ServiceName,
  type Settings,
} from "../../service/mod.ts";
import { type HttpSpeaker, speakOverHttp } from "../body/speak_over_http.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { ANGLE_TAGS, InertText } from "../text/inert_text.ts";

/** The service takes 10,000; with as many, an event that repeats all the sound would be larger than what is read. */
const MAX_CHARS = 1_000;
const EVENT_LIMITS = { maxLineLength: 32 * 2 ** 20, maxBytes: 128 * 2 ** 20 };

/** What the service's codes mean; what is not here is a failure that may pass. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  1001: "timeout",
  1002: "throttled",
  1004: "auth",
  1008: "quota",
  1026: "bad_input",
  1027: "bad_input",
  1039: "throttled",
  1041: "throttled",
  // Too many invisible characters.
  1042: "bad_input",
  2013: "config",
  2042: "config",
  2045: "throttled",
  2049: "auth",
  2054: "config",
  2056: "quota",
  20132: "config",
};

const config = {
  url: httpUrl.default("https://api.minimaxi.com/v1")
    .describe("the service; outside of mainland China https://api.minimax.io/v1"),
  apiKey: secretSource.describe("the API key"),
  groupId: z.string().min(1).optional().describe("the GroupId of the account, which older keys need"),
  model: z.string().min(1).default("speech-02-turbo").describe("the model that speaks"),
  voice: z.string().min(1).default("female-shaonv").describe("its voice (voice_id)"),
  languages: voiceLanguages,
  languageBoost: z.string().min(1).optional()
    .describe(
      "a language that it should listen for in the text, as the service names it: Chinese,Yue or auto",
    ),
  emotion: z.string().min(1).optional()
    .describe("how it feels, as the service names it, such as happy or sad"),
  speed: z.number().min(0.5).max(2).default(1).describe("how fast it speaks, 0.5 to 2; 1 is usual"),
  volume: z.number().gt(0).max(10).default(1)
    .describe("how loud it speaks, up to 10; 1 is usual, and every answer leaves equally loud anyway"),
  pitch: z.int().min(-12).max(12).default(0).describe("how much higher it speaks, in semitones, -12 to 12"),
  sampleRateHz: z.literal([8_000, 16_000, 22_050, 24_000, 32_000, 44_100]).default(24_000)
    .describe("samples a second that are asked for"),
};

/** MiniMax's speech over HTTP (t2a_v2). */
export const minimax: TtsProviderType = defineTtsProvider({
  type: "minimax",
  about: "MiniMax's speech (T2A v2)",
  config,
  capabilities: ({ languages }) => ({ languages: languages ?? "any", maxChars: MAX_CHARS, textIn: "whole" }),
  open: ({ url, apiKey, groupId, ...settings }, { service, trust }) => {
    const http = new HttpClient(trust);
    const target = new URL(`${url.replace(/\/$/, "")}/t2a_v2`);
    if (groupId !== undefined) target.searchParams.set("GroupId", groupId);
    const faultOf = (json: unknown) => faultIn(service, json);
    const speaker: HttpSpeaker = {
      service,
      http,
      sampleRateHz: settings.sampleRateHz,
      refusal: (refusal) => faultOf(jsonOf(refusal.body)) ?? refusalError(service, refusal),
      faultOf,
      events: { bytesOf: (events) => bytesOfEvents(service, events), limits: EVENT_LIMITS },
    };
    return {
      speak: ({ text }, signal) => {
        const request = {
          url: target.href,
          headers: { "Authorization": `Bearer ${apiKey}`, "Content-Type": "application/json" },
          body: JSON.stringify(fieldsOf(new InertText(ANGLE_TAGS).next(text), settings)),
        };
        return speakOverHttp(request, speaker, { text, signal });
      },
      close: () => http.close(),
    };
  },
});

function fieldsOf(
  text: string,
  settings: Omit<Settings<typeof config>, "url" | "apiKey" | "groupId">,
): Readonly<Record<string, unknown>> {
  const { model, voice, languageBoost, emotion, speed, volume, pitch, sampleRateHz } = settings;
  return {
    model,
    text,
    stream: true,
    stream_options: { exclude_aggregated_audio: true },
    voice_setting: { voice_id: voice, speed, vol: volume, pitch, ...(emotion !== undefined && { emotion }) },
    audio_setting: { sample_rate: sampleRateHz, format: "pcm", channel: 1 },
    ...(languageBoost !== undefined && { language_boost: languageBoost }),
  };
}

const verdict = z.looseObject({
  base_resp: z.looseObject({ status_code: z.int(), status_msg: z.string().default("") }),
});

/** What the service says that went wrong, also with a status of 200. */
function faultIn(service: ServiceName, json: unknown): EarshotError | undefined {
  const read = verdict.safeParse(json);
  if (!read.success) return undefined;
  const { status_code: code, status_msg: words } = read.data.base_resp;
  if (code === 0) return undefined;
  return serviceError(service, CODES[code] ?? "failed", { detail: `${code} ${words}` });
}

/** The last event. */
const ENDED = 2;

const event = z.looseObject({
  data: z.looseObject({ audio: z.string().default(""), status: z.int().optional() }).optional(),
});

/** The bytes that events hold. The last one may have all of them once more, though it was asked not to. */
async function* bytesOfEvents(
  service: ServiceName,
  events: AsyncIterable<AnswerEvent>,
): AsyncGenerator<Uint8Array, void> {
  const said = createHash("sha256");
  let saidBytes = 0;
  for await (const read of events) {
    if (read.type === "comment") continue;
    const fault = faultIn(service, jsonOf(read.data));
    if (fault !== undefined) throw fault;
    const { data } = readReply(service, read.data, event);
    if (data === undefined) continue;
    const bytes = bytesOf(service, data.audio);
    if (data.status === ENDED) {
      yield saidBytes === 0 ? bytes : unsaid(bytes, saidBytes, said.digest("hex"));
      return;
    }
    said.update(bytes);
    saidBytes += bytes.length;
    yield bytes;
  }
  throw serviceError(service, "disconnected", { detail: "its events end before the last one" });
}

/** What of the last event's sound was not in those before: all where it is just a further piece. */
function unsaid(bytes: Uint8Array, saidBytes: number, said: string): Uint8Array {
  // All of it would be longer.
  if (bytes.length < saidBytes) return bytes;
  const begins = createHash("sha256").update(bytes.subarray(0, saidBytes)).digest("hex");
  // All of it, but made anew: it was heard.
  return begins === said ? bytes.subarray(saidBytes) : new Uint8Array();
}

function bytesOf(service: ServiceName, hex: string): Uint8Array {
  try {
    return Uint8Array.fromHex(hex);
  } catch (cause) {
    throw serviceError(service, "protocol", { detail: "its event has sound that is not hexadecimal", cause });
  }
}
