import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** What is odd about the service. */
export interface MinimaxManner {
  /**
   * What sound the last event has: none, as it was asked, all of it once more, the last piece, or all that there is.
   * Default: none.
   */
  readonly last?: "none" | "all again" | "tail" | "all";
  /** How it says what it refuses. Default: as one JSON object, with status 200. */
  readonly refusesBy?: "object" | "event" | "status 400";
  /** Fields that the test asks for besides the usual ones. */
  readonly asked?: { readonly voice?: Readonly<Record<string, unknown>>; readonly language_boost?: string };
}

const CODES: Readonly<Record<SpeechRefusal, readonly [code: number, words: string]>> = {
  auth: [1004, "login fail: Please carry the API secret key"],
  quota: [1008, "insufficient balance"],
  throttled: [1002, "rate limit"],
  voice: [2054, "voice id not exist"],
  model: [2013, "invalid params, model"],
  busy: [1024, "internal error"],
  text: [1042, "invisible character ratio limit"],
};
/** What reads itself: a pause, such as `<#0.5#>`. */
const PAUSE = /<#[\d.]+#>/;

/** MiniMax's T2A v2. It knows the key `minimax-key`, the group `7`, and voices that do not begin with `no-`. */
export function minimaxSpeech(manner: MinimaxManner = {}): SpeechDialect {
  const { refusesBy = "object", last = "none" } = manner;
  const refusal = (kind: SpeechRefusal): SpeechAnswer => {
    const [status_code, status_msg] = CODES[kind];
    const body = JSON.stringify({ base_resp: { status_code, status_msg }, trace_id: "1" });
    if (refusesBy !== "event") return { type: "refusal", status: refusesBy === "object" ? 200 : 400, body };
    return { type: "refusal", status: 200, body: `data: ${body}\n\n`, contentType: "text/event-stream" };
  };
  return {
    refusal,
    answer: (request, { violation }) => {
      if (request.headers["authorization"] !== "Bearer minimax-key") return refusal("auth");
      const fields = JSON.parse(request.body);
      const slip = slipOf(request, { fields, manner });
      if (slip !== undefined) {
        violation(slip);
        return refusal("model");
      }
      if (fields.voice_setting.voice_id.startsWith("no-")) return refusal("voice");
      return {
        type: "speech",
        text: fields.text,
        contentType: "text/event-stream; charset=utf-8",
        sampleRateHz: fields.audio_setting.sample_rate,
      };
    },
    body: (pcm) => new TextEncoder().encode(eventsOf(new Uint8Array(pcm.buffer), last)),
  };
}

function slipOf(
  { method, url, headers }: SpeechRequest,
  { fields, manner }: { readonly fields: Record<string, unknown>; readonly manner: MinimaxManner },
): string | undefined {
  if (method !== "POST" || url !== "/v1/t2a_v2?GroupId=7") return `${method} ${url}`;
  if (headers["content-type"] !== "application/json") return "no JSON";
  const { text, audio_setting, ...rest } = fields;
  if (typeof text !== "string" || text === "" || text.length >= 10_000) return "no text, or too much of it";
  if (PAUSE.test(text)) return "a text that is a pause";
  const { sample_rate, ...audio } = Object(audio_setting);
  if (![8_000, 16_000, 22_050, 24_000, 32_000, 44_100].includes(sample_rate)) {
    return `the rate ${sample_rate}`;
  }
  const { voice, ...more } = manner.asked ?? {};
  const wanted = {
    model: "speech-02-turbo",
    stream: true,
    stream_options: { exclude_aggregated_audio: true },
    voice_setting: {
      voice_id: Object(fields["voice_setting"]).voice_id,
      speed: 1,
      vol: 1,
      pitch: 0,
      ...voice,
    },
    ...more,
  };
  if (JSON.stringify(rest) !== JSON.stringify(wanted)) return `other fields: ${JSON.stringify(rest)}`;
  return JSON.stringify(audio) === '{"format":"pcm","channel":1}' ? undefined : "another format";
}

/** Events of 999 bytes each: half a sample at the end. */
function eventsOf(bytes: Uint8Array, last: NonNullable<MinimaxManner["last"]>): string {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 999) pieces.push(bytes.subarray(at, at + 999));
  const tail = last === "tail" ? pieces.pop() ?? new Uint8Array() : new Uint8Array();
  const events = last === "all" ? [] : pieces.map((piece) => eventOf(piece, 1));
  return [...events, eventOf(last === "all" || last === "all again" ? bytes : tail, 2)].join("");
}

function eventOf(bytes: Uint8Array, status: number): string {
  const more = status === 2 ? { extra_info: { audio_length: 1, usage_characters: 5 } } : {};
  const data = { audio: bytes.toHex(), status };
  return `data: ${
    JSON.stringify({ data, ...more, trace_id: "1", base_resp: { status_code: 0, status_msg: "" } })
  }\n\n`;
}
