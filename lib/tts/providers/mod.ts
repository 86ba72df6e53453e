import type { TtsProviderType } from "../provider.ts";
import { aliyunNls } from "./aliyun_nls.ts";
import { azure } from "./azure.ts";
import { dashscope } from "./dashscope.ts";
import { doubao } from "./doubao.ts";
import { doubaoV1 } from "./doubao_v1.ts";
import { edge } from "./edge.ts";
import { elevenlabs } from "./elevenlabs.ts";
import { flite } from "./flite.ts";
import { http } from "./http.ts";
import { minimax } from "./minimax.ts";
import { openai } from "./openai.ts";
import { qwenTts } from "./qwen_tts.ts";
import { qwenTtsRealtime } from "./qwen_tts_realtime.ts";
import { tencent } from "./tencent.ts";
import { tencentStream } from "./tencent_stream.ts";
import { xunfei } from "./xunfei.ts";
import { xunfeiSuper } from "./xunfei_super.ts";

/** Every type of voice; a further one is a line here and a file beside this one. */
export const TTS_PROVIDERS: readonly TtsProviderType[] = [
  flite,
  openai,
  edge,
  aliyunNls,
  azure,
  dashscope,
  doubao,
  doubaoV1,
  elevenlabs,
  http,
  minimax,
  qwenTts,
  qwenTtsRealtime,
  tencent,
  tencentStream,
  xunfei,
  xunfeiSuper,
];
