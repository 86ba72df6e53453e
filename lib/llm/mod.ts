/**
 * Language models and other answerers: the contract, the registered types, and what every one of them needs.
 *
 * @module
 */
export { type LlmConfig, llmConfig, withBuiltInLlm } from "./config.ts";
export type { LlmCapabilities, LlmEvent, LlmMessage, LlmProvider, LlmRequest } from "./contract.ts";
export { llmCapabilitiesOf, llmTypeOf, openLlmProvider } from "./open_service.ts";
export type { LlmContext, LlmProviderType, LlmService } from "./provider.ts";
export { LLM_PROVIDERS } from "./providers/mod.ts";
export { type LlmServiceKeys, llmServiceKeys } from "./service_keys.ts";
