import { MoonshineAdapter, requireLanguage } from "../asr/mod.ts";
import { EngineClient } from "../engine/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { ModelName, ModelStore } from "../models/mod.ts";
import type { Config } from "./config.ts";

/** The models of the embedded ear. */
export const HEARING_MODELS = ["moonshine-tiny-en", "silero-vad-v6"] as const satisfies readonly ModelName[];

/** The models without which nothing is heard as the config has it. */
export function hearingModels({ asr }: Pick<Config, "asr">): readonly ModelName[] {
  return asr.provider === "moonshine" ? HEARING_MODELS : ["silero-vad-v6"];
}

/** The same config with the embedded ear, for commands that work on this box alone. */
export function withEmbeddedEar(config: Config): Config {
  if (config.asr.provider === "moonshine") return config;
  return { ...config, asr: { ...config.asr, provider: "moonshine", language: "en" } };
}

/** The embedded voice's model. */
export const VOICE_MODEL = "flite-slt" satisfies ModelName;

/** Options of {@linkcode openEngine}. */
export interface OpenEngineOptions {
  /** The checked config. */
  readonly config: Config;
  /** Where the weights are. */
  readonly store: ModelStore;
  /** Owns the engine process. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** Whether it shall be able to speak. */
  readonly voice?: boolean;
}

/**
 * The engine with the embedded models, verified, not started yet.
 *
 * @throws {EarshotError} `model.missing`, `model.corrupt`, or `asr.language` for one that the embedded ear
 * does not hear
 */
export async function openEngine(options: OpenEngineOptions): Promise<EngineClient> {
  const { config: { engine: config, asr }, store, scope, clock, voice = false } = options;
  const moonshine = asr.provider === "moonshine" ? await store.resolve("moonshine-tiny-en") : undefined;
  const silero = await store.resolve("silero-vad-v6");
  const flite = voice ? await store.resolve(VOICE_MODEL) : undefined;
  const engine = new EngineClient({
    runtime: config.runtime,
    ...(config.recognitionWorkers !== undefined && { recognitionWorkers: config.recognitionWorkers }),
    recognitionQueue: config.recognitionQueue,
    clock,
    models: {
      ...(moonshine && { moonshine: { encoderPath: moonshine.encoder, decoderPath: moonshine.decoder } }),
      silero: silero.model,
      ...(flite && { flite: flite.module }),
    },
  });
  scope.own("engine", () => engine.close(), { deadlineMs: 4_000 });
  if (asr.provider === "moonshine") requireLanguage(new MoonshineAdapter(engine), asr.language);
  return engine;
}
