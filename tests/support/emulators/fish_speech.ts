import { writeWav } from "../../../lib/audio/mod.ts";
import { streamedWav } from "./openai_speech.ts";
import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** Which Fish Speech it is. */
export interface FishSpeechManner {
  /** Default: a server of one's own. */
  readonly api?: "server" | "cloud";
  /** Whether it lists its voices. Default: yes. */
  readonly lists?: boolean;
}

const KEY = "fish-key";
const FIELDS = new Set([
  "text",
  "format",
  "reference_id",
  "streaming",
  "temperature",
  "latency",
  "sample_rate",
]);

/** Fish Speech; models that the cloud does not have begin with `no-`. */
export function fishSpeechServer(manner: FishSpeechManner = {}): SpeechDialect {
  const { api = "server", lists = true } = manner;
  let streams = false;
  return {
    refusal: (kind) => refusalOf(api, kind),
    answer: (request, { violation }) => {
      if (request.headers["authorization"] !== `Bearer ${KEY}`) return refusalOf(api, "auth");
      if (request.method === "GET") return listOf(request, lists);
      if (request.method !== "POST" || request.url !== "/v1/tts") {
        violation(`${request.method} ${request.url}`);
      }
      const fields = fieldsOf(request, violation);
      const { model, "content-type": type } = request.headers;
      if (type !== "application/json") violation("no JSON");
      if (api === "server") {
        streams = fields["streaming"] === true;
        if (fields["format"] !== "wav") {
          return answer(400, {
            statusCode: 400,
            message: "Streaming only supports WAV format",
            error: "Bad Request",
          });
        }
        if (model !== undefined || "sample_rate" in fields) violation("a field of the cloud");
        return { type: "speech", text: String(fields["text"]), contentType: "audio/wav" };
      }
      if ("streaming" in fields) violation("a field of the server");
      if (model?.startsWith("no-")) return refusalOf(api, "model");
      if (String(fields["reference_id"]).startsWith("no-")) return refusalOf(api, "voice");
      if (fields["format"] !== "pcm") violation(`the format ${fields["format"]}`);
      const rate = Number(fields["sample_rate"] ?? 44_100);
      return { type: "speech", text: String(fields["text"]), contentType: "audio/pcm", sampleRateHz: rate };
    },
    body: (pcm, sampleRateHz) => {
      if (api === "cloud") return new Uint8Array(pcm.buffer);
      return streams ? streamedWav(pcm, { sampleRateHz, lengthBytes: 0 }) : writeWav(pcm, sampleRateHz);
    },
  };
}

function fieldsOf(
  { body }: SpeechRequest,
  violation: (what: string) => void,
): Readonly<Record<string, unknown>> {
  const fields = JSON.parse(body);
  const unknown = Object.keys(fields).filter((name) => !FIELDS.has(name));
  if (unknown.length > 0) violation(`the fields ${unknown.join(", ")}`);
  return fields;
}

/** In MessagePack unless JSON is asked for. */
function listOf({ url, headers }: SpeechRequest, lists: boolean): SpeechAnswer {
  if (!lists || url !== "/v1/references/list") return answer(404, { message: "Not Found" });
  if (headers["accept"] !== "application/json") {
    return { type: "refusal", status: 200, body: "\x83\xa7success" };
  }
  return answer(200, { success: true, reference_ids: ["anna", "ben"], message: "Success" });
}

function answer(status: number, body: unknown): SpeechAnswer {
  return { type: "refusal", status, body: JSON.stringify(body) };
}

function refusalOf(api: "server" | "cloud", kind: SpeechRefusal): SpeechAnswer {
  const faults: Record<SpeechRefusal, readonly [status: number, name: string, message: string]> = {
    auth: [401, "Unauthorized", "Invalid token"],
    quota: [402, "Payment Required", "API key has run out of credit"],
    throttled: [429, "Too Many Requests", "slow down"],
    voice: [400, "Bad Request", "Reference not found"],
    model: [400, "Bad Request", "Invalid model"],
    busy: [500, "Internal Server Error", "No audio generated"],
    text: [400, "Bad Request", "Text is too long, max length is 10"],
  };
  const [status, error, message] = faults[kind];
  return answer(status, api === "cloud" ? { status, message } : { statusCode: status, message, error });
}
