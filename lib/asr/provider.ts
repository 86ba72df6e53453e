import { z } from "zod";
import type { Engine, ModelPaths } from "../engine/mod.ts";
import type { ModelStore } from "../models/mod.ts";
import {
  defineProvider,
  type Provider,
  type ProviderContext,
  type ProviderDefinition,
} from "../service/mod.ts";
import type { AsrCapabilities, AsrProvider } from "./contract.ts";
import { embeddedKeys, remoteKeys } from "./service_keys.ts";

/** What a recognizer is opened with. */
export interface AsrContext extends ProviderContext {
  /** The languages (BCP 47) of the agents that use it. */
  readonly languages: readonly string[];
  /** Where the weights of embedded models are. */
  readonly store: ModelStore;
  /** An engine process with these models; its owner closes it. */
  readonly openEngine: (models: ModelPaths) => Promise<Engine>;
  /** Gives up the opening. */
  readonly signal: AbortSignal;
}

/** A registered type of recognizer. */
export interface AsrProviderType extends Provider<AsrService, AsrContext, AsrCapabilities> {
  /** The models that it needs, where it runs in the engine; else `undefined`. */
  readonly models: ((block: unknown) => readonly string[]) | undefined;
}

/** What a provider opens: streams, and what it keeps between them. */
export type AsrService = Pick<AsrProvider, "open" | "close">;

/** How a type of recognizer is registered. */
export interface AsrProviderDefinition<Shape extends z.ZodRawShape>
  extends ProviderDefinition<AsrService, AsrContext, AsrCapabilities, Shape> {
  /** The models that it needs of the store; a provider that has this runs in the engine process. */
  readonly models?: (block: z.output<z.ZodObject<Shape>>) => readonly string[];
}

/** Registers a type of recognizer; see {@linkcode defineProvider}. */
export function defineAsrProvider<Shape extends z.ZodRawShape>(
  { models, ...definition }: AsrProviderDefinition<Shape>,
): AsrProviderType {
  const provider = defineProvider(definition);
  const schema = z.object(definition.config);
  return {
    ...provider,
    shape: { ...provider.shape, ...(models === undefined ? remoteKeys : embeddedKeys) },
    models: models && ((block) => models(schema.parse(block))),
  };
}
