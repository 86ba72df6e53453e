import type { ErrorCode } from "../../../lib/errors/mod.ts";
import { type AzureManner, azureSpeech } from "../../support/emulators/azure_speech.ts";
import {
  type ElevenlabsManner,
  elevenlabsSocket,
  elevenlabsSpeech,
} from "../../support/emulators/elevenlabs_speech.ts";
import { type MinimaxManner, minimaxSpeech } from "../../support/emulators/minimax_speech.ts";
import type { SpeechRefusal } from "../../support/emulators/speech_script.ts";
import { tencentSpeech, type TencentSpeechManner } from "../../support/emulators/tencent_speech.ts";
import { type TencentStreamManner, tencentStreamSpeech } from "../../support/emulators/tencent_stream.ts";
import {
  xunfeiSpeech,
  type XunfeiSpeechManner,
  xunfeiSuperSpeech,
} from "../../support/emulators/xunfei_speech.ts";
import { openVoice } from "../../support/open_voice.ts";
import { streamedVoice } from "../../support/spoken_by.ts";
import type { TtsSubject } from "../tts_subjects.ts";

const REFUSALS: Readonly<Record<SpeechRefusal, ErrorCode>> = {
  auth: "tts.auth",
  quota: "tts.quota",
  throttled: "tts.throttled",
  voice: "tts.config",
  model: "tts.config",
  busy: "tts.failed",
  text: "tts.bad_input",
};

const NO_RATE = "its samples have no header that says their rate";
const LAST_EVENT = "its last event ends it, whatever follows";

type Keys = Readonly<Record<string, unknown>>;

/** MiniMax. */
export function minimaxSubject(settings: Keys = {}, manner: MinimaxManner = {}): TtsSubject {
  return {
    name: "minimax",
    type: "minimax",
    http: {
      dialect: () => minimaxSpeech(manner),
      block: (origin) => ({ type: "minimax", url: `${origin}/v1`, groupId: "7", ...settings }),
      secrets: { apiKey: "minimax-key" },
    },
    refusals: REFUSALS,
    broken: "tts.unreachable",
    skipped: { "wrong rate": NO_RATE, "sound without end": LAST_EVENT },
  };
}

/** Azure. */
export function azureSubject(settings: Keys = {}, manner: AzureManner = {}): TtsSubject {
  return {
    name: "azure",
    type: "azure",
    http: {
      dialect: () => azureSpeech(manner),
      block: (origin) => ({ type: "azure", url: origin, voice: "en-US-AvaMultilingualNeural", ...settings }),
      ...(manner.container !== true && { secrets: { apiKey: "azure-key" } }),
    },
    // 400 says of nothing what it is.
    refusals: { ...REFUSALS, text: "tts.config" },
    broken: "tts.unreachable",
    skipped: { "wrong rate": NO_RATE, "refused: model": "it has no models" },
  };
}

const AT_ONCE = "it gives a sentence whole, or not at all";

/** Tencent, a sentence at a time. */
export function tencentSubject(settings: Keys = {}, manner: TencentSpeechManner = {}): TtsSubject {
  return {
    name: "tencent",
    type: "tencent",
    http: {
      dialect: () => tencentSpeech(manner),
      block: (origin) => ({ type: "tencent", url: origin, secretId: "secret-id", ...settings }),
      secrets: { secretKey: "secret-key" },
    },
    refusals: REFUSALS,
    broken: "tts.unreachable",
    skipped: {
      "wrong rate": NO_RATE,
      "back-pressure": AT_ONCE,
      "leaving the loop": AT_ONCE,
      "drops mid sound": AT_ONCE,
      "cancel mid sound": AT_ONCE,
    },
  };
}

const HANDSHAKE = "an answer to a handshake is no error of its own";

