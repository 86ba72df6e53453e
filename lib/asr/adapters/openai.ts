import { z } from "zod";
import { writeWav } from "../../audio/mod.ts";
import {
  answerEvents,
  answerText,
  type HttpAnswer,
  HttpClient,
  HttpRefusal,
  httpUrl,
  peerTlsConfig,
  type PeerTrust,
} from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { readReply } from "../read_reply.ts";
import { connectionError, endedError, serviceError } from "../service_error.ts";
import { type SpokenEvent, WholeStream } from "../whole_stream.ts";
import { openaiError, openaiFault, openaiRefusal, readOpenaiFault } from "./openai_fault.ts";

/** The `asr.openai` block. */
export const openaiConfig = z.strictObject({
  url: httpUrl.default("https://api.openai.com/v1")
    .describe("the service, or a server that speaks like it, such as http://192.168.1.20:8000/v1"),
  path: z.string().startsWith("/").default("/audio/transcriptions")
    .describe("where it transcribes, after the url; /inference for whisper.cpp"),
  apiKey: secretSource.optional().describe("the key; servers of your own need none"),
  model: z.string().min(1).default("gpt-4o-mini-transcribe").describe("the model that transcribes"),
  stream: z.boolean().default(false)
    .describe("whether words are asked for one by one once an utterance has ended; not every server can"),
  responseFormat: z.enum(["json", "verbose_json"]).default("json")
    .describe("verbose_json tells the language that was heard too, where the model can"),
  sendLanguage: z.boolean().default(true)
    .describe("whether asr.language is told; false lets the service find the language out"),
  prompt: z.string().min(1).optional().describe("words and names to expect, in the language of the speakers"),
  temperature: z.number().min(0).max(1).optional().describe("how freely it guesses, 0 to 1"),
  tls: peerTlsConfig.prefault({}).describe("how the server's certificate is checked"),
});

/** The checked block. */
export type OpenaiConfig = z.output<typeof openaiConfig>;

/** Options of an {@linkcode OpenaiAdapter}: the checked block, its secret read. */
export interface OpenaiOptions extends Omit<OpenaiConfig, "tls" | "apiKey"> {
  /** The key. */
  readonly apiKey?: string;
  /** Whom to trust. */
  readonly trust?: PeerTrust;
}

const SERVICE = "openai";
const SAMPLE_RATE_HZ = 16_000;
/** The service refuses less; it holds no word either. */
const MIN_SAMPLES = SAMPLE_RATE_HZ / 10;
/** What follows the last event of a stream on some servers. */
const DONE = "[DONE]";

/** OpenAI's transcription of whole utterances over HTTP, and every server that speaks like it. */
export class OpenaiAdapter implements AsrAdapter {
  readonly name = SERVICE;
  readonly capabilities: AsrCapabilities;
  readonly #options: OpenaiOptions;
  readonly #http: HttpClient;

  /** Connects to nothing yet. */
  constructor(options: OpenaiOptions) {
    this.#options = options;
    this.#http = new HttpClient(options.trust);
    this.capabilities = {
      streaming: false,
      whole: true,
      partials: options.stream,
      endpointing: false,
      encodings: ["pcm16"],
      sampleRatesHz: [SAMPLE_RATE_HZ],
      marksNoise: true,
      languages: "any",
    };
  }

  /** Opens a stream; the service hears of it when the utterance has ended. */
  // deno-lint-ignore require-await -- rejects rather than throws
  async open({ language, audio }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    return new WholeStream({
      audio,
      signal,
      recognize: (pcm) => this.#recognize(pcm, { language, signal }),
    });
  }

  /** Lets go of idle connections. */
  close(): void {
    this.#http.close();
  }

  async *#recognize(
    pcm: Int16Array<ArrayBuffer>,
    { language, signal }: { readonly language: string; readonly signal: AbortSignal },
  ): AsyncGenerator<SpokenEvent, void> {
    if (pcm.length < MIN_SAMPLES) return;
    const { url, path, apiKey } = this.#options;
    const request = {
      url: `${url.replace(/\/$/, "")}${path}`,
      body: this.#form(pcm, language),
      ...(apiKey !== undefined && { headers: { Authorization: `Bearer ${apiKey}` } }),
    };
    let response: HttpAnswer;
    try {
      response = await this.#http.fetch(request, signal);
    } catch (thrown) {
      throw thrown instanceof HttpRefusal ? openaiRefusal(SERVICE, thrown) : connectionError(SERVICE, thrown);
    }
    try {
      // A server, or a model, that cannot stream answers in one piece.
      if (/^text\/event-stream/.test(response.headers.get("content-type") ?? "")) {
        yield* readEvents(answerEvents(response, signal));
      } else yield readAnswer(await answerText(response, signal));
    } catch (thrown) {
      throw brokenOff(thrown);
    }
  }

  /** A form, because its length is known before it is sent, and no runtime sends it twice by itself. */
  #form(pcm: Int16Array<ArrayBuffer>, language: string): FormData {
    const { model, stream, responseFormat, sendLanguage, prompt, temperature } = this.#options;
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
}

const answer = z.looseObject({
  text: z.string().optional(),
  language: z.string().optional(),
  error: z.unknown().optional(),
});

function readAnswer(body: string): SpokenEvent {
  const { text, language, error } = readReply(SERVICE, { text: body, schema: answer });
  // Some servers refuse with status 200.
  if (text === undefined && error !== undefined) throw openaiError(SERVICE, readOpenaiFault(body));
  if (text === undefined) {
    throw serviceError("asr.protocol", { service: SERVICE, detail: "its answer has no text" });
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
async function* readEvents(events: AsyncIterable<string>): AsyncGenerator<SpokenEvent, void> {
  let said = "";
  for await (const data of events) {
    if (data === DONE) break;
    const { type, delta, text, error } = readReply(SERVICE, { text: data, schema: event });
    if (error !== undefined) throw openaiError(SERVICE, error);
    if (type === "transcript.text.delta") {
      said += delta;
      yield { type: "partial", text: said.trim() };
    } else if (type === "transcript.text.done") {
      yield { type: "final", text: (text === "" ? said : text).trim(), droppedMs: 0 };
      return;
    }
  }
  throw serviceError("asr.protocol", { service: SERVICE, detail: "its events end before the last one" });
}

/** What goes wrong once an answer has begun is not that nobody is there. */
function brokenOff(thrown: unknown): Error {
  const error = connectionError(SERVICE, thrown);
  if (error.code !== "asr.unreachable") return error;
  return endedError(SERVICE, { code: 1006, reason: "in its answer", error });
}
