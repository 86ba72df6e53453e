import { writeWav } from "../../../lib/audio/mod.ts";
import { isMap } from "./doubao_speech_frames.ts";
import { wavesOf } from "./openai_speech.ts";
import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";
import type { SpeechRefusal, SpeechScript } from "./speech_script.ts";

/** What a server of one's own takes and gives. */
export interface HttpSpeechManner {
  readonly takes: "json" | "query" | "form" | "parts";
  /** `base64` is JSON with the sound at `data.audio`; `samples` say their rate in the Content-Type. */
  readonly gives: "wav" | "waves" | "samples" | "base64";
}

const STATUS: Readonly<Record<SpeechRefusal, number>> = {
  auth: 401,
  quota: 402,
  throttled: 429,
  voice: 404,
  model: 404,
  busy: 503,
  text: 413,
};

const refusal = (kind: SpeechRefusal): SpeechAnswer => ({
  type: "refusal",
  status: STATUS[kind],
  contentType: "text/plain",
  body: `Cannot do that: ${kind}.`,
});

/** A server of one's own, at `/say`, with the key `http-key`; it speaks English with the voice `anna`. */
export function httpSpeech({ takes, gives }: HttpSpeechManner): SpeechDialect {
  return {
    refusal,
    answer: (request, { script, violation }) => {
      if (request.headers["authorization"] !== "Bearer http-key") return refusal("auth");
      const fields = fieldsOf(request, takes);
      if (fields === undefined) {
        violation(`${request.method} ${request.url} ${request.headers["content-type"]}`);
        return { type: "refusal", status: 400, body: "no" };
      }
      const { text, voice, language, speed } = fields;
      if (String(speed) !== "1.5" || typeof text !== "string") violation(JSON.stringify(fields));
      if (voice !== "anna" || language !== "en") return refusal("voice");
      return { type: "speech", text: String(text), contentType: typeOf(gives, script) };
    },
    body: (pcm, sampleRateHz) => {
      const bytes = new Uint8Array(pcm.buffer);
      const wav = pcm.length === 0 ? bytes : writeWav(pcm, sampleRateHz);
      switch (gives) {
        case "wav":
          return wav;
        case "waves":
          return wavesOf(pcm, sampleRateHz);
        case "samples":
          return bytes;
        case "base64":
          return new TextEncoder().encode(JSON.stringify({ ok: true, data: { audio: wav.toBase64() } }));
      }
    },
  };
}

function typeOf(gives: HttpSpeechManner["gives"], { sampleRateHz = 24_000 }: SpeechScript): string {
  if (gives === "samples") return `audio/L16;rate=${sampleRateHz}`;
  // As some do, it says nothing of use.
  return gives === "base64" ? "application/json" : "text/html";
}

/** What it was asked, where that was in its way. */
function fieldsOf(
  { method, url, headers, body }: SpeechRequest,
  takes: HttpSpeechManner["takes"],
): Readonly<Record<string, unknown>> | undefined {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const type = headers["content-type"] ?? "";
  if (pathname !== "/say" || method !== (takes === "query" ? "GET" : "POST")) return undefined;
  switch (takes) {
    case "query":
      return body === "" && searchParams.get("v") === "2" ? Object.fromEntries(searchParams) : undefined;
    case "form":
      return type === "application/x-www-form-urlencoded"
        ? Object.fromEntries(new URLSearchParams(body))
        : undefined;
    case "parts": {
      const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(type)?.[1];
      if (boundary === undefined) return undefined;
      const parts = body.split(`--${boundary}`).map((part) => /name="(\w+)"\r\n\r\n(.*)\r\n$/s.exec(part));
      return Object.fromEntries(parts.flatMap((part) => part === null ? [] : [[part[1] ?? "", part[2]]]));
    }
    case "json": {
      if (type !== "application/json") return undefined;
      const { input, voice, options } = JSON.parse(body);
      return isMap(options) && Array.isArray(input) ? { ...options, voice, text: input[0] } : undefined;
    }
  }
}
