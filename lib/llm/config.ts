import { type ServiceBlock, servicesConfig, type ServicesSchema } from "../service/mod.ts";
import { LLM_PROVIDERS } from "./providers/mod.ts";

/** Language models by name. */
export type LlmConfig = Readonly<Record<string, ServiceBlock>>;

/** What is always there, unless the config gives the name to another. */
const BUILT_IN = { builtin: { type: "builtin" } };

/** The `llm` section of the config: language models by name. */
export const llmConfig: ServicesSchema = servicesConfig(LLM_PROVIDERS)
  .describe("language models by name, each with its type; builtin is always there and needs no model");

/** The language models of a config, with the one that is always there. */
export function withBuiltInLlm(services: LlmConfig): LlmConfig {
  return { ...BUILT_IN, ...services };
}
