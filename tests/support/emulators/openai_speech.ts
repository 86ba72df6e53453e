import { OggOpusMuxer, OpusEncoder, writeWav } from "../../../lib/audio/mod.ts";
import { TONE_MP3 } from "../tone_mp3.ts";
import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";
import type { SpeechRefusal, SpeechScript } from "./speech_script.ts";

/** The servers that speak as OpenAI's does, each with its own ways. */
export type OpenaiSpeechServer =
  | "openai"
  | "kokoro"
  | "kokoro_old"
  | "speaches"
  | "openedai"
  | "localai"
  | "piper_studio"
  | "siliconflow"
  | "coze";

/** What a server is, besides its own ways. */
export interface OpenaiSpeechManner {
  readonly server?: OpenaiSpeechServer;
  /** What it says of its body, where that is wrong. */
  readonly contentType?: string;
  /** Fields that the test sends besides those that every server knows. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

const KEY = "openai-key";
const BASE = new Set(["model", "input", "voice", "response_format", "speed"]);
/** What each server knows besides; what OpenAI does not know, it refuses. */
const ALSO: Readonly<Record<OpenaiSpeechServer, readonly string[]>> = {
  openai: ["instructions", "stream_format"],
  kokoro: ["stream", "lang_code"],
  kokoro_old: ["stream"],
  speaches: ["sample_rate", "stream_format"],
  openedai: [],
  localai: ["stream", "language"],
  piper_studio: [],
  siliconflow: ["sample_rate", "stream", "gain"],
  coze: ["voice_id", "sample_rate"],
};
const NO_KEY = new Set<OpenaiSpeechServer>(["kokoro", "kokoro_old", "openedai", "localai", "piper_studio"]);
const TYPES: Readonly<Record<string, string>> = {
  pcm: "audio/pcm",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  opus: "audio/opus",
  sse: "text/event-stream",
};
const MODELS: Readonly<Partial<Record<OpenaiSpeechServer, string>>> = {
  siliconflow: "FunAudioLLM/CosyVoice2-0.5B",
};

/** A server of OpenAI's speech. Its models and voices are those that do not begin with `no-`. */
export function openaiSpeech(manner: OpenaiSpeechManner = {}): SpeechDialect {
  const { server = "openai", contentType } = manner;
  let format = "pcm";
  return {
    refusal: (kind) => refusalOf(server, kind),
    answer: (request, { script, violation }) => {
      if (request.method === "GET") return listOf(request);
      const key = NO_KEY.has(server) ? undefined : `Bearer ${KEY}`;
      if (request.headers["authorization"] !== key) return refusalOf(server, "auth");
      const fields = readFields(request, violation);
      const wrong = faultOf(request, { fields, server, extra: manner.extra });
      if (wrong !== undefined) {
        violation(wrong);
        return { type: "refusal", status: 400, body: JSON.stringify({ error: { message: wrong } }) };
      }
      const voice = fields[server === "coze" ? "voice_id" : "voice"];
      if (String(voice).startsWith("no-")) return refusalOf(server, "voice");
      if (String(fields["model"]).startsWith("no-")) return refusalOf(server, "model");
      format = formatOf(server, fields);
      const type = server === "openedai" && format === "pcm"
        ? `audio/pcm;rate=${rateOf(script)}`
        : server === "piper_studio" && format === "pcm"
        ? "audio/pcm_s16le"
        : TYPES[format];
      return {
        type: "speech",
        text: String(fields["input"]),
        contentType: contentType ?? type ?? "",
        ...(server === "piper_studio" && { headers: [`x-sample-rate: ${rateOf(script)}`, "x-channels: 1"] }),
        ...(typeof fields["sample_rate"] === "number" && { sampleRateHz: fields["sample_rate"] }),
      };
    },
    body: (pcm, sampleRateHz) => bodyOf(pcm, { format, sampleRateHz, server }),
  };
}

function rateOf({ sampleRateHz = 24_000 }: SpeechScript): number {
  return sampleRateHz;
}

function listOf({ url }: SpeechRequest): SpeechAnswer {
  const status = url === "/v1/audio/voices" ? 200 : 404;
  const body = JSON.stringify(
    status === 200 ? { voices: ["af_heart", { id: "zf_xiaobei", name: "x" }] } : {},
  );
  return { type: "refusal", status, body };
}

function readFields(
  { headers, body }: SpeechRequest,
  violation: (what: string) => void,
): Readonly<Record<string, unknown>> {
  if (!/^application\/json/.test(headers["content-type"] ?? "")) violation("no JSON");
  if (headers["content-length"] === undefined) violation("no content-length");
  return JSON.parse(body);
}

/** What the adapter did that no server takes. */
function faultOf(
  { method, url }: SpeechRequest,
  { fields, server, extra = {} }: {
    readonly fields: Readonly<Record<string, unknown>>;
    readonly server: OpenaiSpeechServer;
    readonly extra: Readonly<Record<string, unknown>> | undefined;
  },
): string | undefined {
  if (method !== "POST" || url !== "/v1/audio/speech") return `${method} ${url}`;
  const { input, response_format: format, speed } = fields;
  if (typeof input !== "string" || input === "" || input.length > 4_096) return "no input, or too much of it";
  // deno-lint-ignore no-control-regex
  if (!input.isWellFormed() || /[\x00-\x1f\x7f]/.test(input)) return "an input that is no text";
  if (!["pcm", "wav", "mp3", "opus"].includes(String(format))) return `the format ${format}`;
  if (speed !== undefined && !(Number(speed) >= 0.25 && Number(speed) <= 4)) return `the speed ${speed}`;
  const unknown = Object.keys(fields).filter((name) =>
    !BASE.has(name) && !ALSO[server].includes(name) && !(name in extra)
  );
  if (unknown.length > 0) return `the fields ${unknown.join(", ")}`;
  const missing = Object.entries(extra).filter(([name, value]) => fields[name] !== value).map(([name]) =>
    name
  );
  if (missing.length > 0) return `no ${missing.join(", ")}`;
  if (server === "coze" ? "voice" in fields : !("voice" in fields)) {
    return "a voice where none belongs, or none";
  }
  const model = MODELS[server];
  if (model !== undefined && fields["model"] !== model) return `the model ${fields["model"]}`;
  if (server === "siliconflow" && !("sample_rate" in fields)) return "44,100 Hz, since none was asked for";
  return undefined;
}

/** What comes, whatever was asked for. */
function formatOf(server: OpenaiSpeechServer, fields: Readonly<Record<string, unknown>>): string {
  if (fields["stream_format"] === "sse") return "sse";
  if (server === "localai" && fields["stream"] === true) return "wav";
  return String(fields["response_format"]);
}

function bodyOf(
  pcm: Int16Array<ArrayBuffer>,
  { format, sampleRateHz, server }: {
    readonly format: string;
    readonly sampleRateHz: number;
    readonly server: OpenaiSpeechServer;
  },
): Uint8Array {
  const bytes = new Uint8Array(pcm.buffer);
  // A server that made nothing of the text has no body, as where its ffmpeg fails.
  if (pcm.length === 0 && format !== "sse") return bytes;
  switch (format) {
    case "wav":
      return server === "kokoro_old" ? wavesOf(pcm, sampleRateHz) : streamedWav(pcm, {
        sampleRateHz,
        lengthBytes: server === "localai" ? 0 : 0xffff_ffff,
      });
    case "opus":
      return oggOf(pcm, { sampleRateHz, losesLastPage: server === "kokoro_old" });
    case "mp3":
      return TONE_MP3;
    case "sse":
      return new TextEncoder().encode(eventsOf(bytes));
    default:
      return bytes;
  }
}

/** A header whose lengths nobody knew when it was written. */
export function streamedWav(
  pcm: Int16Array,
  { sampleRateHz, lengthBytes }: { readonly sampleRateHz: number; readonly lengthBytes: number },
): Uint8Array<ArrayBuffer> {
  const wav = writeWav(pcm, sampleRateHz);
  const view = new DataView(wav.buffer);
  view.setUint32(4, lengthBytes, true);
  view.setUint32(40, lengthBytes, true);
  return wav;
}

/** A header for every chunk. */
export function wavesOf(pcm: Int16Array, sampleRateHz: number): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < pcm.length; at += 1_000) {
    chunks.push(streamedWav(pcm.subarray(at, at + 1_000), { sampleRateHz, lengthBytes: 0xffff_ffff }));
  }
  return joined(chunks);
}

