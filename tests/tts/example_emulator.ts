import { writeWav } from "../../lib/audio/mod.ts";
import type { SpeechAnswer, SpeechDialect } from "../support/emulators/speech_emulator.ts";
import type { SpeechRefusal } from "../support/emulators/speech_script.ts";

const STATUS: Readonly<Record<SpeechRefusal, number>> = {
  auth: 401,
  quota: 402,
  throttled: 429,
  voice: 404,
  model: 404,
  busy: 503,
  text: 400,
};

const refusal = (kind: SpeechRefusal): SpeechAnswer => ({
  type: "refusal",
  status: STATUS[kind],
  body: `Cannot do that: ${kind}.`,
});

/** The server of the example: it refuses what it does not know, and answers with a WAV. */
export const exampleServer = (): SpeechDialect => ({
  refusal,
  answer: ({ method, url, headers, body }, { violation }) => {
    if (headers["authorization"] !== "Bearer example-key") return refusal("auth");
    const { input, language, voice, ...unknown } = JSON.parse(body);
    const isText = typeof input === "string" && input.length <= 500;
    if (`${method} ${url}` !== "POST /say" || !isText || Object.keys(unknown).length > 0) violation(body);
    if (language !== "en" || voice !== "anna") return refusal("voice");
    return { type: "speech", text: input, contentType: "audio/wav" };
  },
  // It has no sound of a text of which it makes nothing, not even a header.
  body: (pcm, sampleRateHz) => pcm.length === 0 ? new Uint8Array() : writeWav(pcm, sampleRateHz),
});
