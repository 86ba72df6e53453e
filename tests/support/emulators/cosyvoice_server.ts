import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";

/** What is odd about a CosyVoice server. */
export interface CosyvoiceServerManner {
  /** What it says of its rate, in Hz; most builds say nothing. */
  readonly saysHz?: number;
}

/** CosyVoice's FastAPI server: samples without any Content-Type. */
export function cosyvoiceFastApi({ saysHz }: CosyvoiceServerManner = {}): SpeechDialect {
  return {
    refusal: () => ({
      type: "refusal",
      status: 500,
      body: "Internal Server Error",
      contentType: "text/plain; charset=utf-8",
    }),
    answer: (request, { violation }) => {
      const { method, url } = request;
      if (method !== "POST") violation(method);
      const fields = partsOf(request);
      const needed = url === "/inference_sft"
        ? ["spk_id", "tts_text"]
        : url === "/inference_zero_shot"
        ? ["prompt_text", "prompt_wav", "tts_text"]
        : undefined;
      if (needed === undefined) return answer(404, { detail: "Not Found" });
      const missing = needed.find((name) => !fields.has(name));
      if (missing !== undefined) {
        return answer(422, {
          detail: [{ type: "missing", loc: ["body", missing], msg: "Field required", input: null }],
        });
      }
      if (fields.size > needed.length) violation(`the fields ${[...fields.keys()].join(", ")}`);
      const recording = fields.get("prompt_wav");
      if (recording !== undefined && !recording.startsWith("RIFF")) violation("a recording that is no WAV");
      return {
        type: "speech",
        text: fields.get("tts_text") ?? "",
        contentType: "",
        ...(saysHz !== undefined && {
          headers: [`x-custom-header-samplerate: ${saysHz}`],
          sampleRateHz: saysHz,
        }),
      };
    },
    body: (pcm) => new Uint8Array(pcm.buffer),
  };
}

/** The parts of a form, by name. */
function partsOf({ headers, body }: SpeechRequest): ReadonlyMap<string, string> {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(headers["content-type"] ?? "")?.[1];
  if (boundary === undefined) return new Map();
  return new Map(
    body.split(`--${boundary}`).slice(1, -1).map((part) => {
      const [head = "", ...content] = part.split("\r\n\r\n");
      return [/ name="([^"]+)"/.exec(head)?.[1] ?? "", content.join("\r\n\r\n").replace(/\r\n$/, "")];
    }),
  );
}

function answer(status: number, body: unknown): SpeechAnswer {
  return { type: "refusal", status, body: JSON.stringify(body) };
}
