import { type ServiceBlock, servicesConfig, type ServicesSchema } from "../service/mod.ts";
import { TTS_PROVIDERS } from "./providers/mod.ts";

/** Voices by name. */
export type TtsConfig = Readonly<Record<string, ServiceBlock>>;

/** The voice that is always there, unless the config gives the name to another. */
const BUILT_IN = { flite: { type: "flite" } };

/** The `tts` section of the config: voices by name. */
export const ttsConfig: ServicesSchema = servicesConfig(TTS_PROVIDERS)
  .describe("voices by name, each with its type; flite is always there and speaks English");

/** The voices of a config, with the one that is always there. */
export function withBuiltInVoice(services: TtsConfig): TtsConfig {
  return { ...BUILT_IN, ...services };
}
