import type { ErrorCode } from "../../lib/errors/mod.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";
import type { TtsProvider } from "../../lib/tts/mod.ts";
import { type EdgeManner, edgeSpeech } from "../support/emulators/edge.ts";
import {
  openaiSpeech,
  type OpenaiSpeechManner,
  type OpenaiSpeechServer,
} from "../support/emulators/openai_speech.ts";
import type { SpeechDialect } from "../support/emulators/speech_emulator.ts";
import type { SpeechRefusal } from "../support/emulators/speech_script.ts";
import type { SpeechSocketDialect } from "../support/emulators/speech_socket_emulator.ts";
import type { SpeechTcpDialect } from "../support/emulators/speech_tcp_emulator.ts";
import type { FakeEngine } from "../support/fake_engine.ts";
import type { openVoice } from "../support/open_voice.ts";
import type { Tone } from "../support/tones.ts";
import type { TtsCaseName } from "./tts_cases.ts";
import { ALIYUN_SUBJECTS } from "./voices/aliyun.ts";
import { CLOUD_SUBJECTS } from "./voices/clouds.ts";
import { DOUBAO_SUBJECTS } from "./voices/doubao.ts";
import { HOMEBOX_SUBJECTS } from "./voices/homebox.ts";
import { HTTP_SUBJECTS } from "./voices/http.ts";
import { SHERPA_SUBJECTS } from "./voices/sherpa.ts";
import { EMBEDDED_VOICES } from "./voices/embedded.ts";

/** What a voice speaks to, and the block of its config. */
interface Remote<Dialect> {
  readonly dialect: () => Dialect;
  /** Its block of the config. */
  readonly block: (origin: string) => ServiceBlock;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Opens a type that is not registered. */
  readonly open?: typeof openVoice;
}

/** One voice: over HTTP or a WebSocket against its emulator, or over an engine. */
export interface TtsSubject {
  readonly name: string;
  readonly type: string;
  /** Over an engine that follows the script; the embedded voice unless told. */
  readonly engine?: (engine: FakeEngine, name: string) => TtsProvider;
  /** Neither this nor `socket` nor `tcp`: it runs in the engine. */
  readonly http?: Remote<SpeechDialect>;
  readonly socket?: Remote<SpeechSocketDialect>;
  readonly tcp?: Remote<SpeechTcpDialect>;
  /** What it makes of each refusal of the service. */
  readonly refusals: Partial<Record<SpeechRefusal, ErrorCode>>;
  /** What it makes of a connection that breaks before the sound. */
  readonly broken: ErrorCode;
  /** What it says, where that is not the text's tone. */
  readonly says?: Tone;
  /** Cases that do not apply, each with its reason. */
  readonly skipped: Partial<Record<TtsCaseName, string>>;
}

const REFUSALS: Partial<Record<SpeechRefusal, ErrorCode>> = {
  auth: "tts.auth",
  quota: "tts.quota",
  throttled: "tts.throttled",
  voice: "tts.config",
  model: "tts.config",
  busy: "tts.failed",
  text: "tts.bad_input",
};

const NO_RATE = "its samples have no header that says their rate";
const NO_ACCOUNTS = {
  "refused: auth": "the server knows no accounts",
  "refused: quota": "the server knows no accounts",
  "refused: throttled": "the server knows no accounts",
} as const;

const ONE_TONE = "the emulator has one recording, whatever the text is";
const WHOLE_SOUND =
  "its container begins with more than a moment of sound needs; sound_of_body_test.ts splits it";

