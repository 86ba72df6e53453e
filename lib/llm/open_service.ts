import { EarshotError } from "../errors/mod.ts";
import type { ServiceBlock } from "../service/mod.ts";
import type { LlmCapabilities, LlmProvider } from "./contract.ts";
import type { LlmContext, LlmProviderType } from "./provider.ts";
import { LLM_PROVIDERS } from "./providers/mod.ts";

/** The registered type of a language model's block. */
export function llmTypeOf({ type }: Pick<ServiceBlock, "type">): LlmProviderType {
  const found = LLM_PROVIDERS.find((provider) => provider.type === type);
  if (found !== undefined) return found;
  throw new EarshotError("internal", `Cannot use a language model of type ${type}: none is registered`);
}

/** What a language model can do with the settings of its block. */
export function llmCapabilitiesOf(block: ServiceBlock): LlmCapabilities {
  return llmTypeOf(block).capabilities(block);
}

/**
 * Makes a language model ready: its secrets and certificates are read; nothing is connected to yet. The caller closes it.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`
 */
export async function openLlmProvider(block: ServiceBlock, context: LlmContext): Promise<LlmProvider> {
  const type = llmTypeOf(block);
  const service = await type.open(block, context);
  return { ...service, name: context.service.name, capabilities: type.capabilities(block) };
}
