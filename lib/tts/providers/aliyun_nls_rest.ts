import { z } from "zod";
import type { EarshotError } from "../../errors/mod.ts";
import type { HttpClient } from "../../net/mod.ts";
import {
  jsonOf,
  nlsMeaning,
  type NlsPass,
  refusalError,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import { type HttpSpeaker, speakOverHttp } from "../body/speak_over_http.ts";
import type { SpeechSound } from "../contract.ts";
import { NLS_EMPTY, type NlsVoice, voiceParameters, withoutTags } from "./aliyun_nls_wire.ts";

const fault = z.looseObject({ status: z.int(), message: z.string().default("") });

/** Options of {@linkcode speakOverRest}. */
export interface NlsRestOptions extends NlsVoice {
  readonly service: ServiceName;
  readonly http: HttpClient;
  readonly url: string;
  readonly appKey: string;
  readonly pass: NlsPass;
}

/** Speaks a text in one request over HTTP. Sound is success; JSON is failure, whatever its HTTP status is. */
export async function* speakOverRest(
  text: string,
  { service, http, url, appKey, pass, ...voice }: NlsRestOptions,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const body = { appkey: appKey, token: pass.token, text: withoutTags(text), ...voiceParameters(voice) };
  const request = { url, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const faultOf = (json: unknown) => faultIn(service, json);
  const speaker: HttpSpeaker = {
    service,
    http,
    sampleRateHz: voice.sampleRateHz,
    refusal: (refusal) => faultOf(jsonOf(refusal.body)) ?? refusalError(service, refusal),
    faultOf,
  };
  try {
    yield* speakOverHttp(request, speaker, { text, signal });
  } catch (thrown) {
    throw pass.judge(thrown);
  }
}

/** What the service says that went wrong; `undefined` where these are not its words. */
function faultIn(service: ServiceName, json: unknown): EarshotError | "nothing" | undefined {
  const read = fault.safeParse(json);
  if (!read.success) return undefined;
  const { status, message: words } = read.data;
  return status === NLS_EMPTY ? "nothing" : serviceError(service, ...nlsMeaning({ status, words }));
}
