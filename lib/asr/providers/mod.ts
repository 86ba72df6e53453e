import type { AsrProviderType } from "../provider.ts";
import { aliyunNls } from "./aliyun_nls.ts";
import { dashscope } from "./dashscope.ts";
import { doubao } from "./doubao.ts";
import { doubaoV2 } from "./doubao_v2.ts";
import { funasr } from "./funasr.ts";
import { moonshine } from "./moonshine.ts";
import { openai } from "./openai.ts";
import { openaiRealtime } from "./openai_realtime.ts";
import { qwenRealtime } from "./qwen_realtime.ts";
import { sherpa } from "./sherpa.ts";
import { sherpaServer } from "./sherpa_server.ts";
import { tencent } from "./tencent.ts";
import { vosk } from "./vosk.ts";
import { wyoming } from "./wyoming.ts";
import { xunfei } from "./xunfei.ts";

/** Every type of recognizer; a further one is a line here and a file beside this one. */
export const ASR_PROVIDERS: readonly AsrProviderType[] = [
  moonshine,
  sherpa,
  funasr,
  vosk,
  sherpaServer,
  wyoming,
  aliyunNls,
  dashscope,
  qwenRealtime,
  doubao,
  doubaoV2,
  tencent,
  xunfei,
  openai,
  openaiRealtime,
];
