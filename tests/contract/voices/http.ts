import { httpSpeech, type HttpSpeechManner } from "../../support/emulators/http_speech.ts";
import type { TtsSubject } from "../tts_subjects.ts";

/** The variable of the environment with the key of the server. */
const KEY = "TEST_SECRET_http_key";
const FIELDS = { text: "{text}", voice: "anna", language: "{language}", speed: 1.5 };
/** How each way to ask is written in a config. */
const TEMPLATES = {
  json: {
    json: { input: ["{prompt_text}"], voice: "anna", options: { language: "{language}", speed: 1.5 } },
  },
  query: { query: { ...FIELDS, v: 2 } },
  form: { form: FIELDS },
  parts: { form: FIELDS, headers: { "Content-Type": "multipart/form-data", Authorization: "Bearer {key}" } },
};

const WHOLE = "the JSON holds all of the sound, so none is there before the end";
const WHOLE_ANSWER: TtsSubject["skipped"] = {
  "back-pressure": WHOLE,
  "leaving the loop": WHOLE,
  "drops mid sound": WHOLE,
  "cancel mid sound": WHOLE,
};

/** A server of one's own, with its request in the config. */
export function httpSubject(
  manner: HttpSpeechManner,
  settings: Readonly<Record<string, unknown>> = {},
): TtsSubject {
  return {
    name: `http ${manner.takes} ${manner.gives}`,
    type: "http",
    http: {
      dialect: () => httpSpeech(manner),
      block: (origin) => {
        Deno.env.set(KEY, "http-key");
        return {
          type: "http",
          url: `${origin}/say`,
          headers: { Authorization: "Bearer {key}" },
          secrets: { key: { env: KEY } },
          ...(manner.gives === "base64" && { audioField: "data.audio" }),
          ...TEMPLATES[manner.takes],
          ...settings,
        };
      },
    },
    refusals: {
      auth: "tts.auth",
      quota: "tts.quota",
      throttled: "tts.throttled",
      voice: "tts.config",
      model: "tts.config",
      busy: "tts.failed",
      text: "tts.bad_input",
    },
    broken: "tts.unreachable",
    skipped: manner.gives === "base64" ? WHOLE_ANSWER : {},
  };
}

/** Every way to ask a server, and every way in which it may answer. */
export const HTTP_SUBJECTS: readonly TtsSubject[] = [
  httpSubject({ takes: "json", gives: "wav" }),
  httpSubject({ takes: "query", gives: "samples" }),
  httpSubject({ takes: "form", gives: "waves" }),
  httpSubject({ takes: "parts", gives: "base64" }),
];
