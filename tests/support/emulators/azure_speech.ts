import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** What is odd about the service. */
export interface AzureManner {
  /** What stands before and behind the text. Default: a voice that speaks as usual. */
  readonly around?: readonly [opening: string, closing: string];
  /** Whether it is a container of somebody's own, which knows no keys. */
  readonly container?: boolean;
}

const KEY = "azure-key";
const SPEAK = "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>";
const PROSODY = "<prosody pitch='+0Hz' rate='+0%' volume='+0%'>";
const CLOSING = "</prosody></voice></speak>";
const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const FORMAT = /^raw-(8|16|24|48)khz-16bit-mono-pcm$/;

const REFUSALS: Readonly<Record<SpeechRefusal, readonly [status: number, body: string]>> = {
  auth: [401, ""],
  quota: [
    403,
    '{"error":{"code":"403","message":"Out of call volume quota. Quota will be replenished in 2.09:43:01."}}',
  ],
  throttled: [429, '{"error":{"code":"429","message":"Requests have exceeded rate limit"}}'],
  voice: [400, "Unsupported voice."],
  model: [400, ""],
  busy: [502, "<html>Bad gateway</html>"],
  text: [400, "Bad request"],
};

const refusal = (kind: SpeechRefusal): SpeechAnswer => {
  const [status, body] = REFUSALS[kind];
  return { type: "refusal", status, body, contentType: "text/plain" };
};

/** Azure's speech, which takes nothing but SSML. It knows the key `azure-key`. */
export function azureSpeech(manner: AzureManner = {}): SpeechDialect {
  return {
    refusal,
    answer: (request, { violation }) => {
      const key = manner.container === true ? undefined : KEY;
      if (request.headers["ocp-apim-subscription-key"] !== key) return refusal("auth");
      if (request.method === "GET") return listOf(request);
      const around = manner.around ?? usual(request.body);
      const slip = slipOf(request, around);
      if (slip !== undefined) {
        violation(slip);
        return refusal("text");
      }
      if (request.body.includes("<voice name='en-US-NoNeural'>")) return refusal("voice");
      const khz = Number(FORMAT.exec(request.headers["x-microsoft-outputformat"] ?? "")?.[1]);
      return {
        type: "speech",
        text: unescaped(textIn(request.body, around)),
        contentType: "audio/basic",
        sampleRateHz: 1_000 * khz,
      };
    },
    body: (pcm) => new Uint8Array(pcm.buffer),
  };
}

function listOf({ url }: SpeechRequest): SpeechAnswer {
  const status = url === "/cognitiveservices/voices/list" ? 200 : 404;
  return { type: "refusal", status, body: JSON.stringify(VOICES) };
}

type Around = NonNullable<AzureManner["around"]>;

/** What is around a text that some voice is to speak as usual. */
function usual(body: string): Around {
  const [, voice = ""] = /<voice name='([^'<>&]*)'>/.exec(body) ?? [];
  return [`${SPEAK}<voice name='${voice}'>${PROSODY}`, CLOSING];
}

function slipOf({ method, url, headers, body }: SpeechRequest, around: Around): string | undefined {
  if (method !== "POST" || url !== "/cognitiveservices/v1") return `${method} ${url}`;
  if (headers["content-type"] !== "application/ssml+xml") return "no SSML";
  if (!FORMAT.test(headers["x-microsoft-outputformat"] ?? "")) return "no format that is known";
  const agent = headers["user-agent"] ?? "";
  if (agent === "" || /deno/i.test(agent)) return `the agent ${agent}`;
  if (!body.startsWith(around[0]) || !body.endsWith(around[1])) return `the SSML ${body.slice(0, 300)}`;
  const text = textIn(body, around);
  if (/[<>]|&(?!(amp|lt|gt|quot|apos);)/.test(text)) return "text that is not escaped";
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text) || !text.isWellFormed()) return "text that is no XML";
  return /[\p{L}\p{N}]/u.test(unescaped(text)) ? undefined : "nothing to speak";
}

function textIn(body: string, [opening, closing]: Around): string {
  return body.slice(opening.length, -closing.length);
}

function unescaped(text: string): string {
  return text.replaceAll(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);
}

const VOICES = [
  {
    Name: "Microsoft Server Speech Text to Speech Voice (en-US, AvaMultilingualNeural)",
    DisplayName: "Ava Multilingual",
    LocalName: "Ava Multilingual",
    ShortName: "en-US-AvaMultilingualNeural",
    Gender: "Female",
    Locale: "en-US",
    LocaleName: "English (United States)",
    StyleList: ["cheerful", "sad"],
    SampleRateHertz: "48000",
    VoiceType: "Neural",
    Status: "GA",
    WordsPerMinute: "139",
  },
  { ShortName: "zh-CN-XiaoxiaoNeural", Locale: "zh-CN", Gender: "Female" },
];
