import type { TtsProviderType } from "../provider.ts";
import { edge } from "./edge.ts";
import { flite } from "./flite.ts";
import { hibari } from "./hibari.ts";
import { openai } from "./openai.ts";

/** Every type of voice; a further one is a line here and a file beside this one. */
export const TTS_PROVIDERS: readonly TtsProviderType[] = [hibari, flite, openai, edge];
