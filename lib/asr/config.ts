import { type ServiceBlock, servicesConfig, type ServicesSchema } from "../service/mod.ts";
import { ASR_PROVIDERS } from "./providers/mod.ts";

/** Recognizers by name. */
export type AsrConfig = Readonly<Record<string, ServiceBlock>>;

/** The recognizer that is always there, unless the config gives the name to another. */
const BUILT_IN = { moonshine: { type: "moonshine" } };

/** The `asr` section of the config: recognizers by name. */
export const asrConfig: ServicesSchema = servicesConfig(ASR_PROVIDERS)
  .describe("recognizers by name, each with its type; moonshine is always there and hears English");

/** The recognizers of a config, with the one that is always there. */
export function withBuiltIn(services: AsrConfig): AsrConfig {
  return { ...BUILT_IN, ...services };
}