/** Tencent, while the text is being written. */
export function tencentStreamSubject(settings: Keys = {}, manner: TencentStreamManner = {}): TtsSubject {
  return {
    name: "tencentStream",
    type: "tencentStream",
    socket: {
      dialect: () => tencentStreamSpeech(manner),
      block: (origin) => ({
        type: "tencentStream",
        url: `${origin}/stream_wsv2`,
        appId: "1250",
        secretId: "secret-id",
        ...settings,
      }),
      secrets: { secretKey: "secret-key" },
    },
    refusals: REFUSALS,
    broken: "tts.unreachable",
    skipped: {
      "wrong rate": NO_RATE,
      "error in a 200": HANDSHAKE,
      "refused: quota": "no code of its own for that is known",
      "refused: model": "it has no models",
    },
  };
}

const XUNFEI = {
  refusals: REFUSALS,
  broken: "tts.unreachable",
  skipped: {
    "wrong rate": NO_RATE,
    "error in a 200": HANDSHAKE,
    "refused: model": "its voices are its models",
  },
} as const;

/** iFlytek, a sentence at a time. */
export function xunfeiVoiceSubject(settings: Keys = {}, manner: XunfeiSpeechManner = {}): TtsSubject {
  return {
    name: "xunfei",
    type: "xunfei",
    socket: {
      dialect: () => xunfeiSpeech(manner),
      block: (origin) => ({ type: "xunfei", url: `${origin}/v2/tts`, appId: "app", ...settings }),
      secrets: { apiKey: "xunfei-key", apiSecret: "xunfei-secret" },
    },
    ...XUNFEI,
  };
}

/** iFlytek's super-humanoid voices. */
export function xunfeiSuperSubject(settings: Keys = {}, manner: XunfeiSpeechManner = {}): TtsSubject {
  return {
    name: "xunfeiSuper",
    type: "xunfeiSuper",
    socket: {
      dialect: () => xunfeiSuperSpeech(manner),
      block: (origin) => ({
        type: "xunfeiSuper",
        url: `${origin}/v1/private/mcd9m97e6`,
        appId: "app",
        ...settings,
      }),
      secrets: { apiKey: "xunfei-key", apiSecret: "xunfei-secret" },
    },
    ...XUNFEI,
  };
}

const ELEVENLABS_KEY = { apiKey: "eleven-key" };

/** ElevenLabs over HTTP. */
export function elevenlabsSubject(settings: Keys = {}, manner: ElevenlabsManner = {}): TtsSubject {
  return {
    name: "elevenlabs",
    type: "elevenlabs",
    http: {
      dialect: () => elevenlabsSpeech(manner),
      block: (origin) => ({ type: "elevenlabs", url: origin, ...settings }),
      secrets: ELEVENLABS_KEY,
    },
    refusals: REFUSALS,
    broken: "tts.unreachable",
    skipped: { "wrong rate": NO_RATE },
  };
}

/** ElevenLabs over a WebSocket, as if each text were being written. */
export function elevenlabsStreamSubject(settings: Keys = {}, manner: ElevenlabsManner = {}): TtsSubject {
  return {
    name: "elevenlabs stream",
    type: "elevenlabs",
    socket: {
      dialect: () => elevenlabsSocket(manner),
      block: (origin) => ({ type: "elevenlabs", url: origin.replace(/^ws/, "http"), ...settings }),
      secrets: ELEVENLABS_KEY,
      open: async (block, options) => streamedVoice(await openVoice(block, options)),
    },
    refusals: REFUSALS,
    broken: "tts.unreachable",
    skipped: { "wrong rate": NO_RATE, "error in a 200": HANDSHAKE },
  };
}

/** The voices of other clouds. */
export const CLOUD_SUBJECTS: readonly TtsSubject[] = [
  minimaxSubject(),
  azureSubject(),
  tencentSubject(),
  tencentStreamSubject(),
  xunfeiVoiceSubject(),
  xunfeiSuperSubject(),
  elevenlabsSubject(),
  elevenlabsStreamSubject(),
];
