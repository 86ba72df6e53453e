import type { EarshotError } from "../errors/mod.ts";
import { type HttpAnswer, type HttpClient, HttpRefusal, type HttpRequest } from "../net/mod.ts";
import {
  connectionError,
  endedError,
  faultOfStatus,
  readOpenaiFault,
  serviceError,
  type ServiceName,
} from "../service/mod.ts";
import { brokenOff } from "./broken_off.ts";
import type { SpeechSound } from "./contract.ts";
import { soundOfBody } from "./sound_of_body.ts";

/** A server that speaks over HTTP. */
export interface HttpSpeaker {
  /** Named in errors. */
  readonly service: ServiceName;
  readonly http: HttpClient;
  /** What a refusal means. Default: what its status means, in the words of {@linkcode serverWords}. */
  readonly refusal?: (refusal: HttpRefusal) => EarshotError;
  /** Samples a second of sound that does not say it; see {@linkcode soundOfBody}. */
  readonly sampleRateHz?: number;
  /** What it may mean that an answer breaks off before its first sound. */
  readonly cutShort?: string;
}

/** How many characters in a row of the text are no accident. */
const ECHO_CHARS = 8;
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
    throw refusal?.(thrown) ?? refusalOf(service, thrown, text);
  }
}

/**
 * The sound of an answer, as it comes.
 *
 * @throws {EarshotError} as {@linkcode soundOfBody} does, `tts.disconnected` where it breaks off, or `canceled`
 */
export async function* soundOfAnswer(
  { headers, body }: HttpAnswer,
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

/** A refusal by its status, in the server's words. */
export function refusalOf(service: ServiceName, refusal: HttpRefusal, text: string): EarshotError {
  const { status } = refusal;
  // Without the refusal as its cause: that may repeat the text.
  return serviceError(service, faultOfStatus(status), {
    detail: `it answered ${status} ${serverWords(refusal, text)}`,
  });
}

/** What a server says of a refusal; nothing where that is a page, or repeats what it was to speak. */
export function serverWords({ body }: Pick<HttpRefusal, "body">, text: string): string {
  if (/^\s*</.test(body)) return "";
  return withoutEcho(readOpenaiFault(body).message, text);
}

/** The words of a server; nothing where they repeat some of the text. */
export function withoutEcho(words: string, text: string): string {
  const runLength = Math.min(ECHO_CHARS, text.length);
  for (let at = 0; at + runLength <= text.length; at++) {
    if (words.includes(text.slice(at, at + runLength))) return "";
  }
  return words;
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

function rateIn(headers: Headers): number | undefined {
  const said = RATE_HEADERS.map((name) => headers.get(name) ?? "").find((rate) => /^\d{4,6}$/.test(rate));
  return said === undefined ? undefined : Number(said);
}
