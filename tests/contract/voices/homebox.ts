import { type PiperManner, piperServer } from "../../support/emulators/piper.ts";
import { wyomingSpeech, type WyomingSpeechManner } from "../../support/emulators/wyoming_speech.ts";
import type { TtsSubject } from "../tts_subjects.ts";

type Settings = Readonly<Record<string, unknown>>;

const NO_ACCOUNTS = {
  "refused: auth": "the server knows no accounts",
  "refused: quota": "the server knows no accounts",
  "refused: throttled": "the server knows no accounts",
} as const;

/** Piper's own server. */
export function piperSubject(
  manner: PiperManner | (() => PiperManner) = {},
  settings: Settings = {},
): TtsSubject {
  const build = typeof manner === "function" ? "any" : manner.build ?? "synthesize";
  return {
    name: `piper ${build}`,
    type: "piper",
    http: {
      dialect: () => piperServer(manner),
      block: (origin) => ({ type: "piper", url: origin, ...settings }),
    },
    // Whatever it does not like.
    refusals: { text: "tts.failed", busy: "tts.failed" },
    broken: "tts.unreachable",
    skipped: {
      ...NO_ACCOUNTS,
      "refused: voice": "it speaks with its default voice instead, with status 200: piper_test.ts",
      "refused: model": "a voice is its model",
      ...(build === "synthesize" && {
        "no sound": "what it makes nothing of is a fault to it, with status 500: piper_test.ts",
      }),
    },
  };
}

/** A Wyoming server that speaks. */
export function wyomingVoiceSubject(
  manner: WyomingSpeechManner | (() => WyomingSpeechManner) = {},
  settings: Settings = {},
): TtsSubject {
  const { data = "after" } = typeof manner === "function" ? {} : manner;
  return {
    name: `wyoming ${data}`,
    type: "wyoming",
    tcp: {
      dialect: () => wyomingSpeech(manner),
      block: (origin) => ({ type: "wyoming", url: origin, ...settings }),
    },
    refusals: { voice: "tts.config", text: "tts.failed", busy: "tts.failed" },
    // It takes every connection.
    broken: "tts.disconnected",
    skipped: {
      ...NO_ACCOUNTS,
      "refused: model": "a voice is its model",
      "error in a 200": "an error is an event of its own: the cases refused",
    },
  };
}

/** Voices that run on a box at home. */
export const HOMEBOX_SUBJECTS: readonly TtsSubject[] = [
  piperSubject(),
  wyomingVoiceSubject(),
  wyomingVoiceSubject({ data: "inline" }),
];
