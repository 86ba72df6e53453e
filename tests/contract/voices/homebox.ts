import { type GptSovitsManner, gptSovitsServer } from "../../support/emulators/gpt_sovits.ts";
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

/** GPT-SoVITS. */
export function gptSovitsSubject(manner: GptSovitsManner = {}, settings: Settings = {}): TtsSubject {
  const { api = "v2", sends = "whole" } = manner;
  const { streamingMode = 1 } = settings;
  const how = api === "v1" ? `v1 ${sends}` : `v2 ${streamingMode === 0 ? "whole" : "streaming"}`;
  return {
    name: `gptSovits ${how}`,
    type: "gptSovits",
    http: {
      dialect: () => gptSovitsServer(manner),
      block: (origin) => ({
        type: "gptSovits",
        url: origin,
        api,
        ...(api === "v2" && { refAudioPath: "voices/anna.wav", promptText: "Hello.", promptLang: "en" }),
        ...(sends === "samples" && { sampleRateHz: 24_000 }),
        ...settings,
      }),
    },
    refusals: api === "v2"
      ? { voice: "tts.config", busy: "tts.failed", text: "tts.failed" }
      : { voice: "tts.config" },
    broken: "tts.unreachable",
    skipped: {
      ...NO_ACCOUNTS,
      "refused: model": "a server has one model",
      ...(api === "v1" && {
        "refused: busy": "it breaks its answer off instead: the case drops at first sound",
        "refused: text": "it breaks its answer off instead: the case drops at first sound",
      }),
      ...(sends === "samples" && { "wrong rate": "its samples have no header that says their rate" }),
    },
  };
}

/** Voices that run on a box at home. */
export const HOMEBOX_SUBJECTS: readonly TtsSubject[] = [
  piperSubject(),
  wyomingVoiceSubject(),
  wyomingVoiceSubject({ data: "inline" }),
  gptSovitsSubject(),
  gptSovitsSubject({}, { streamingMode: 0 }),
  gptSovitsSubject({ api: "v1" }),
  gptSovitsSubject({ api: "v1", sends: "samples" }),
];
