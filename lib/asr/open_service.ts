import { EarshotError } from "../errors/mod.ts";
import type { ServiceBlock } from "../service/mod.ts";
import type { AsrCapabilities, AsrProvider } from "./contract.ts";
import type { AsrContext, AsrProviderType } from "./provider.ts";
import { ASR_PROVIDERS } from "./providers/mod.ts";

/** The registered type of a recognizer's block. */
export function asrTypeOf({ type }: Pick<ServiceBlock, "type">): AsrProviderType {
  const found = ASR_PROVIDERS.find((provider) => provider.type === type);
  if (found !== undefined) return found;
  throw new EarshotError("internal", `Cannot use a recognizer of type ${type}: none is registered`);
}

/** What a recognizer can do with the settings of its block. */
export function capabilitiesOf(block: ServiceBlock): AsrCapabilities {
  return asrTypeOf(block).capabilities(block);
}

/**
 * Makes a recognizer ready: its secrets and certificates are read, and embedded models verified; nothing is connected
 * to yet. The caller closes it.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`, `model.*`
 */
export async function openAsrProvider(block: ServiceBlock, context: AsrContext): Promise<AsrProvider> {
  const type = asrTypeOf(block);
  const service = await type.open(block, context);
  return { ...service, name: context.service.name, capabilities: type.capabilities(block) };
}
