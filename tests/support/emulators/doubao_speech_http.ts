import { isMap } from "./doubao_speech_frames.ts";
import {
  DOUBAO_WORDS,
  doubaoAccess,
  doubaoSlip,
  type DoubaoSpeechManner,
  doubaoStatus,
} from "./doubao_speech_rules.ts";
import type { SpeechAnswer, SpeechDialect } from "./speech_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** How much sound one object holds, in bytes: half a sample at the end. */
const PIECE_BYTES = 999;
/** What an object beside those of sound is like: all that may not be taken for its end. */
const SENTENCE = {
  code: 0,
  message: "",
  data: null,
  sentence: { text: '}{"\\ 你好🙂', words: [{ word: "[{", startTime: 0.1, endTime: 0.2, confidence: 1 }] },
};
const LAST = { code: 20000000, message: "ok", data: null, usage: { text_words: 5 } };

/** The voices over HTTP: JSON objects back to back, or events that hold them. */
export function doubaoSpeechHttp(mode: "http" | "sse", manner: DoubaoSpeechManner = {}): SpeechDialect {
  const contentType = mode === "sse" ? "text/event-stream" : "application/json";
  const written = (event: number, value: unknown) =>
    mode === "sse" ? `event: ${event}\ndata: ${JSON.stringify(value)}\n\n` : JSON.stringify(value);
  let ends = true;
  return {
    answer: (request, { script, violation }) => {
      ends = script.fault?.what !== "endless";
      const refused = doubaoAccess(request);
      if (refused !== undefined) return { type: "refusal", status: refused.status, body: "" };
      const path = `/api/v3/tts/unidirectional${mode === "sse" ? "/sse" : ""}`;
      const body: unknown = JSON.parse(request.body);
      const slip = request.method === "POST" && request.url === path
        ? doubaoSlip(body, { manner, hasText: true })
        : `${request.method} ${request.url}`;
      if (slip !== undefined || request.headers["content-type"] !== "application/json") {
        violation(slip ?? "no JSON");
        return { type: "refusal", status: 400, body: '{"error":"bad request"}' };
      }
      const params = isMap(body) && isMap(body["req_params"]) ? body["req_params"] : {};
      return { type: "speech", text: String(params["text"]), contentType };
    },
    refusal: (kind) => refusalOf(kind, { contentType, written }),
    body: (pcm) => {
      const bytes = new Uint8Array(pcm.buffer);
      const parts = [written(350, SENTENCE)];
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        const data = bytes.subarray(at, at + PIECE_BYTES).toBase64();
        parts.push(written(352, { code: 0, message: "", data }));
      }
      parts.push(written(351, SENTENCE), ...(ends ? [written(152, LAST)] : []));
      return new TextEncoder().encode(parts.join(""));
    },
  };
}

function refusalOf(kind: SpeechRefusal, { contentType, written }: {
  readonly contentType: string;
  readonly written: (event: number, value: unknown) => string;
}): SpeechAnswer {
  const status = doubaoStatus(kind);
  if (status !== undefined) return { type: "refusal", status: status.status, body: "" };
  const [code, message] = DOUBAO_WORDS[kind] ?? [];
  return { type: "refusal", status: 200, contentType, body: written(153, { code, message, data: null }) };
}
