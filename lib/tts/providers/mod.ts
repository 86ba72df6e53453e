import type { TtsProviderType } from "../provider.ts";
import { aliyunNls } from "./aliyun_nls.ts";
import { azure } from "./azure.ts";
import { cosyvoiceServer } from "./cosyvoice_server.ts";
import { dashscope } from "./dashscope.ts";
import { doubao } from "./doubao.ts";
import { doubaoV1 } from "./doubao_v1.ts";
import { edge } from "./edge.ts";
import { elevenlabs } from "./elevenlabs.ts";
import { fishSpeech } from "./fish_speech.ts";
import { flite } from "./flite.ts";
import { gptSovits } from "./gpt_sovits.ts";
import { hibari } from "./hibari.ts";
import { http } from "./http.ts";
import { indexTts } from "./index_tts.ts";
import { minimax } from "./minimax.ts";
import { openai } from "./openai.ts";
import { paddleSpeech } from "./paddle_speech.ts";
import { piper } from "./piper.ts";
import { qwenTts } from "./qwen_tts.ts";
import { qwenTtsRealtime } from "./qwen_tts_realtime.ts";
import { sherpa } from "./sherpa.ts";
import { tencent } from "./tencent.ts";
import { tencentStream } from "./tencent_stream.ts";
import { wyoming } from "./wyoming.ts";
import { xunfei } from "./xunfei.ts";
import { xunfeiSuper } from "./xunfei_super.ts";

/** Every type of voice; a further one is a line here and a file beside this one. */
export const TTS_PROVIDERS: readonly TtsProviderType[] = [
  hibari,
  flite,
  sherpa,
  openai,
  edge,
  aliyunNls,
  azure,
  cosyvoiceServer,
  dashscope,
  doubao,
  doubaoV1,
  elevenlabs,
  fishSpeech,
  gptSovits,
  http,
  indexTts,
  minimax,
  paddleSpeech,
  piper,
  qwenTts,
  qwenTtsRealtime,
  tencent,
  tencentStream,
  wyoming,
  xunfei,
  xunfeiSuper,
];
