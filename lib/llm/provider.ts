import type { z } from "zod";
import {
  defineProvider,
  type Provider,
  type ProviderContext,
  type ProviderDefinition,
} from "../service/mod.ts";
import type { LlmCapabilities, LlmProvider } from "./contract.ts";
import { llmKeys } from "./service_keys.ts";

/** What a language model is opened with. */
export interface LlmContext extends ProviderContext {
  /** The time zone of the devices, by its name. */
  readonly timeZone: string;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
}

/** What a provider opens. */
export type LlmService = Pick<LlmProvider, "answer" | "warm" | "forget" | "kept" | "toolsRefusal" | "close">;

/** A registered type of language model. */
export type LlmProviderType = Provider<LlmService, LlmContext, LlmCapabilities>;

/** Registers a type of language model; see {@linkcode defineProvider}. */
export function defineLlmProvider<Shape extends z.ZodRawShape>(
  definition: ProviderDefinition<LlmService, LlmContext, LlmCapabilities, Shape>,
): LlmProviderType {
  const provider = defineProvider(definition);
  return { ...provider, shape: { ...provider.shape, ...llmKeys } };
}
