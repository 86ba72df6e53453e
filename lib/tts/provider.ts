import { z } from "zod";
import type { Engine, ModelPaths } from "../engine/mod.ts";
import type { ModelStore } from "../models/mod.ts";
import {
  defineProvider,
  type Provider,
  type ProviderContext,
  type ProviderDefinition,
} from "../service/mod.ts";
import type { TtsCapabilities, TtsProvider } from "./contract.ts";
import { ttsKeys, type TtsServiceKeys } from "./service_keys.ts";

/** What a voice is opened with. */
export interface TtsContext extends ProviderContext {
  /** Where the weights of embedded voices are. */
  readonly store: ModelStore;
  /** An engine process with these models; its owner closes it. */
  readonly openEngine: (
    models: Pick<ModelPaths, "hibari" | "flite" | "voice">,
  ) => Promise<Pick<Engine, "speak">>;
  /** Gives up the opening. */
  readonly signal: AbortSignal;
}

/** What a provider opens. */
export type TtsService = Pick<TtsProvider, "speak" | "speakStream" | "voices" | "close">;

/** A registered type of voice. */
export interface TtsProviderType extends Provider<TtsService, TtsContext, TtsCapabilities> {
  /** The models that it needs, where it runs in the engine; else `undefined`. */
  readonly models: ((block: unknown) => readonly string[]) | undefined;
  /** Whether fixed sentences sound better with it than those that ship. */
  readonly ownSentences: boolean;
}

/** How a type of voice is registered. */
export interface TtsProviderDefinition<Shape extends z.ZodRawShape>
  extends ProviderDefinition<TtsService, TtsContext, TtsCapabilities, Shape> {
  /** The models that it needs of the store; a provider that has this runs in the engine process. */
  readonly models?: (block: z.output<z.ZodObject<Shape>>) => readonly string[];
  /** Whether fixed sentences sound better with it than those that ship. Default: yes. */
  readonly ownSentences?: boolean;
  /** Keys of the runner that have another default here, whole. */
  readonly runnerKeys?: Partial<Record<keyof TtsServiceKeys, z.ZodType<number>>>;
}

/** Registers a type of voice; see {@linkcode defineProvider}. */
export function defineTtsProvider<Shape extends z.ZodRawShape>(
  { models, ownSentences = true, runnerKeys, ...definition }: TtsProviderDefinition<Shape>,
): TtsProviderType {
  const provider = defineProvider(definition);
  const schema = z.object(definition.config);
  return {
    ...provider,
    shape: { ...provider.shape, ...ttsKeys, ...runnerKeys },
    models: models && ((block) => models(schema.parse(block))),
    ownSentences,
  };
}
