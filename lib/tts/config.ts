import { z } from "zod";
import { type ServiceBlock, servicesConfig, type ServicesSchema } from "../service/mod.ts";
import { TTS_PROVIDERS } from "./providers/mod.ts";

/** Voices by name. */
export type TtsConfig = Readonly<Record<string, ServiceBlock>>;

/** The voices that are always there, unless the config gives their names to others. */
const BUILT_IN = { hibari: { type: "hibari" }, flite: { type: "flite" } };

/** The `tts` section of the config: voices by name. */
export const ttsConfig: ServicesSchema = servicesConfig(TTS_PROVIDERS)
  .describe(
    "voices by name, each with its type; hibari is always there and speaks English, and so is flite, which is smaller",
  );

/** The voices of a config, with those that are always there. */
export function withBuiltInVoice(services: TtsConfig): TtsConfig {
  return { ...BUILT_IN, ...services };
}

/** The `limits.tts` block of the config: what is kept of what was spoken. */
export const ttsLimits = z.strictObject({
  cacheBytes: z.int().min(0).max(4_294_967_296).default(33_554_432)
    .describe("what was spoken and is held in memory to be played again, in bytes; 0 holds nothing"),
  diskCacheBytes: z.int().min(0).max(4_294_967_296).default(67_108_864)
    .describe(
      "fixed sentences in the voices of agents, kept on disk, in bytes; 0 makes none: they are played as they ship",
    ),
});

/** The checked block. */
export type TtsLimits = z.output<typeof ttsLimits>;
