import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import { type HttpAnswer, type HttpClient, HttpRefusal, type HttpRequest } from "../../net/mod.ts";
import {
  connectionError,
  endedError,
  faultOfStatus,
  readOpenaiFault,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import { brokenOff } from "./broken_off.ts";
import type { SpeechSound } from "../contract.ts";
import { soundOfBody } from "./sound_of_body.ts";
import { unquote } from "../text/unquote.ts";

/** A server that speaks over HTTP. */
export interface HttpSpeaker {
  /** Named in errors. */
  readonly service: ServiceName;
  readonly http: HttpClient;
  /** What a refusal to speak a text means. Default: {@linkcode refusalOf}. */
  readonly refusal?: (refusal: HttpRefusal, text: string) => EarshotError;
  /** Samples a second of sound that does not say it; see {@linkcode soundOfBody}. */
  readonly sampleRateHz?: number;
  /** What it may mean that an answer breaks off before its first sound. */
  readonly cutShort?: string;
}

/** What says how many samples a second a body without a header has. */
const RATE_HEADERS = ["x-sample-rate", "x-custom-header-samplerate"];

/**
 * Sends a request, of which `text` is to be spoken.
 *
 * @throws {EarshotError} `tts.*` or `canceled`
 */
export async function askForSpeech(
  request: HttpRequest,
  { service, http, refusal }: HttpSpeaker,
  { text, signal }: { readonly text: string; readonly signal: AbortSignal },
): Promise<HttpAnswer> {
  try {
    return await http.fetch(request, signal);
  } catch (thrown) {
    if (!(thrown instanceof HttpRefusal)) throw connectionError(service, thrown);
    throw refusal?.(thrown, text) ?? refusalOf(service, thrown, { text });
  }
}

/**
 * The sound of an answer, as it comes.
 *
 * @throws {EarshotError} as {@linkcode soundOfBody} does, `tts.disconnected` where it breaks off, or `canceled`
 */
export async function* soundOfAnswer(
  { headers, body }: Pick<HttpAnswer, "headers"> & { readonly body: AsyncIterable<Uint8Array> | null },
  { service, sampleRateHz, cutShort }: HttpSpeaker,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  if (body === null) return;
  const contentType = headers.get("content-type");
  const rateHz = rateIn(headers) ?? sampleRateHz;
  let sounded = false;
  try {
    const options = { service, contentType, ...(rateHz !== undefined && { sampleRateHz: rateHz }) };
    for await (const sound of soundOfBody(body, options)) {
      sounded = true;
      yield sound;
    }
  } catch (thrown) {
    const error = brokenOff(service, thrown, signal);
    if (sounded || cutShort === undefined || codeOf(error) !== "tts.disconnected") throw error;
    throw endedError(service, { code: 1006, reason: cutShort });
  }
}

/** Both in a row. */
export async function* speakOverHttp(
  request: HttpRequest,
  speaker: HttpSpeaker,
  asked: { readonly text: string; readonly signal: AbortSignal },
): AsyncGenerator<SpeechSound, void> {
  yield* soundOfAnswer(await askForSpeech(request, speaker, asked), speaker, asked.signal);
}

/** What is known of a refusal. */
export interface RefusalFacts {
  /** What was to be spoken, of which nothing is repeated. */
  readonly text: string;
  /** Default: what its status means. */
  readonly fault?: ServiceFault;
  /** What the server says. Default: what is read in its body, unless that is a page. */
  readonly words?: string;
  /** What to do. */
  readonly remedy?: string;
}

/** A refusal to speak, as an error of the service. */
export function refusalOf(
  service: ServiceName,
  { status, body }: HttpRefusal,
  { text, fault = faultOfStatus(status), words = wordsOf(body), remedy = "" }: RefusalFacts,
): EarshotError {
  const detail = [`it answered ${status} ${unquote(words, text)}`.trimEnd(), remedy].filter((part) =>
    part !== ""
  ).join("; ");
  // Without the refusal as its cause: that may repeat the text.
  return serviceError(service, fault, { detail });
}

function wordsOf(body: string): string {
  return /^\s*</.test(body) ? "" : readOpenaiFault(body).message;
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

function rateIn(headers: Headers): number | undefined {
  const said = RATE_HEADERS.map((name) => headers.get(name) ?? "").find((rate) => /^\d{4,6}$/.test(rate));
  return said === undefined ? undefined : Number(said);
}
