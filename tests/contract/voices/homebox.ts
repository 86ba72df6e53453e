import { cosyvoiceFastApi, type CosyvoiceServerManner } from "../../support/emulators/cosyvoice_server.ts";
import { type FishSpeechManner, fishSpeechServer } from "../../support/emulators/fish_speech.ts";
import { type IndexTtsManner, indexTtsServer } from "../../support/emulators/index_tts.ts";
import { type GptSovitsManner, gptSovitsServer } from "../../support/emulators/gpt_sovits.ts";
import { paddleSpeechServer } from "../../support/emulators/paddle_speech.ts";
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

/** Fish Speech, on a server of one's own or in the cloud. */
export function fishSpeechSubject(manner: FishSpeechManner = {}, settings: Settings = {}): TtsSubject {
  const { api = "server" } = manner;
  const isServer = api === "server";
  return {
    name: `fishSpeech ${api}${settings["streaming"] === false ? " whole" : ""}`,
    type: "fishSpeech",
    http: {
      dialect: () => fishSpeechServer(manner),
      block: (origin) => ({ type: "fishSpeech", url: origin, api, ...settings }),
      secrets: { apiKey: "fish-key" },
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
    skipped: isServer
      ? {
        "refused: quota": "a server of one's own knows none",
        "refused: throttled": "a server of one's own knows none",
        "refused: voice": "it is a voice by chance, with status 200: fish_speech_test.ts",
        "refused: model": "a server has one model",
      }
      : { "wrong rate": "its samples have no header that says their rate" },
  };
}

/** IndexTTS. */
export function indexTtsSubject(manner: IndexTtsManner = {}, settings: Settings = {}): TtsSubject {
  const { sends = "wav" } = manner;
  return {
    name: `indexTts ${sends}`,
    type: "indexTts",
    http: {
      dialect: () => indexTtsServer(manner),
      block: (origin) => ({ type: "indexTts", url: origin, voice: "jay_klee", ...settings }),
    },
    refusals: { voice: "tts.config", busy: "tts.failed", text: "tts.failed" },
    broken: "tts.unreachable",
    skipped: {
      ...NO_ACCOUNTS,
      "refused: model": "a server has one model",
      ...(sends === "samples" && { "wrong rate": "its samples have no header that says their rate" }),
    },
  };
}

/** CosyVoice's own server. */
export function cosyvoiceServerSubject(
  manner: CosyvoiceServerManner = {},
  settings: Settings = {},
): TtsSubject {
  const { saysHz } = manner;
  const how = "promptWav" in settings ? "recording" : "speaker";
  return {
    name: `cosyvoiceServer ${how}${saysHz === undefined ? "" : " with a rate"}`,
    type: "cosyvoiceServer",
    http: {
      dialect: () => cosyvoiceFastApi(manner),
      block: (origin) => ({
        type: "cosyvoiceServer",
        url: origin,
        ...(how === "speaker" && { speaker: "中文女" }),
        ...(saysHz === undefined && { sampleRateHz: 24_000 }),
        ...settings,
      }),
    },
    refusals: { busy: "tts.failed" },
    broken: "tts.unreachable",
    skipped: {
      ...NO_ACCOUNTS,
      "refused: model": "a server has one model",
      "refused: voice": "it breaks its answer off instead: the case drops at first sound",
      "refused: text": "it breaks its answer off instead: the case drops at first sound",
      ...(saysHz === undefined && { "wrong rate": "its samples have no header that says their rate" }),
    },
  };
}

/** PaddleSpeech's streaming server. */
export function paddleSpeechSubject(settings: Settings = {}): TtsSubject {
  return {
    name: "paddleSpeech",
    type: "paddleSpeech",
    socket: {
      dialect: () => paddleSpeechServer(),
      block: (origin) => ({
        type: "paddleSpeech",
        url: `${origin}/paddlespeech/tts/streaming`,
        languages: ["zh", "en"],
        ...settings,
      }),
    },
    // A status without a word, whatever it does not like.
    refusals: { voice: "tts.failed", busy: "tts.failed", text: "tts.failed" },
    broken: "tts.unreachable",
    skipped: {
      ...NO_ACCOUNTS,
      "refused: model": "a server has one model",
      "wrong rate": "its samples have no header that says their rate",
      "error in a 200": "an answer to a handshake is no error of its own",
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
  fishSpeechSubject(),
  fishSpeechSubject({}, { streaming: false }),
  fishSpeechSubject({ api: "cloud" }, { model: "s1", voice: "7f92f8" }),
  indexTtsSubject(),
  indexTtsSubject({ sends: "waves" }),
  indexTtsSubject({ sends: "samples", old: true }),
  cosyvoiceServerSubject(),
  cosyvoiceServerSubject({ saysHz: 22_050 }),
  paddleSpeechSubject(),
];
