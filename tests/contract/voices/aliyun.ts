import { nlsSpeech, type NlsSpeechManner } from "../../support/emulators/aliyun_nls_speech.ts";
import { type NlsRestManner, nlsSpeechRest } from "../../support/emulators/aliyun_nls_speech_rest.ts";
import { dashscopeSpeech, type DashscopeSpeechManner } from "../../support/emulators/dashscope_speech.ts";
import { qwenTts, type QwenTtsManner } from "../../support/emulators/qwen_tts.ts";
import { qwenTtsRealtime, type QwenTtsRealtimeManner } from "../../support/emulators/qwen_tts_realtime.ts";
import type { TtsSubject } from "../tts_subjects.ts";

const NO_RATE = "its samples have no header that says their rate";
const NO_BODY = "an answer to a handshake is no error of its own";

const NLS_REFUSALS = {
  auth: "tts.auth",
  quota: "tts.quota",
  throttled: "tts.throttled",
  voice: "tts.config",
  model: "tts.config",
  busy: "tts.failed",
  text: "tts.config",
} as const;

/** Aliyun NLS over WebSockets. */
export function nlsSpeechSubject(
  mode: "synthesizer" | "flowing",
  manner: NlsSpeechManner = {},
  settings: Readonly<Record<string, unknown>> = {},
): TtsSubject {
  return {
    name: `aliyunNls ${mode}`,
    type: "aliyunNls",
    socket: {
      dialect: () => nlsSpeech({ flowing: mode === "flowing", ...manner }),
      block: (url) => ({ type: "aliyunNls", mode, url, appKey: "nls-app", ...settings }),
      secrets: { token: "nls-token" },
    },
    refusals: NLS_REFUSALS,
    broken: "tts.unreachable",
    skipped: { "wrong rate": NO_RATE, "error in a 200": NO_BODY },
  };
}

/** Aliyun NLS over HTTP. */
export function nlsRestSubject(manner: NlsRestManner = {}): TtsSubject {
  return {
    name: "aliyunNls rest",
    type: "aliyunNls",
    http: {
      dialect: () => nlsSpeechRest(manner),
      block: (origin) => ({
        type: "aliyunNls",
        mode: "rest",
        restUrl: `${origin}/stream/v1/tts`,
        appKey: "nls-app",
      }),
      secrets: { token: "nls-token" },
    },
    refusals: NLS_REFUSALS,
    broken: "tts.unreachable",
    skipped: { "wrong rate": NO_RATE },
  };
}

const DASHSCOPE_REFUSALS = { ...NLS_REFUSALS, text: "tts.bad_input" } as const;

/** CosyVoice of Bailian. */
export function dashscopeSpeechSubject(
  manner: DashscopeSpeechManner = {},
  settings: Readonly<Record<string, unknown>> = {},
): TtsSubject {
  return {
    name: "dashscope",
    type: "dashscope",
    socket: {
      dialect: () => dashscopeSpeech(manner),
      block: (url) => ({ type: "dashscope", url, ...settings }),
      secrets: { apiKey: "dashscope-key" },
    },
    refusals: DASHSCOPE_REFUSALS,
    broken: "tts.unreachable",
    skipped: { "wrong rate": NO_RATE },
  };
}

/** Qwen-TTS of Bailian over HTTP. */
export function qwenTtsSubject(
  manner: QwenTtsManner = {},
  settings: Readonly<Record<string, unknown>> = {},
): TtsSubject {
  return {
    name: "qwenTts",
    type: "qwenTts",
    http: {
      dialect: () => qwenTts(manner),
      block: (origin) => ({ type: "qwenTts", url: `${origin}/api/v1`, ...settings }),
      secrets: { apiKey: "qwen-key" },
    },
    refusals: DASHSCOPE_REFUSALS,
    broken: "tts.unreachable",
    skipped: {
      "wrong rate": NO_RATE,
      "sound without end": "its last event ends it, whatever follows",
    },
  };
}

/** Qwen-TTS-Realtime of Bailian. */
export function qwenTtsRealtimeSubject(
  manner: QwenTtsRealtimeManner = {},
  settings: Readonly<Record<string, unknown>> = {},
): TtsSubject {
  const { mode = "server_commit" } = manner;
  return {
    name: `qwenTtsRealtime ${mode}`,
    type: "qwenTtsRealtime",
    socket: {
      dialect: () => qwenTtsRealtime(manner),
      block: (origin) => ({
        type: "qwenTtsRealtime",
        url: `${origin}/api-ws/v1/realtime`,
        mode,
        ...settings,
      }),
      secrets: { apiKey: "qwen-key" },
    },
    refusals: DASHSCOPE_REFUSALS,
    broken: "tts.unreachable",
    skipped: { "wrong rate": NO_RATE },
  };
}

/** The voices of Aliyun: NLS and Bailian. */
export const ALIYUN_SUBJECTS: readonly TtsSubject[] = [
  nlsSpeechSubject("synthesizer"),
  nlsSpeechSubject("flowing"),
  nlsRestSubject(),
  dashscopeSpeechSubject(),
  qwenTtsSubject(),
  qwenTtsRealtimeSubject(),
  qwenTtsRealtimeSubject({ mode: "commit" }),
];