/** Ogg Opus, in pages of 100 ms. */
export function oggOf(
  pcm: Int16Array,
  { sampleRateHz, losesLastPage = false }: {
    readonly sampleRateHz: number;
    readonly losesLastPage?: boolean;
  },
): Uint8Array<ArrayBuffer> {
  const encoder = new OpusEncoder({ sampleRateHz });
  const muxer = new OggOpusMuxer({ pageMs: 100 });
  const pages: Uint8Array[] = [muxer.head(sampleRateHz)];
  const frame = sampleRateHz / 50;
  for (let at = 0; at < pcm.length; at += frame) {
    const piece = new Int16Array(frame);
    piece.set(pcm.subarray(at, at + frame));
    const page = muxer.push(encoder.encode(piece), 20);
    if (page !== undefined) pages.push(page);
  }
  encoder.close();
  if (!losesLastPage) pages.push(muxer.end());
  return joined(pages);
}

/** Events of 999 bytes each: half a sample at the end. */
function eventsOf(bytes: Uint8Array): string {
  const events: string[] = [];
  for (let at = 0; at < bytes.length; at += 999) {
    const audio = bytes.subarray(at, at + 999).toBase64();
    events.push(`data: ${JSON.stringify({ type: "speech.audio.delta", audio })}\n\n`);
  }
  const done = JSON.stringify({ type: "speech.audio.done", usage: { total_tokens: 1 } });
  return `${events.join("")}data: ${done}\n\ndata: [DONE]\n\n`;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How each server words what it refuses. */
function refusalOf(server: OpenaiSpeechServer, kind: SpeechRefusal): SpeechAnswer {
  const words: Record<
    SpeechRefusal,
    readonly [status: number, type: string, code: string, param: string | null]
  > = {
    auth: [401, "invalid_request_error", "invalid_api_key", null],
    quota: [429, "insufficient_quota", "insufficient_quota", null],
    throttled: [429, "rate_limit_error", "rate_limit_exceeded", null],
    voice: [400, "invalid_request_error", "invalid_value", "voice"],
    model: [404, "invalid_request_error", "model_not_found", "model"],
    busy: [503, "server_error", "overloaded", null],
    text: [400, "invalid_request_error", "string_above_max_length", "input"],
  };
  const [status, type, code, param] = words[kind];
  const answer = (status: number, body: unknown): SpeechAnswer => ({
    type: "refusal",
    status,
    body: JSON.stringify(body),
  });
  switch (server) {
    case "kokoro":
    case "kokoro_old":
      if (kind === "model" || kind === "voice" || kind === "text") {
        const error = kind === "model" ? "invalid_model" : "validation_error";
        return answer(400, { detail: { error, message: "Not found.", type: "invalid_request_error" } });
      }
      return answer(status, { detail: { error: "processing_error", message: "No.", type: "server_error" } });
    case "speaches":
      if (kind === "voice") {
        return answer(422, { detail: [{ loc: ["body", "voice"], msg: "not a voice", type: "value_error" }] });
      }
      return answer(kind === "auth" ? 403 : status, { detail: "No." });
    case "siliconflow": {
      const codes: Partial<Record<SpeechRefusal, readonly [number, number]>> = {
        quota: [403, 30001],
        model: [400, 20012],
        voice: [400, 20047],
      };
      const [own, number] = codes[kind] ?? [status, status];
      return kind === "auth"
        ? answer(401, "Invalid token")
        : answer(own, { code: number, message: "No.", data: null });
    }
    case "coze": {
      const codes: Partial<Record<SpeechRefusal, number>> = {
        auth: 4100,
        throttled: 4013,
        voice: 4200,
        model: 4200,
      };
      return answer(200, { code: codes[kind] ?? 5000, msg: "No.", detail: { logid: "1" } });
    }
    case "piper_studio": {
      // What it is asked for is not its own to choose: it has one voice, and takes any model.
      if (kind === "busy") {
        return answer(503, {
          error: { message: "No.", type: "server_error", param, code: "voice_not_ready" },
        });
      }
      return answer(400, {
        error: { message: "No.", type: "invalid_request_error", param, code: "invalid_request" },
      });
    }
    default:
      return answer(status, { error: { message: "No.", type, param, code } });
  }
}
