import { z } from "zod";
import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import { HttpClient, httpUrl } from "../../net/mod.ts";
import {
  jsonOf,
  refusalError,
  serviceError,
  type ServiceName,
  signedTencentRequest,
} from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import { errorOfBody, soundOfBody } from "../body/sound_of_body.ts";
import { type HttpSpeaker, speakOverHttp } from "../body/speak_over_http.ts";
import type { SpeechSound } from "../contract.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { ANGLE_TAGS, InertText } from "../text/inert_text.ts";
import { tencentVoiceKeys } from "./tencent_voice.ts";

/** Chinese characters; of Latin letters the service takes 500. */
const MAX_CHARS = 150;
/** The most that one answer may measure, in bytes: so many characters last a minute. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20;

/** What the beginnings of its codes mean, the longest first; what is not here is a failure that may pass. */
const CODES: readonly (readonly [begins: string, fault: ServiceFault | "nothing"])[] = [
  ["InvalidParameterValue.TextEmpty", "nothing"],
  ["InvalidParameterValue.InvalidText", "bad_input"],
  ["InvalidParameterValue.TextNotUtf8", "bad_input"],
  ["InvalidParameterValue.ParticipleError", "bad_input"],
  ["InvalidParameterValue.SSMLInvalid", "bad_input"],
  ["InvalidParameterValue.AppIdNotRegistered", "quota"],
  ["InvalidParameter.InvalidText", "bad_input"],
  ["InvalidParameter", "config"],
  ["MissingParameter", "config"],
  ["UnsupportedOperation.TextTooLong", "bad_input"],
  ["UnsupportedOperation.AuthorizationFailed", "auth"],
  ["UnsupportedOperation.AuthorizationExpired", "auth"],
  // The account: arrears, a spent package or trial, a service that was stopped or never opened.
  ["UnsupportedOperation.", "quota"],
  ["UnsupportedOperation", "config"],
  ["AuthFailure", "auth"],
  ["UnauthorizedOperation", "auth"],
  ["LimitExceeded", "throttled"],
  ["RequestLimitExceeded", "throttled"],
  ["InternalError.ExceedMaxLimit", "throttled"],
];

/** Tencent Cloud's speech of a sentence (TextToVoice): whole, or not at all. */
export const tencent: TtsProviderType = defineTtsProvider({
  type: "tencent",
  about: "Tencent Cloud's speech, a sentence at a time (TextToVoice)",
  config: {
    url: httpUrl.default("https://tts.tencentcloudapi.com").describe("the service"),
    region: z.string().min(1).default("ap-guangzhou").describe("the region that is asked"),
    ...tencentVoiceKeys,
  },
  capabilities: ({ languages }) => ({ languages: languages ?? "any", maxChars: MAX_CHARS, textIn: "whole" }),
  open: ({ url, region, secretId, secretKey, voice, speed, volume, sampleRateHz }, { service, trust }) => {
    const http = new HttpClient(trust);
    const speaker: HttpSpeaker = {
      service,
      http,
      refusal: (refusal) => faultIn(service, jsonOf(refusal.body)) ?? refusalError(service, refusal),
      text: { soundOf: (text) => soundIn(text, { service, sampleRateHz }), maxBytes: MAX_ANSWER_BYTES },
    };
    return {
      speak: ({ text }, signal) => {
        const request = signedTencentRequest({
          url,
          service: "tts",
          secretId,
          secretKey,
          action: "TextToVoice",
          version: "2019-08-23",
          region,
          parameters: {
            Text: new InertText(ANGLE_TAGS).next(text),
            SessionId: crypto.randomUUID(),
            VoiceType: voice,
            Codec: "pcm",
            SampleRate: sampleRateHz,
            Speed: speed,
            Volume: volume,
          },
          now: new Date(),
        });
        return speakOverHttp(request, speaker, { text, signal });
      },
      close: () => http.close(),
    };
  },
});

const answer = z.looseObject({
  Response: z.looseObject({
    Audio: z.string().optional(),
    Error: z.looseObject({ Code: z.string(), Message: z.string().default("") }).optional(),
  }),
});

/** The sound that an answer holds; none where the service made nothing of the text. */
async function* soundIn(
  text: string,
  { service, sampleRateHz }: { readonly service: ServiceName; readonly sampleRateHz: number },
): AsyncGenerator<SpeechSound, void> {
  const json = jsonOf(text);
  const fault = faultIn(service, json);
  if (fault === "nothing") return;
  if (fault !== undefined) throw fault;
  const { data } = answer.safeParse(json);
  if (data === undefined) throw errorOfBody(service, text);
  const bytes = soundOfBase64(service, data.Response.Audio ?? "");
  yield* soundOfBody(ReadableStream.from([bytes]), { service, sampleRateHz });
}

/** What the service says that went wrong, as it does with a status of 200; `nothing`: it made nothing of the text. */
function faultIn(service: ServiceName, json: unknown): EarshotError | "nothing" | undefined {
  const error = answer.safeParse(json).data?.Response.Error;
  if (error === undefined) return undefined;
  const { Code: code, Message: words } = error;
  const fault = CODES.find(([begins]) => code.startsWith(begins))?.[1] ?? "failed";
  if (fault === "nothing") return "nothing";
  // As one word it is so long that it would be taken for a secret.
  return serviceError(service, fault, { detail: `${code.replaceAll(".", " ")} ${words}` });
}
