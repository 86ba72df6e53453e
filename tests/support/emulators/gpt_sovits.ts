import { writeWav } from "../../../lib/audio/mod.ts";
import { oggOf, streamedWav } from "./openai_speech.ts";
import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** What a GPT-SoVITS server is. */
export interface GptSovitsManner {
  /** Default: v2. */
  readonly api?: "v2" | "v1";
  /** `api.py`: how it was started: whole, or streaming, as samples or as Vorbis. Default: whole. */
  readonly sends?: "whole" | "samples" | "vorbis";
}

const LANGUAGES = new Set(["zh", "yue", "en", "ja", "ko", "auto", "auto_yue", "all_zh", "all_ja"]);
const FIELDS = {
  v2: new Set([
    "text",
    "text_lang",
    "ref_audio_path",
    "prompt_lang",
    "prompt_text",
    "text_split_method",
    "streaming_mode",
    "media_type",
    "speed_factor",
    "top_k",
  ]),
  v1: new Set([
    "text",
    "text_language",
    "refer_wav_path",
    "prompt_language",
    "prompt_text",
    "speed",
    "top_k",
  ]),
};

/** GPT-SoVITS; recordings that it does not have begin with `no-`. */
export function gptSovitsServer(manner: GptSovitsManner = {}): SpeechDialect {
  const { api = "v2", sends = "whole" } = manner;
  let streams = false;
  return {
    refusal: (kind) => refusalOf(api, kind),
    answer: (request, { violation }) => {
      const { method, url } = request;
      if (method !== "POST" || url !== (api === "v2" ? "/tts" : "/")) {
        return answer(404, { detail: "Not Found" });
      }
      const fields = fieldsOf(request, api, violation);
      const language = String(fields[api === "v2" ? "text_lang" : "text_language"]);
      if (!LANGUAGES.has(language)) {
        return answer(400, { message: `text_lang: ${language} is not supported in version v2` });
      }
      if (api === "v2") {
        if (!fields["ref_audio_path"]) return answer(400, { message: "ref_audio_path is required" });
        if (!fields["prompt_lang"]) return answer(400, { message: "prompt_lang is required" });
        if (String(fields["ref_audio_path"]).startsWith("no-")) return refusalOf(api, "voice");
        if (fields["media_type"] !== "wav") violation("another format than wav");
        streams = fields["streaming_mode"] !== false && fields["streaming_mode"] !== 0;
      }
      return { type: "speech", text: String(fields["text"]), contentType: "audio/wav" };
    },
    body: (pcm, sampleRateHz) => {
      const bytes = new Uint8Array(pcm.buffer);
      if (api === "v1" && sends === "samples") return bytes;
      if (api === "v1" && sends === "vorbis") return vorbisOf(pcm, sampleRateHz);
      return streams ? streamedWav(pcm, { sampleRateHz, lengthBytes: 0 }) : writeWav(pcm, sampleRateHz);
    },
  };
}

function fieldsOf(
  { headers, body }: SpeechRequest,
  api: "v2" | "v1",
  violation: (what: string) => void,
): Readonly<Record<string, unknown>> {
  if (headers["content-type"] !== "application/json") violation("no JSON");
  const fields = JSON.parse(body);
  const unknown = Object.keys(fields).filter((name) => !FIELDS[api].has(name));
  if (unknown.length > 0) violation(`the fields ${unknown.join(", ")}`);
  if (fields.text === "") violation("no text");
  return fields;
}

function answer(status: number, body: unknown): SpeechAnswer {
  return { type: "refusal", status, body: JSON.stringify(body) };
}

function refusalOf(api: "v2" | "v1", kind: SpeechRefusal): SpeechAnswer {
  if (api === "v1") return answer(400, { code: 400, message: "未指定参考音频且接口无预设" });
  const exceptions: Partial<Record<SpeechRefusal, string>> = {
    voice: "no-such.wav not exists",
    busy: "CUDA out of memory",
    text: "list index out of range",
  };
  return answer(400, { message: "tts failed", Exception: exceptions[kind] ?? "" });
}

/** What begins as Vorbis does. */
function vorbisOf(pcm: Int16Array<ArrayBuffer>, sampleRateHz: number): Uint8Array<ArrayBuffer> {
  const file = oggOf(pcm, { sampleRateHz });
  file.set(new TextEncoder().encode("\x01vorbis"), 28);
  return file;
}
