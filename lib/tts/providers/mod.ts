import type { TtsProviderType } from "../provider.ts";
import { edge } from "./edge.ts";
import { flite } from "./flite.ts";
import { gptSovits } from "./gpt_sovits.ts";
import { openai } from "./openai.ts";
import { piper } from "./piper.ts";
import { wyoming } from "./wyoming.ts";

/** Every type of voice; a further one is a line here and a file beside this one. */
export const TTS_PROVIDERS: readonly TtsProviderType[] = [
  flite,
  openai,
  edge,
  piper,
  wyoming,
  gptSovits,
];
