import { writeWav } from "../../../lib/audio/mod.ts";
import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";
import type { SpeechRefusal, SpeechScript } from "./speech_script.ts";

const FAULTS: Record<SpeechRefusal, readonly [status: number, code: string, message: string]> = {
  auth: [401, "InvalidApiKey", "Invalid API-key provided."],
  quota: [400, "Arrearage", "Access denied, please make sure your account is in good standing."],
  throttled: [429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later."],
  voice: [400, "InvalidParameter", "Voice is not supported."],
  model: [404, "ModelNotFound", "Model can not be found."],
  busy: [500, "InternalError", "no"],
  text: [400, "DataInspectionFailed", "Input data may contain inappropriate content."],
};

/** What varies. */
export interface QwenTtsManner {
  /** What is asked for besides the text, where that is not what the contract suite asks for. */
  readonly wants?: Readonly<Record<string, unknown>>;
  /** Whether it answers with events. Default: yes. */
  readonly streams?: boolean;
  /** Where it says that the sound is. Default: at its own place for files. */
  readonly place?: (origin: string) => string;
  /** What it answers for the file, where that is not the sound. */
  readonly fileStatus?: number;
  /** An event that fails, after the first with sound. */
  readonly failsAmid?: boolean;
}

/** Qwen-TTS over HTTP; its key is `qwen-key`. */
export function qwenTts(manner: QwenTtsManner = {}): SpeechDialect {
  const { streams = true, wants = {}, fileStatus } = manner;
  let text = "";
  return {
    refusal: (kind) => refusal(...FAULTS[kind]),
    answer: (request, { script, violation }) => {
      if (request.method === "GET") return fileOf(request, { violation, fileStatus, text, script });
      if (request.headers["authorization"] !== "Bearer qwen-key") return refusal(...FAULTS.auth);
      const slip = slipOf(request, { streams, wants });
      if (slip !== undefined) violation(slip);
      text = JSON.parse(request.body).input.text;
      if (streams) return { type: "speech", text, contentType: "text/event-stream;charset=UTF-8" };
      const origin = `http://${request.headers["host"]}`;
      const url = (manner.place ?? ((origin) => `${origin}/file.wav?Expires=1`))(origin);
      const audio = { data: "", expires_at: 1, id: "audio_1", url };
      const body = JSON.stringify({ output: { finish_reason: "stop", audio }, usage: {}, request_id: "1" });
      return { type: "refusal", status: 200, body };
    },
    body: (pcm, sampleRateHz) =>
      streams ? new TextEncoder().encode(eventsOf(pcm, manner)) : writeWav(pcm, sampleRateHz),
  };
}

function slipOf(
  { method, url, headers, body }: SpeechRequest,
  { streams, wants }: { readonly streams: boolean; readonly wants: Readonly<Record<string, unknown>> },
): string | undefined {
  if (`${method} ${url}` !== "POST /api/v1/services/aigc/multimodal-generation/generation") return url;
  if (headers["content-type"] !== "application/json") return "no JSON";
  if (headers["x-dashscope-sse"] !== (streams ? "enable" : undefined)) {
    return "the header for events";
  }
  const { model, input: { text, ...input }, ...rest } = JSON.parse(body);
  if (typeof text !== "string" || text === "" || text.length > 500) return "no text, or too much of it";
  const wanted = { model: "qwen3-tts-flash", voice: "Cherry", language_type: "English", ...wants };
  const asked = { model, ...input, ...rest };
  return JSON.stringify(asked) === JSON.stringify(wanted) ? undefined : `the fields ${JSON.stringify(asked)}`;
}

/** The place of files is on another host, to which the key is none of its business. */
function fileOf(
  { url, headers }: SpeechRequest,
  { violation, fileStatus, text, script }: {
    readonly violation: (what: string) => void;
    readonly fileStatus: number | undefined;
    readonly text: string;
    readonly script: SpeechScript;
  },
): SpeechAnswer {
  if (url !== "/file.wav?Expires=1") violation(url);
  if (headers["authorization"] !== undefined) violation("the key was sent to another host");
  if (fileStatus !== undefined) {
    const body = "<Error><Code>AccessDenied</Code></Error>";
    return { type: "refusal", status: fileStatus, body, contentType: "application/xml" };
  }
  const { sampleRateHz = 24_000 } = script;
  return { type: "speech", text, contentType: "audio/wav", sampleRateHz };
}

/** Events of 999 bytes each, amid samples; the last one has no sound, but says where all of it is. */
function eventsOf(pcm: Int16Array<ArrayBuffer>, { failsAmid = false }: QwenTtsManner): string {
  const bytes = new Uint8Array(pcm.buffer);
  const events: string[] = [];
  const event = (audio: Readonly<Record<string, unknown>>, finish_reason: string) => {
    const output = { finish_reason, audio: { expires_at: 1, id: "audio_1", ...audio } };
    const data = JSON.stringify({ output, usage: {}, request_id: "1" });
    events.push(`id:${events.length + 1}\nevent:result\n:HTTP_STATUS/200\ndata:${data}\n\n`);
  };
  for (let at = 0; at < bytes.length; at += 999) {
    event({ data: bytes.subarray(at, at + 999).toBase64(), url: "" }, "null");
    if (!failsAmid) continue;
    const [, code, message] = FAULTS.text;
    const data = JSON.stringify({ code, message, request_id: "1" });
    return `${events.join("")}id:2\nevent:error\n:HTTP_STATUS/400\ndata:${data}\n\n`;
  }
  event({ data: "", url: "http://127.0.0.1:1/nobody.wav" }, "stop");
  return events.join("");
}

function refusal(status: number, code: string, message: string): SpeechAnswer {
  return { type: "refusal", status, body: JSON.stringify({ code, message, request_id: "1" }) };
}
