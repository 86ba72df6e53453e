import type { TtsProviderType } from "../provider.ts";
import { cosyvoiceServer } from "./cosyvoice_server.ts";
import { edge } from "./edge.ts";
import { fishSpeech } from "./fish_speech.ts";
import { flite } from "./flite.ts";
import { gptSovits } from "./gpt_sovits.ts";
import { indexTts } from "./index_tts.ts";
import { openai } from "./openai.ts";
import { paddleSpeech } from "./paddle_speech.ts";
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
  fishSpeech,
  indexTts,
  cosyvoiceServer,
  paddleSpeech,
];
