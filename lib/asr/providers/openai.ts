import { z } from "zod";
import { writeWav } from "../../audio/mod.ts";
import {
  type AnswerEvent,
  answerEvents,
  answerText,
  type HttpAnswer,
  HttpClient,
  HttpRefusal,
  httpUrl,
  isLocalUrl,
} from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import {
  connectionError,
  endedError,
  openaiFault,
  openaiMeaning,
  openaiRefusal,
  readOpenaiFault,
  readReply,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import { BatchStream, type SpokenEvent } from "../batch_stream.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";

const SAMPLE_RATE_HZ = 16_000;
/** The service refuses less; it holds no word either. */
const MIN_SAMPLES = SAMPLE_RATE_HZ / 10;
/** What follows the last event of a stream on some servers. */
const DONE = "[DONE]";

/** OpenAI's transcription of whole utterances over HTTP, and every server that speaks like it. */
export const openai: AsrProviderType = defineAsrProvider({
  type: "openai",
  about: "OpenAI's transcription over HTTP, and servers that speak like it, such as whisper.cpp and speaches",
  config: {
    url: httpUrl.default("https://api.openai.com/v1")
      .describe("the service, or a server that speaks like it, such as http://192.168.1.20:8000/v1"),
    path: z.string().startsWith("/").default("/audio/transcriptions")
      .describe("the path of its transcription below the url; /inference for whisper.cpp"),
    apiKey: secretSource.optional().describe("the API key; servers of your own need none"),
    model: z.string().min(1).default("gpt-4o-mini-transcribe").describe("the model that transcribes"),
    stream: z.boolean().default(false)
      .describe("whether the result is streamed once an utterance has ended; not every server can"),
    responseFormat: z.enum(["json", "verbose_json"]).default("json")
      .describe("verbose_json also gives the language, where the model can"),
    sendLanguage: z.boolean().default(true)
      .describe("whether the agent's language is sent; false lets the service detect it"),
    prompt: z.string().min(1).optional().describe(
      "words and names to expect, in the language of the speakers",
    ),
    temperature: z.number().min(0).max(1).optional().describe("how freely the model guesses, 0 to 1"),
    recognizeAhead: z.boolean().optional().describe(
      "whether it is asked in a pause already, in case the speaker has finished, and again if not; by default only " +
        "where the url is in this network, as services are paid by the request",
    ),
  },
  capabilities: ({ stream, url, recognizeAhead }) => ({
    streaming: false,
    whole: true,
    ahead: recognizeAhead ?? isLocalUrl(url),
    partials: stream,
    endpointing: false,
    encodings: ["pcm16"],
    marksNoise: true,
    languages: "any",
  }),
  open: ({ url, path, apiKey, recognizeAhead = isLocalUrl(url), ...fields }, { service, trust }) => {
    const http = new HttpClient(trust);
    const request = {
      url: `${url.replace(/\/$/, "")}${path}`,
      ...(apiKey !== undefined && { headers: { Authorization: `Bearer ${apiKey}` } }),
    };
    return {
      // deno-lint-ignore require-await -- rejects rather than throws
      open: async ({ language, audio }, signal) =>
        new BatchStream({
          audio,
          signal,
          ahead: recognizeAhead,
          recognize: (pcm, signal) =>
            recognize(pcm, {
              service,
              http,
              signal,
              request: { ...request, body: formOf(pcm, language, fields) },
            }),
        }),
      close: () => http.close(),
    };
  },
});

/** What one utterance is recognized with. */
interface RecognizeOptions {
  readonly service: ServiceName;
  readonly http: HttpClient;
  readonly signal: AbortSignal;
  readonly request: {
    readonly url: string;
    readonly headers?: Record<string, string>;
    readonly body: FormData;
  };
}

async function* recognize(
  pcm: Int16Array<ArrayBuffer>,
  { service, http, signal, request }: RecognizeOptions,
): AsyncGenerator<SpokenEvent, void> {
  if (pcm.length < MIN_SAMPLES) return;
  let response: HttpAnswer;
  try {
    response = await http.fetch(request, signal);
  } catch (thrown) {
    throw thrown instanceof HttpRefusal ? openaiRefusal(service, thrown) : connectionError(service, thrown);
  }
  try {
    // A server, or a model, that cannot stream answers in one piece.
    if (/^text\/event-stream/.test(response.headers.get("content-type") ?? "")) {
      yield* readEvents(service, answerEvents(response, signal));
    } else yield readAnswer(service, await answerText(response, signal));
  } catch (thrown) {
    throw brokenOff(service, thrown);
  }
}

/** What is asked for besides the sound. */
interface FormFields {
  readonly model: string;
  readonly stream: boolean;
  readonly responseFormat: string;
  readonly sendLanguage: boolean;
  readonly prompt?: string | undefined;
  readonly temperature?: number | undefined;
}

/** A form, because its length is known before it is sent, and no runtime sends it twice by itself. */
function formOf(
  pcm: Int16Array<ArrayBuffer>,
  language: string,
  { model, stream, responseFormat, sendLanguage, prompt, temperature }: FormFields,
): FormData {
  const form = new FormData();
  form.append("model", model);
  form.append("response_format", responseFormat);
  if (sendLanguage) form.append("language", new Intl.Locale(language).language);
  if (prompt !== undefined) form.append("prompt", prompt);
  if (temperature !== undefined) form.append("temperature", String(temperature));
  if (stream) form.append("stream", "true");
  form.append("file", new Blob([writeWav(pcm, SAMPLE_RATE_HZ)], { type: "audio/wav" }), "speech.wav");
  return form;
}

const answer = z.looseObject({
  text: z.string().optional(),
  language: z.string().optional(),
  error: z.unknown().optional(),
});

function readAnswer(service: ServiceName, body: string): SpokenEvent {
  const { text, language, error } = readReply(service, body, answer);
  // Some servers refuse with status 200.
  if (text === undefined && error !== undefined) {
    throw serviceError(service, ...openaiMeaning(readOpenaiFault(body), service.family));
  }
  if (text === undefined) {
    throw serviceError(service, "protocol", { detail: "its answer has no text" });
  }
  return { type: "final", text: text.trim(), ...(language !== undefined && { language }), droppedMs: 0 };
}

const event = z.looseObject({
  type: z.string().default(""),
  delta: z.string().default(""),
  text: z.string().default(""),
  error: openaiFault.optional(),
});

/** Words come in pieces; the last event has all of them, or nothing on some servers. */
async function* readEvents(
  service: ServiceName,
  events: AsyncIterable<AnswerEvent>,
): AsyncGenerator<SpokenEvent, void> {
  let said = "";
  for await (const read of events) {
    if (read.type === "comment") continue;
    if (read.data === DONE) break;
    const { type, delta, text, error } = readReply(service, read.data, event);
    if (error !== undefined) throw serviceError(service, ...openaiMeaning(error, service.family));
    if (type === "transcript.text.delta") {
      said += delta;
      yield { type: "partial", text: said.trim() };
    } else if (type === "transcript.text.done") {
      yield { type: "final", text: (text === "" ? said : text).trim(), droppedMs: 0 };
      return;
    }
  }
  throw serviceError(service, "protocol", { detail: "its events end before the last one" });
}

/** What goes wrong once an answer has begun is not that nobody is there. */
function brokenOff(service: ServiceName, thrown: unknown): Error {
  const error = connectionError(service, thrown);
  if (error.code !== "asr.unreachable") return error;
  return endedError(service, { code: 1006, reason: "in its answer", error });
}
