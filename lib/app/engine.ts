import { openEmbedded } from "../asr/mod.ts";
import { EngineClient, type ModelPaths } from "../engine/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import { type ModelName, type ModelStore, type PullOptions, SHERPA_LIBRARY } from "../models/mod.ts";
import type { Config } from "./config.ts";
import type { HearingPlan } from "./hearing_plan.ts";
import { prepareSherpa, type PrepareSherpaOptions } from "./sherpa_model.ts";
import { sherpaStore } from "./sherpa_store.ts";

/** The models of the embedded ear. */
export const HEARING_MODELS = ["moonshine-tiny-en", "silero-vad-v6"] as const satisfies readonly ModelName[];

/** The models without which nothing is heard in this way. */
export function hearingModels(
  { asr }: Pick<Config, "asr">,
  { vad, embedded }: Pick<HearingPlan, "vad" | "embedded">,
): readonly string[] {
  const ear = asr.provider === "sherpa" ? asr.sherpa?.model : "moonshine-tiny-en";
  return [...(embedded && ear !== undefined ? [ear] : []), ...(vad ? ["silero-vad-v6"] : [])];
}

/**
 * Fetches what is missing of these models, in an executable with the native code that the user's own one needs. Throws
 * what {@linkcode ModelStore.pull} throws.
 */
export async function pullModels(
  { config: { asr }, store }: { readonly config: Pick<Config, "asr">; readonly store: ModelStore },
  models: readonly string[],
  options: PullOptions,
): Promise<void> {
  await store.pull(models, options);
  if (Deno.build.standalone && models.some((model) => needsSherpa(model, { asr, store }))) {
    await sherpaStore(store).pull([SHERPA_LIBRARY], options);
  }
}

/** Whether a model is one that sherpa-onnx runs. */
function needsSherpa(
  model: string,
  { asr, store }: { readonly asr: Config["asr"]; readonly store: ModelStore },
): boolean {
  return store.known(model) !== undefined || (asr.provider === "sherpa" && asr.sherpa?.model === model);
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
  /** What it is to hear. */
  readonly plan: Pick<HearingPlan, "vad" | "embedded">;
  /** Whether it shall be able to speak. */
  readonly voice?: boolean;
  /** Gives up what has to be done first; the scope does so as well. */
  readonly signal?: AbortSignal;
}

/**
 * The engine with the embedded models, verified, not started yet.
 *
 * @throws {EarshotError} `model.missing`, `model.corrupt`, `model.unpinned`, `model.unfit` for a model of the user's own
 * that is not what the config says, or `asr.language` for one that the recognizer does not hear
 */
export async function openEngine(options: OpenEngineOptions): Promise<EngineClient> {
  const { config: { engine: config, asr }, store, scope, clock, plan, voice = false } = options;
  const signal = options.signal ? AbortSignal.any([options.signal, scope.signal]) : scope.signal;
  const ear = plan.embedded ? await resolveEar(asr, { store, signal, clock }) : {};
  const silero = plan.vad ? await store.resolve("silero-vad-v6") : undefined;
  const flite = voice ? await store.resolve(VOICE_MODEL) : undefined;
  const engine = new EngineClient({
    runtime: config.runtime,
    ...(config.recognitionWorkers !== undefined && { recognitionWorkers: config.recognitionWorkers }),
    recognitionQueue: config.recognitionQueue,
    clock,
    models: {
      ...ear,
      ...(silero && { silero: silero.model }),
      ...(flite && { flite: flite.module }),
    },
  });
  scope.own("engine", () => engine.close(), { deadlineMs: 4_000 });
  if (plan.embedded) openEmbedded(asr, engine);
  return engine;
}

/** The verified files of the embedded recognizer. */
async function resolveEar(
  { provider, sherpa, language }: Config["asr"],
  options: Pick<PrepareSherpaOptions, "store" | "signal" | "clock">,
): Promise<Pick<ModelPaths, "moonshine" | "sherpa">> {
  if (provider === "sherpa" && sherpa !== undefined) {
    return { sherpa: await prepareSherpa({ ...options, sherpa, language }) };
  }
  const { store } = options;
  const { encoder, decoder } = await store.resolve("moonshine-tiny-en");
  return { moonshine: { encoderPath: encoder, decoderPath: decoder } };
}
