import { createHash, createHmac } from "node:crypto";
import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** What is odd about the service. */
export interface TencentSpeechManner {
  /** How far its clock is ahead of ours, in s. */
  readonly skewS?: number;
  /** What the test asks for besides the usual. */
  readonly asked?: Readonly<Record<string, unknown>>;
}

const SECRET = "secret-key";
/** How many characters it takes: 150 that are Chinese, or 500 that are not. */
const MOST_WEIGHT = 1;

const CODES: Readonly<Record<SpeechRefusal, string>> = {
  auth: "AuthFailure.SignatureFailure",
  quota: "UnsupportedOperation.PkgExhausted",
  throttled: "LimitExceeded.AccessLimit",
  voice: "InvalidParameterValue.VoiceType",
  model: "InvalidParameterValue.ModelType",
  busy: "InternalError.InternalError",
  text: "UnsupportedOperation.TextTooLong",
};

/** What it says where something is wrong, with status 200. */
export function tencentFault(code: string): string {
  return JSON.stringify({ Response: { Error: { Code: code, Message: "No." }, RequestId: "1" } });
}

const refusal = (kind: SpeechRefusal): SpeechAnswer => ({
  type: "refusal",
  status: 200,
  body: tencentFault(CODES[kind]),
});

/** Tencent Cloud's TextToVoice. It knows `secret-id` and `secret-key`, and voices up to 900,000. */
export function tencentSpeech(manner: TencentSpeechManner = {}): SpeechDialect {
  return {
    refusal,
    answer: (request, { violation }) => {
      if (!isSigned(request, manner)) return refusal("auth");
      const fields = JSON.parse(request.body);
      const slip = slipOf(request, { fields, manner });
      if (slip !== undefined) {
        violation(slip);
        return refusal("model");
      }
      if (fields.VoiceType > 900_000) return refusal("voice");
      return {
        type: "speech",
        text: fields.Text,
        contentType: "application/json",
        sampleRateHz: fields.SampleRate,
      };
    },
    body: (pcm) => {
      const Response = { Audio: new Uint8Array(pcm.buffer).toBase64(), SessionId: "1", Subtitles: [] };
      const empty = { Error: { Code: "InvalidParameterValue.TextEmpty", Message: "No." }, RequestId: "1" };
      return new TextEncoder().encode(JSON.stringify({ Response: pcm.length === 0 ? empty : Response }));
    },
  };
}

/** Whether it knows who asks; the signature is computed by another way than the adapter's. */
function isSigned({ headers, body }: SpeechRequest, { skewS = 0 }: TencentSpeechManner): boolean {
  const timestamp = Number(headers["x-tc-timestamp"]);
  if (!(Math.abs(Date.now() / 1_000 + skewS - timestamp) <= 300)) return false;
  const date = new Date(timestamp * 1_000).toISOString().split("T")[0];
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();
  const type = headers["content-type"];
  const canonical = `POST\n/\n\ncontent-type:${type}\nhost:${headers["host"]}\n\ncontent-type;host\n${
    hash(body)
  }`;
  const scope = `${date}/tts/tc3_request`;
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${hash(canonical)}`;
  const key = hmac(hmac(hmac(`TC3${SECRET}`, `${date}`), "tts"), "tc3_request");
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return headers["authorization"] ===
    `TC3-HMAC-SHA256 Credential=secret-id/${scope}, SignedHeaders=content-type;host, Signature=${signature}`;
}

function slipOf(
  { method, url, headers }: SpeechRequest,
  { fields, manner }: {
    readonly fields: Readonly<Record<string, unknown>>;
    readonly manner: TencentSpeechManner;
  },
): string | undefined {
  if (method !== "POST" || url !== "/") return `${method} ${url}`;
  if (headers["x-tc-action"] !== "TextToVoice" || headers["x-tc-version"] !== "2019-08-23") {
    return "the action";
  }
  if (headers["x-tc-region"] !== "ap-guangzhou") return "the region";
  const { Text: text, SessionId: id, ...rest } = fields;
  if (typeof text !== "string" || !/[\p{L}\p{N}]/u.test(text)) return "no text";
  if (weightOf(text) > MOST_WEIGHT) return `a text of ${text.length} characters`;
  if (/<[a-z/]/i.test(text)) return "a text with tags";
  if (typeof id !== "string" || id.length < 16) return "no SessionId";
  const usual = { VoiceType: 101_001, Codec: "pcm", SampleRate: 16_000, Speed: 0, Volume: 0 };
  const wanted = { ...usual, VoiceType: rest["VoiceType"], ...manner.asked };
  return JSON.stringify(rest) === JSON.stringify(wanted)
    ? undefined
    : `other fields: ${JSON.stringify(rest)}`;
}

function weightOf(text: string): number {
  // deno-lint-ignore no-control-regex
  return [...text].reduce((sum, character) => sum + (/[\x00-\x7f]/.test(character) ? 1 / 500 : 1 / 150), 0);
}
