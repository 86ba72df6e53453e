import { type Config, configSchema, dataDir, modelsDir } from "../app/mod.ts";
import { loadConfig } from "../config/mod.ts";
import { type ModelName, ModelStore } from "../models/mod.ts";
import type { Output } from "./output.ts";
import { progressReporter } from "./progress.ts";

/** The config that is taken when none is named, if it is there. */
const DEFAULT_CONFIG = "config.yaml";

/** The options of every command that works with the box's set-up. */
export interface SetupOptions {
  /** `--config` */
  readonly config?: string | undefined;
  /** `--data` */
  readonly data?: string | undefined;
}

/** The flags that go with {@linkcode SetupOptions}. */
export const SETUP_FLAGS = [
  ["--config <file>", "the config file; without it ./config.yaml if that is there, else the defaults"],
  ["--data <dir>", "where models and data live; without it EARSHOT_DATA, else ./data"],
] as const;

/** The box's set-up: the checked config, and where things live. */
export interface Setup {
  /** The checked config. */
  readonly config: Config;
  /** The file that it came from; none when only defaults apply. */
  readonly source: string | undefined;
  /** The weights. */
  readonly store: ModelStore;
  /** Where the weights are. */
  readonly modelsDir: string;
}

/**
 * Reads the config and finds the weights.
 *
 * @throws {EarshotError} `config.not_found` or `config.invalid`.
 */
export async function readSetup(
  options: SetupOptions,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<Setup> {
  const path = options.config ?? (await exists(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined);
  const { config, source } = await loadConfig(path, configSchema, { overrides });
  const directory = modelsDir(config, dataDir(options.data));
  return { config, source, store: new ModelStore({ dir: directory }), modelsDir: directory };
}

/** Fetches what is missing, and shows it. */
export async function fetchModels(
  store: ModelStore,
  models: readonly ModelName[],
  options: { readonly output: Output; readonly signal: AbortSignal },
): Promise<void> {
  await store.pull(models, { signal: options.signal, onProgress: progressReporter(options.output) });
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
