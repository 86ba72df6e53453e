import { z } from "zod";
import { ByteReader } from "../../audio/mod.ts";
import type { EarshotError } from "../../errors/mod.ts";
import { type HttpAnswer, type HttpClient, HttpRefusal } from "../../net/mod.ts";
import {
  connectionError,
  jsonOf,
  nlsMeaning,
  type NlsPass,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import { bodyKindOf, HEAD_BYTES } from "../body/body_kind.ts";
import { brokenOff } from "../body/broken_off.ts";
import type { SpeechSound } from "../contract.ts";
import { piecesOf, soundOfBody } from "../body/sound_of_body.ts";
import { NLS_EMPTY, type NlsVoice, voiceParameters, withoutTags } from "./aliyun_nls_wire.ts";

/** How much of an error is read, in bytes. */
const MAX_ERROR_BYTES = 65_536;

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
  options: NlsRestOptions,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const { service, pass, sampleRateHz } = options;
  const response = await ask(text, options, signal);
  if (response === undefined) return;
  const contentType = response.headers.get("content-type") ?? "";
  const reader = new ByteReader(response.body ?? only(new Uint8Array()));
  try {
    let bytes: AsyncIterable<Uint8Array> = piecesOf(reader);
    if (bodyKindOf(await reader.peek(HEAD_BYTES), contentType) === "error") {
      const body = await reader.take(MAX_ERROR_BYTES);
      const error = errorIn(service, new TextDecoder().decode(body));
      if (error === "nothing") return;
      if (error !== undefined) throw error;
      bytes = only(body);
    }
    yield* soundOfBody(bytes, { service, contentType, sampleRateHz });
  } catch (thrown) {
    throw pass.judge(brokenOff(service, thrown, signal));
  } finally {
    await reader.close();
  }
}

/** The answer; `undefined` where it is that there is nothing to speak. */
async function ask(
  text: string,
  { service, http, url, appKey, pass, ...voice }: NlsRestOptions,
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  const body = { appkey: appKey, token: pass.token, text: withoutTags(text), ...voiceParameters(voice) };
  const headers = { "Content-Type": "application/json" };
  try {
    return await http.fetch({ url, headers, body: JSON.stringify(body) }, signal);
  } catch (thrown) {
    const error = thrown instanceof HttpRefusal ? errorIn(service, thrown.body) : undefined;
    if (error === "nothing") return undefined;
    throw pass.judge(error ?? connectionError(service, thrown));
  }
}

/** What the service says that went wrong; `undefined` where these are not its words. */
function errorIn(service: ServiceName, body: string): EarshotError | "nothing" | undefined {
  const read = fault.safeParse(jsonOf(body));
  if (!read.success) return undefined;
  const { status, message: words } = read.data;
  return status === NLS_EMPTY ? "nothing" : serviceError(service, ...nlsMeaning({ status, words }));
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
