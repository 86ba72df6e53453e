import { z } from "zod";
import { aliyunNlsConfig } from "./adapters/aliyun_nls.ts";
import { dashscopeConfig } from "./adapters/dashscope.ts";
import { doubaoConfig } from "./adapters/doubao.ts";
import { doubaoV2Config } from "./adapters/doubao_v2.ts";
import { funasrConfig } from "./adapters/funasr.ts";
import { openaiConfig } from "./adapters/openai.ts";
import { openaiRealtimeConfig } from "./adapters/openai_realtime.ts";
import { qwenRealtimeConfig } from "./adapters/qwen_realtime.ts";
import { sherpaConfig } from "./adapters/sherpa.ts";
import { sherpaServerConfig } from "./adapters/sherpa_server.ts";
import { tencentConfig } from "./adapters/tencent.ts";
import { voskConfig } from "./adapters/vosk.ts";
import { wyomingConfig } from "./adapters/wyoming.ts";
import { xunfeiConfig } from "./adapters/xunfei.ts";
import { SCRIPT_CHOICES } from "./chinese_script.ts";
import { languageTag } from "./language_config.ts";

/** Who can recognize. */
const PROVIDERS = [
  "moonshine",
  "sherpa",
  "funasr",
  "vosk",
  "sherpaServer",
  "wyoming",
  "aliyunNls",
  "dashscope",
  "qwenRealtime",
  "doubao",
  "doubaoV2",
  "tencent",
  "xunfei",
  "openai",
  "openaiRealtime",
] as const;

/** Those that need their block, for the keys or files that nobody can guess. */
const NEED_BLOCK = [
  "sherpa",
  "aliyunNls",
  "dashscope",
  "qwenRealtime",
  "doubao",
  "doubaoV2",
  "tencent",
  "xunfei",
  "openai",
  "openaiRealtime",
] as const;

/** The `asr` block of the config: who recognizes speech, in which language, and how long it may take. */
export const asrConfig = z.strictObject({
  provider: z.enum(PROVIDERS).default("moonshine")
    .describe(
      "the recognizer; moonshine is embedded and hears English, sherpa is another model on this box, " +
        "each other is a service; all but moonshine have their block below",
    ),
  language: languageTag().default("en")
    .describe("the language of the speakers (BCP 47)"),
  script: z.enum(SCRIPT_CHOICES).default("auto")
    .describe(
      "how Chinese is written, whoever recognizes it: simplified, traditional, none (as it comes), or auto: by " +
        "language, traditional for zh-TW, zh-HK and yue, simplified for zh otherwise",
    ),
  endpointing: z.enum(["auto", "vad"]).default("auto")
    .describe(
      "who says that an utterance has ended: auto leaves it to a recognizer that can, which then hears all that a " +
        "device does not call silence; vad is our own detector, so a stream is open only while somebody speaks",
    ),
  openTimeoutMs: z.int().min(100).max(60_000).default(5_000)
    .describe("how long a recognizer may take to become ready for an utterance, in ms"),
  finalTimeoutMs: z.int().min(100).max(300_000).default(10_000)
    .describe(
      "how long after the end of speech the words may take, besides the length of the speech itself, in ms",
    ),
  maxStreams: z.int().min(1).max(10_000).default(100)
    .describe(
      "utterances that a recognizer outside of this box may have at once; beyond it devices are told to wait",
    ),
  retries: z.int().min(0).max(5).default(2)
    .describe(
      "how often an utterance of which nothing was heard yet is tried again after a fault that may pass; not with " +
        "moonshine or an offline model of sherpa, which hear in segments and keep no sound of those before",
    ),
  breakerFailures: z.int().min(1).max(1_000).default(5)
    .describe("faults in a row after which the recognizer is left alone for a while"),
  breakerCoolDownMs: z.int().min(100).max(60_000).default(5_000)
    .describe("how long it is left alone at first, in ms; each trial that fails doubles it, up to a minute"),
  sherpa: sherpaConfig.optional().describe("a known model or one of your own, on this box"),
  funasr: funasrConfig.prefault({}).describe("a FunASR runtime server"),
  vosk: voskConfig.prefault({}).describe("a Vosk server"),
  sherpaServer: sherpaServerConfig.prefault({}).describe("a sherpa-onnx WebSocket server"),
  wyoming: wyomingConfig.prefault({}).describe("a Wyoming server, as Home Assistant's add-ons are"),
  aliyunNls: aliyunNlsConfig.optional().describe("Aliyun's intelligent speech interaction"),
  dashscope: dashscopeConfig.optional().describe("Aliyun Bailian (DashScope): Paraformer and Fun-ASR"),
  qwenRealtime: qwenRealtimeConfig.optional().describe(
    "Aliyun Bailian (DashScope): Qwen3-ASR-Flash-Realtime",
  ),
  doubao: doubaoConfig.optional().describe("Doubao (Volcengine) streaming recognition, v3"),
  doubaoV2: doubaoV2Config.optional().describe(
    "Doubao (Volcengine) streaming recognition, v2: accounts from before",
  ),
  tencent: tencentConfig.optional().describe("Tencent Cloud's realtime recognition"),
  xunfei: xunfeiConfig.optional().describe("iFlytek's dictation, v2 or Spark"),
  openai: openaiConfig.optional()
    .describe(
      "OpenAI's transcription over HTTP, and servers that speak like it, such as whisper.cpp and speaches",
    ),
  openaiRealtime: openaiRealtimeConfig.optional().describe("OpenAI's realtime transcription"),
}).superRefine((config, { addIssue }) => {
  for (const name of NEED_BLOCK) {
    if (config.provider !== name || config[name] !== undefined) continue;
    addIssue({
      code: "custom",
      path: [name],
      message: `provider ${name} needs this block`,
    });
  }
});

/** The checked `asr` block. */
export type AsrConfig = z.output<typeof asrConfig>;
