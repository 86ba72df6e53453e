import { EarshotError } from "../errors/mod.ts";
import type { ServiceBlock } from "../service/mod.ts";
import type { TtsCapabilities, TtsProvider } from "./contract.ts";
import type { TtsContext, TtsProviderType } from "./provider.ts";
import { TTS_PROVIDERS } from "./providers/mod.ts";

/** The registered type of a voice's block. */
export function ttsTypeOf({ type }: Pick<ServiceBlock, "type">): TtsProviderType {
  const found = TTS_PROVIDERS.find((provider) => provider.type === type);
  if (found !== undefined) return found;
  throw new EarshotError("internal", `Cannot use a voice of type ${type}: none is registered`);
}

/** What a voice can do with the settings of its block. */
export function voiceCapabilitiesOf(block: ServiceBlock): TtsCapabilities {
  return ttsTypeOf(block).capabilities(block);
}

/**
 * Makes a voice ready: its secrets and certificates are read, and embedded models verified; nothing is connected to
 * yet. The caller closes it.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`, `model.*`
 */
export async function openTtsProvider(block: ServiceBlock, context: TtsContext): Promise<TtsProvider> {
  const type = ttsTypeOf(block);
  const service = await type.open(block, context);
  return { ...service, name: context.service.name, capabilities: type.capabilities(block) };
}
