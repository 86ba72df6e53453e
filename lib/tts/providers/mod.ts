import type { TtsProviderType } from "../provider.ts";
import { azure } from "./azure.ts";
import { edge } from "./edge.ts";
import { elevenlabs } from "./elevenlabs.ts";
import { flite } from "./flite.ts";
import { minimax } from "./minimax.ts";
import { openai } from "./openai.ts";
import { tencent } from "./tencent.ts";
import { tencentStream } from "./tencent_stream.ts";
import { xunfei } from "./xunfei.ts";
import { xunfeiSuper } from "./xunfei_super.ts";

/** Every type of voice; a further one is a line here and a file beside this one. */
export const TTS_PROVIDERS: readonly TtsProviderType[] = [
  flite,
  openai,
  edge,
  minimax,
  azure,
  tencent,
  tencentStream,
  xunfei,
  xunfeiSuper,
  elevenlabs,
];