/** A server that speaks as OpenAI's does. */
export function openaiSpeechSubject(
  server: OpenaiSpeechServer,
  settings: Readonly<Record<string, unknown>> & { readonly format?: string } = {},
  { refusals = REFUSALS, ...more }: Partial<TtsSubject> & { readonly manner?: OpenaiSpeechManner } = {},
): TtsSubject {
  const hasKey = ["openai", "speaches", "siliconflow", "coze"].includes(server);
  const { format = "pcm", extra } = settings;
  const manner: OpenaiSpeechManner = {
    server,
    ...(isFields(extra) && { extra }),
    ...more.manner,
  };
  const how = settings["streamFormat"] === "sse" ? "sse" : format;
  return {
    name: `openai ${server} ${how}`,
    type: "openai",
    http: {
      dialect: () => openaiSpeech(manner),
      block: (origin) => ({ type: "openai", url: `${origin}/v1`, ...settings }),
      ...(hasKey && { secrets: { apiKey: "openai-key" } }),
    },
    refusals,
    broken: "tts.unreachable",
    ...more,
    skipped: { ...(!hasKey && NO_ACCOUNTS), ...more.skipped },
  };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

const NO_SUCH_REFUSAL = "it ends its turn without sound, whatever it does not like: the case no sound";

/** Edge's read-aloud. */
export function edgeSubject(
  settings: Readonly<Record<string, unknown>> = {},
  manner: EdgeManner = {},
): TtsSubject {
  return {
    name: "edge",
    type: "edge",
    socket: {
      dialect: () => edgeSpeech(manner),
      block: (origin) => ({
        type: "edge",
        url: `${origin}/consumer/speech/synthesize/readaloud`,
        voice: "en-US-AvaMultilingualNeural",
        ...settings,
      }),
    },
    refusals: { auth: "tts.auth", throttled: "tts.throttled", busy: "tts.failed" },
    broken: "tts.unreachable",
    says: { hz: 440, durationMs: 648 },
    skipped: {
      "tones in order": ONE_TONE,
      "60 s at once": `${ONE_TONE}; edge_test.ts repeats it`,
      "wrong rate": ONE_TONE,
      "silence": ONE_TONE,
      "split at every byte": WHOLE_SOUND,
      "error in a 200": "an answer to a handshake is no error of its own",
      "refused: quota": NO_SUCH_REFUSAL,
      "refused: voice": NO_SUCH_REFUSAL,
      "refused: model": NO_SUCH_REFUSAL,
      "refused: text": NO_SUCH_REFUSAL,
    },
  };
}

/** Every voice that is registered, each server and each format once. */
export const TTS_SUBJECTS: readonly TtsSubject[] = [
  openaiSpeechSubject("openai", { instructions: "calmly", speed: 1.5 }, {
    skipped: { "wrong rate": NO_RATE },
  }),
  openaiSpeechSubject("openai", { streamFormat: "sse" }, {
    skipped: {
      "wrong rate": NO_RATE,
      "sound without end": "its last event ends it, whatever follows",
    },
  }),
  openaiSpeechSubject("openai", { format: "mp3" }, {
    says: { hz: 440, durationMs: 648 },
    skipped: {
      "tones in order": ONE_TONE,
      "60 s at once": ONE_TONE,
      "wrong rate": ONE_TONE,
      "silence": ONE_TONE,
      "split at every byte": WHOLE_SOUND,
    },
  }),
  openaiSpeechSubject("kokoro", { format: "wav", voice: "af_bella(2)+af_sky" }, {
    refusals: { ...REFUSALS, text: "tts.config" },
  }),
  openaiSpeechSubject("kokoro_old", { format: "wav" }, { refusals: { ...REFUSALS, text: "tts.config" } }),
  openaiSpeechSubject("kokoro", { format: "opus" }, {
    refusals: { ...REFUSALS, text: "tts.config" },
    skipped: { "split at every byte": WHOLE_SOUND },
  }),
  openaiSpeechSubject("speaches", { sampleRateHz: 16_000, sendSampleRate: true }, {
    // FastAPI words.
    refusals: { ...REFUSALS, quota: "tts.throttled", text: "tts.config" },
    skipped: {
      "wrong rate": NO_RATE,
    },
  }),
  openaiSpeechSubject("openedai"),
  openaiSpeechSubject("localai", { format: "wav", extra: { stream: true } }),
  openaiSpeechSubject("piper_studio", {}, {
    refusals: { busy: "tts.failed", text: "tts.bad_input" },
    skipped: {
      "refused: voice": "it has one voice, whatever is asked for",
      "refused: model": "it takes any model",
    },
  }),
  openaiSpeechSubject("siliconflow", {
    model: "FunAudioLLM/CosyVoice2-0.5B",
    voice: "FunAudioLLM/CosyVoice2-0.5B:alex",
    sendSampleRate: true,
    extra: { stream: true, gain: 2 },
  }, {
    refusals: { ...REFUSALS, text: "tts.config" },
    skipped: {
      "wrong rate": NO_RATE,
    },
  }),
  openaiSpeechSubject("coze", { voiceKey: "voice_id", sendSampleRate: true }, {
    refusals: {
      auth: "tts.auth",
      throttled: "tts.throttled",
      voice: "tts.config",
      model: "tts.config",
      busy: "tts.failed",
    },
    skipped: {
      "wrong rate": NO_RATE,
      "refused: quota": "no code of its own for that is known",
      "refused: text": "no code of its own for that is known",
    },
  }),
  edgeSubject(),
  ...DOUBAO_SUBJECTS,
  ...HTTP_SUBJECTS,
  ...ALIYUN_SUBJECTS,
  ...CLOUD_SUBJECTS,
  ...HOMEBOX_SUBJECTS,
  ...SHERPA_SUBJECTS,
  ...EMBEDDED_VOICES,
];
