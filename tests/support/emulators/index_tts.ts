import { writeWav } from "../../../lib/audio/mod.ts";
import { joined } from "./wyoming_events.ts";
import type { SpeechAnswer, SpeechDialect } from "./speech_emulator.ts";

/** Which build of the server it is. */
export interface IndexTtsManner {
  /** A whole WAV, one with a header for each sentence, or samples. Default: a whole one. */
  readonly sends?: "wav" | "waves" | "samples";
  /** Whether it asks whether a character is there, and lists them. Default: yes. */
  readonly old?: boolean;
}

const CHARACTERS = { jay_klee: ["assets/jay.wav"], anna: ["assets/anna.wav", "assets/anna_2.wav"] };

/** IndexTTS behind index-tts-vllm; characters that it does not have begin with `no-`. */
export function indexTtsServer(manner: IndexTtsManner = {}): SpeechDialect {
  const { sends = "wav", old = false } = manner;
  return {
    refusal: (kind) =>
      kind === "voice" ? unknown("jay_klee", old) : failure(
        `Traceback (most recent call last):\n  File "api_server.py", line 9\nRuntimeError: ${kind}\n`,
      ),
    answer: ({ method, url, headers, body }, { violation }) => {
      if (method === "GET" && url === "/audio/voices" && !old) {
        return { type: "refusal", status: 200, body: JSON.stringify(CHARACTERS) };
      }
      if (method === "GET") return { type: "refusal", status: 404, body: '{"detail":"Not Found"}' };
      if (method !== "POST" || url !== "/tts") violation(`${method} ${url}`);
      if (headers["content-type"] !== "application/json") violation("no JSON");
      const { text, character, ...rest } = JSON.parse(body);
      if (Object.keys(rest).length > 0) violation(`the fields ${Object.keys(rest).join(", ")}`);
      if (String(character).startsWith("no-")) return unknown(character, old);
      return { type: "speech", text, contentType: sends === "samples" ? "audio/pcm" : "audio/wav" };
    },
    body: (pcm, sampleRateHz) => {
      if (sends === "samples") return new Uint8Array(pcm.buffer);
      if (sends === "wav") return writeWav(pcm, sampleRateHz);
      const half = pcm.length >> 1;
      return joined(
        ...[pcm.subarray(0, half), pcm.subarray(half)].map((part) => writeWav(part, sampleRateHz)),
      );
    },
  };
}

function unknown(character: string, old: boolean): SpeechAnswer {
  if (!old) return failure(`Speaker '${character}' not found`, 404);
  return failure(
    `Traceback (most recent call last):\n  File "api_server.py", line 9, in tts_api\nKeyError: '${character}'\n`,
  );
}

function failure(error: string, status = 500): SpeechAnswer {
  return { type: "refusal", status, body: JSON.stringify({ status: "error", error }) };
}
