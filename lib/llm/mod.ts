/**
 * Language models and other answerers: the contract, what runs them, and their registration.
 *
 * @module
 */
export {
  Admission,
  type AdmissionOptions,
  type AdmissionStats,
  type AheadPlace,
  type Place,
} from "./admission.ts";
export { Answer, type AskOptions, type LlmChain, type LlmText } from "./answer.ts";
export { MAX_ANSWER_BYTES } from "./answer_text.ts";
export { Answerer } from "./answerer.ts";
export { type LlmConfig, llmConfig, withBuiltInLlm } from "./config.ts";
export type {
  KeptStats,
  LlmCapabilities,
  LlmEvent,
  LlmImage,
  LlmMessage,
  LlmProvider,
  LlmProviderRequest,
  LlmRequest,
  LlmStep,
  LlmTool,
  LlmToolCall,
  LlmToolResult,
} from "./contract.ts";
export { AnswerMetrics } from "./metrics.ts";
export { llmCapabilitiesOf, llmTypeOf, openLlmProvider } from "./open_service.ts";
export type { LlmContext, LlmProviderType, LlmService } from "./provider.ts";
export { LLM_PROVIDERS } from "./providers/mod.ts";
export { type AnswerEvent, LlmRunner, type LlmRunnerOptions, type LlmStats } from "./runner.ts";
export { type LlmServiceKeys, llmServiceKeys } from "./service_keys.ts";
