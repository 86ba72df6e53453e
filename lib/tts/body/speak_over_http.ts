import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import { type HttpAnswer, type HttpClient, HttpRefusal, type HttpRequest } from "../../net/mod.ts";
import {
  connectionError,
  faultOfStatus,
  readOpenaiFault,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import type { SpeechSound } from "../contract.ts";
import { unquote } from "../text/unquote.ts";
import { soundOfAnswer, type SoundOfAnswerOptions } from "./sound_of_answer.ts";

/** A server that speaks over HTTP. */
export interface HttpSpeaker extends SoundOfAnswerOptions {
  readonly http: HttpClient;
  /** What a refusal to speak a text means; `nothing` as with `faultOf`. Default: {@linkcode refusalOf}. */
  readonly refusal?: (refusal: HttpRefusal, text: string) => EarshotError | "nothing";
}

/** What is to be spoken. */
export interface AskedSpeech {
  readonly text: string;
  /** Aborting it ends the request. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request, of which `text` is to be spoken; `undefined` where the server makes nothing of it.
 *
 * @throws {EarshotError} `tts.*` or `canceled`
 */
export async function askForSpeech(
  request: HttpRequest,
  { service, http, refusal }: HttpSpeaker,
  { text, signal }: AskedSpeech,
): Promise<HttpAnswer | undefined> {
  try {
    return await http.fetch(request, signal);
  } catch (thrown) {
    if (!(thrown instanceof HttpRefusal)) throw connectionError(service, thrown);
    const error = refusal?.(thrown, text) ?? refusalOf(service, thrown, { text });
    if (error === "nothing") return undefined;
    throw error;
  }
}

/** Sends a request, and gives the sound of its answer; see {@linkcode askForSpeech} and {@linkcode soundOfAnswer}. */
export async function* speakOverHttp(
  request: HttpRequest,
  speaker: HttpSpeaker,
  asked: AskedSpeech,
): AsyncGenerator<SpeechSound, void> {
  const answer = await askForSpeech(request, speaker, asked);
  if (answer !== undefined) yield* soundOfAnswer(answer, speaker, asked.signal);
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
