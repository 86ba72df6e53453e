import type { SpeechAnswer, SpeechDialect } from "./speech_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

const FAULTS: Record<SpeechRefusal, readonly [http: number, status: number, words: string]> = {
  auth: [400, 40000001, "Gateway:ACCESS_DENIED:The token is invalid!"],
  // Its HTTP status says nothing.
  quota: [200, 40000010, "Gateway:FREE_TRIAL_EXPIRED:The free trial has expired!"],
  throttled: [400, 40000005, "Gateway:TOO_MANY_REQUESTS:Too many requests!"],
  voice: [200, 41020001, "TTS:TtsClientError:Engine return error code:418"],
  model: [400, 40020105, "Meta:APPKEY_NOT_EXIST:Appkey not exist!"],
  busy: [500, 51020001, "TTS:TtsServerError:no"],
  text: [400, 41020001, "TTS:TtsClientError:Engine return error code:413"],
};

/** What varies. */
export interface NlsRestManner {
  /** The token that it takes now. Default: `nls-token`. */
  readonly token?: () => string;
  /** What it says of its sound. Default: `audio/mpeg`, as NLS does whatever it sends. */
  readonly contentType?: string;
  /** A text for which it says that there is nothing to speak, and the HTTP status of that. */
  readonly unspeakable?: { readonly text: string; readonly http: number };
}

/** The speech of Aliyun NLS over HTTP; it takes the appkey `nls-app`. */
export function nlsSpeechRest(manner: NlsRestManner = {}): SpeechDialect {
  const { token = () => "nls-token", contentType = "audio/mpeg", unspeakable } = manner;
  return {
    refusal: (kind) => refusal(...FAULTS[kind]),
    answer: ({ method, url, headers, body }, { violation }) => {
      const { appkey, token: given, text, ...parameters } = JSON.parse(body);
      const wanted = {
        voice: "xiaoyun",
        format: "pcm",
        sample_rate: 24_000,
        volume: 50,
        speech_rate: 0,
        pitch_rate: 0,
      };
      if (`${method} ${url}` !== "POST /stream/v1/tts") violation(`${method} ${url}`);
      if (headers["content-type"] !== "application/json") violation("no JSON");
      if (appkey !== "nls-app") violation("another appkey");
      if (JSON.stringify(parameters) !== JSON.stringify(wanted)) violation(JSON.stringify(parameters));
      if (typeof text !== "string" || text === "" || text.length > 300) {
        violation("no text, or too much of it");
      }
      if (given !== token()) return refusal(...FAULTS.auth);
      if (unspeakable !== undefined && text === unspeakable.text) {
        return refusal(unspeakable.http, 40010003, "TTS:no text");
      }
      return { type: "speech", text, contentType };
    },
    body: (pcm) => new Uint8Array(pcm.buffer),
  };
}

function refusal(http: number, status: number, message: string): SpeechAnswer {
  const body = JSON.stringify({
    task_id: crypto.randomUUID().replaceAll("-", ""),
    result: "",
    status,
    message,
  });
  return { type: "refusal", status: http, body };
}
